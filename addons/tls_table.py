"""
Which hosts clients turned away from after they were shown our certificate: counts, and nobody.

A device that lacks the root turns away from every host, a program that accepts one certificate only (pinning)
from its own. Both are found by the host's name, and by how many connections to it did carry a request all
the same. So this names hosts, unlike every other operational file, and therefore holds nothing else: no
person, no address, no hour, only the day on which it was last so. No privileged host ever gets here.

Names come from clients and may be invented: there are at most `MOST`, and a new one takes the place of the
one seen least, so that what goes wrong often stays whatever is thrown at the table.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from pathlib import Path

MOST = 512
KEPT_DAYS = 14
_MOST_BYTES = 512 * 1024


@dataclass(slots=True)
class Turned:
    """What connections to one host came to, since the host first stood in the table."""

    refused: int = 0  # the client said that it does not accept the certificate
    left: int = 0  # the client went away in the handshake, or after it, without a request
    used: int = 0  # the connection carried a request
    last: str = ""  # the day on which one was last refused or left, ISO 8601

    @property
    def away(self) -> int:
        """How many turned away."""
        return self.refused + self.left


class TlsTable:
    """The hosts of one worker."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.hosts: dict[str, Turned] = {}
        self.changed = False

    def refused(self, host: str, on: date) -> None:
        """A client said no."""
        turned = self._of(host)
        turned.refused += 1
        turned.last = on.isoformat()

    def left(self, host: str, on: date) -> None:
        """A client went away."""
        turned = self._of(host)
        turned.left += 1
        turned.last = on.isoformat()

    def used(self, host: str) -> None:
        """A connection carried a request; counted for hosts that others turned away from."""
        turned = self.hosts.get(host)
        if turned is not None:
            turned.used += 1
            self.changed = True

    def adopt(self, found: dict[str, Turned], on: date) -> None:
        """Go on with what an earlier worker of this slot had counted."""
        for host, turned in list(_recent(found, on).items())[: self._most]:
            self.hosts.setdefault(host, turned)

    def _of(self, host: str) -> Turned:
        self.changed = True
        turned = self.hosts.get(host)
        if turned is None:
            if len(self.hosts) >= self._most:
                # Browsers open connections ahead that they never use: such a host is the first to go.
                least = min(self.hosts, key=lambda one: _weight(self.hosts[one]))
                del self.hosts[least]
            turned = self.hosts[host] = Turned()
        return turned


def write_table(path: Path, hosts: dict[str, Turned]) -> None:
    """Replace the file by one rename, readable by its owner alone. A disk that is full keeps the old one."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    content = json.dumps({host: astuple(turned) for host, turned in hosts.items()}).encode()
    with suppress(OSError):
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        new.replace(path)


def read_table(path: Path) -> dict[str, Turned]:
    """What stands in the file; nothing where it cannot be read."""
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(_MOST_BYTES))
        return {str(host): _turned(*values) for host, values in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def read_all(paths: Iterable[Path], on: date) -> dict[str, Turned]:
    """The tables of all workers as one, most turned away from first, without what is long gone."""
    together: dict[str, Turned] = {}
    for path in paths:
        for host, one in _recent(read_table(path), on).items():
            so_far = together.get(host, Turned())
            together[host] = Turned(
                so_far.refused + one.refused,
                so_far.left + one.left,
                so_far.used + one.used,
                max(so_far.last, one.last),
            )
    return dict(sorted(together.items(), key=lambda item: (_weight(item[1]), item[0]), reverse=True))


def _recent(hosts: dict[str, Turned], on: date) -> dict[str, Turned]:
    since = (on - timedelta(days=KEPT_DAYS)).isoformat()
    return {host: turned for host, turned in hosts.items() if turned.last >= since}


def _weight(turned: Turned) -> tuple[bool, int, str]:
    return turned.refused > 0 or turned.used == 0, turned.away, turned.last


def _turned(refused: object, left: object, used: object, last: object) -> Turned:
    if not (isinstance(refused, int) and isinstance(left, int) and isinstance(used, int)):
        raise TypeError("expected three numbers and a day")
    return Turned(refused, left, used, str(last))
