"""
Put what the policy expects into a request that goes on: after it was judged, before it leaves.

What the client said of the same matter is taken out, however it wrote it: a service that finds two values
takes the one that it likes. A parameter's name is compared decoded and without regard to case; everything
else of the target stays as it is, byte for byte.
"""

from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from mitmproxy import http

from addons.expected.services import Change, Services
from policy.document import Policy


class Expected:
    """What is added to requests under one policy."""

    def __init__(self, policy: Policy) -> None:
        self._services = Services.of(policy.safe_search, policy.tenants)

    def apply(self, request: http.Request, host: str, target: str) -> None:
        """
        Tell the service at `host` what it is to be told. Changes `request` in place.

        `host` and `target` as they were judged: normalised, so that no spelling of a path goes past us.
        """
        changes = self._services.changes(host)
        if not changes:
            return
        path = target.partition("?")[0]
        for change in changes:
            if change.is_for(path):
                _apply(request, change)


def _apply(request: http.Request, change: Change) -> None:
    data = request.data
    if change.parameters:
        data.path = with_parameters(data.path, change.parameters)
    if change.fields:
        names = {name.encode("ascii") for name, _ in change.fields}
        kept = (field for field in data.headers.fields if field[0].lower() not in names)
        added = ((name.encode("ascii"), value.encode("ascii")) for name, value in change.fields)
        data.headers.fields = (*kept, *added)


def with_parameters(target: bytes, parameters: Iterable[tuple[str, str]]) -> bytes:
    """`target` whose query has each of `parameters` once, at its end."""
    # What stands behind a "#" is nothing to a server, and our parameters would stand behind it too.
    path, _, query = target.partition(b"#")[0].partition(b"?")
    wanted = dict(parameters)
    kept = [part for part in query.split(b"&") if part and _name(part) not in wanted]
    kept += [f"{name}={value}".encode("ascii") for name, value in wanted.items()]
    return path + b"?" + b"&".join(kept)


def _name(part: bytes) -> str:
    name = unquote_to_bytes(part.partition(b"=")[0].replace(b"+", b" "))
    return name.decode("latin-1").strip().lower()
