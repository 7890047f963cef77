"""What a local entry or exemption is about, as typed, in the spelling that is judged."""

import typer

from categories.urls.normalise import UrlRefused, normalise_host, normalise_url
from policy.registers import TargetKind

type Target = tuple[TargetKind, str]


def read_host(text: str, hint: str = "--host") -> Target:
    """A host and everything below it. Raises `typer.BadParameter`."""
    try:
        return TargetKind.HOST, normalise_host(text.strip())
    except UrlRefused as refusal:
        raise typer.BadParameter(f"{text[:80]!r}: {refusal}", param_hint=hint) from refusal


def read_prefix(text: str, hint: str = "--prefix") -> Target:
    """One host and the beginning of a path, such as `example.org/games`. Raises `typer.BadParameter`."""
    try:
        url = normalise_url(text)
    except UrlRefused as refusal:
        raise typer.BadParameter(f"{text[:80]!r}: {refusal}", param_hint=hint) from refusal
    return TargetKind.PREFIX, f"{url.host}{url.target}"


def read_target(text: str, hint: str = "TARGET") -> Target:
    """A host, or a host with a path: `example.org/` is the host, `example.org/games` a prefix."""
    kind, prefix = read_prefix(text, hint)
    host, _, path = prefix.partition("/")
    # `https://example.org/` copied from a browser means the site; its bare "/" would name one host alone.
    return (kind, prefix) if path else (TargetKind.HOST, host)
