"""
From a flow to plain facts: the only module that knows both mitmproxy's requests and the policy's words.

**Names.** A request can say where it goes in five places: the CONNECT it came through, the name in its
TLS ClientHello (SNI), the Host header, HTTP/2's `:authority`, and an absolute target. Every one of them
is judged (`policy/judge.py`); the first of the list is the one we connect to and forward, whatever the
others say (`addons/forward.py`), so that no disguise reaches an origin. The address that a client looked
up itself, where it was redirected to us, is a name only if nothing else is said: we look the name up
ourselves and never go to that address for it, so that it is neither a way in nor held against anybody.

**Malformed.** What two parties could read differently is refused rather than guessed at: more than one
Host, a Host that is no host, a method that is no word, an absolute target inside a tunnel, control
characters, folded header lines, a target with characters that no browser sends. RFC 3986 alone would be
too strict a measure: the WHATWG standard lets `|`, `[`, `]`, `^`, `{` and `}` stand in a URL, and about
one real request in seventy carries one.

**What kind of request.** Browsers say what they are doing in `Sec-Fetch-*` and `Sec-Purpose`, which pages
cannot forge (they are forbidden to scripts) but programs can: it is evidence, not proof, so the words it
rests on are stored beside it. Only a navigation of a whole window that a person set off is a *visit*.
Browsers do not send these headers over plain http: such a request is *unknown* and says why. What comes
without a browser's User-Agent is *background*.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from uuid import UUID

from mitmproxy import http

from categories.urls.normalise import UrlRefused, normalise_host, normalise_target
from policy.facts import Name, RequestFacts, Who
from policy.quick import unfrozen
from policy.words import NameSource, Resource, Step

# What the WHATWG standard lets stand in a path and query. A space, quote or angle bracket ends a URL
# somewhere; a `#` is never sent; a backslash in a path is a slash to some and a character to others.
_TARGET = re.compile(rb"/[!$-;=@-\[\]-~]*(?:\?[!$-;=?-~]*)?")

# A token (RFC 9110, 9.1). With a space in it an HTTP/2 request would be another one on an HTTP/1.1 origin.
_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

# Allowed in a header's value are the tab and everything from the space upwards but DEL (RFC 9110, 5.5).
# mitmproxy hands a folded line on with its CR and LF.
_CONTROLS = bytes(code for code in (*range(0x20), 0x7F) if code != 0x09)

_FIRST, _SECOND = itemgetter(0), itemgetter(1)

_HTTP1 = (b"HTTP/1.1", b"HTTP/1.0")
_HTTP2 = (b"HTTP/2.0",)

_UnfrozenFacts = unfrozen(RequestFacts)
_REFERRER = 300  # characters of a Referer that are read: scheme, host and port fit many times over


class Malformed(Exception):
    """The request can be read in more than one way, or in none. The message repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Tunnel:
    """What is known of the tunnel that a request came through, or of a connection redirected to us."""

    connect: Name  # where the CONNECT led; where there was none, the address the client had looked up
    port: int
    sni: Name | None = None

    @property
    def redirected(self) -> bool:
        """Whether the client knows nothing of a proxy."""
        return self.connect.source is NameSource.ADDRESS

    def names(self, said: tuple[Name, ...] = ()) -> tuple[Name, ...]:
        """Every name, after those the request itself has `said`."""
        if self.sni is not None:
            said = (*said, self.sni)
        return said if said and self.redirected else (*said, self.connect)


@lru_cache(maxsize=4096)
def name_of(source: NameSource, text: str) -> Name:
    """A name as it was said, normalised. Raises `Malformed`."""
    try:
        return Name(source, normalise_host(text))
    except UrlRefused as error:
        raise Malformed(f"{source}: {error}") from None


@lru_cache(maxsize=4096)
def _named_in(source: NameSource, value: bytes) -> Name:
    """The name in a Host header or `:authority`, without its port. Raises `Malformed`."""
    if not value.isascii():
        raise Malformed(f"{source}: characters outside ASCII")
    text = value.decode("ascii")
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host = text
    elif port and not (port.isascii() and port.isdigit()):
        raise Malformed(f"{source}: the port is not a number")
    return name_of(source, host)


def request_facts(
    request: http.Request,
    *,
    exchange: UUID,
    at: datetime,
    who: Who,
    tunnel: Tunnel | None,
    decrypted: bool,
    http2: bool,
) -> RequestFacts:
    """
    The facts of a request whose headers are complete, before anything of it has been changed.

    `tunnel` is None for a request that came to the proxy itself; `http2` says what the connection
    speaks, whatever the request line claims. Raises `Malformed`.
    """
    data = request.data
    if data.http_version not in (_HTTP2 if http2 else _HTTP1):
        raise Malformed("a version that this connection does not speak")
    fields = data.headers.fields
    # Without a loop of ours: every request comes through here.
    keys = list(map(bytes.lower, map(_FIRST, fields)))
    values = list(map(_SECOND, fields))
    if keys.count(b"host") > 1:
        raise Malformed("more than one Host header")
    joined = b"".join(values)
    if len(joined.translate(None, _CONTROLS)) != len(joined):
        raise Malformed("a control character or a folded line in the headers")
    read = dict(zip(keys, values, strict=True)).get
    if _METHOD.fullmatch(data.method) is None:
        raise Malformed("a method that is no word")
    target, matching = _target(data.path)
    names = _names(data, read(b"host"), tunnel, http2=http2)
    scheme = "https" if data.scheme == b"https" else "http"
    resource, why = _resource(
        scheme,
        data.method == b"OPTIONS" and read(b"access-control-request-method") is not None,
        read(b"sec-purpose") or read(b"purpose"),
        read(b"sec-fetch-mode"),
        read(b"sec-fetch-dest"),
        read(b"sec-fetch-user"),
        read(b"user-agent", b"").startswith(b"Mozilla/"),
    )
    page, referrer = _referrer(read(b"referer") or read(b"origin"))
    if resource in _OWN_PAGE:
        page = f"{scheme}://{names[0].host}"
    elif resource is not Resource.EMBEDDED:
        page = None
    facts = _UnfrozenFacts(
        exchange=exchange,
        at=at,
        step=Step.REQUEST,
        names=names,
        scheme=scheme,
        port=data.port if tunnel is None else tunnel.port,
        who=who,
        method=data.method.decode("latin-1"),
        target=matching,
        path=target.partition("?")[0],
        resource=resource,
        resource_why=why,
        page=page,
        referrer_host=referrer,
        decrypted=decrypted,
    )
    facts.__class__ = RequestFacts
    return facts


def _target(path: bytes) -> tuple[str, str]:
    """A request's target as it was sent, and in the form it is judged in. Raises `Malformed`."""
    try:
        target = path.decode("ascii")
        matching = normalise_target(target)
    except UnicodeDecodeError:
        raise Malformed("characters outside ASCII in the target") from None
    except UrlRefused as error:
        raise Malformed(str(error)) from None
    # Most are in their matching form already, and then have no odd character either.
    if matching != target and _TARGET.fullmatch(path) is None:
        raise Malformed("a character in the target that no URL has")
    return target, matching


def _names(
    data: http.RequestData, host: bytes | None, tunnel: Tunnel | None, *, http2: bool
) -> tuple[Name, ...]:
    """Every name, the one to connect to first. Raises `Malformed`."""
    names = [] if host is None else [_named_in(NameSource.HOST, host)]
    if http2:
        if data.authority:
            names.insert(0, _named_in(NameSource.AUTHORITY, data.authority))
    elif tunnel is None:
        # mitmproxy has taken the target apart; where there was none it has put the Host there.
        names.insert(0, name_of(NameSource.TARGET, data.host))
    elif data.authority:
        raise Malformed("an absolute target inside a tunnel")
    return tuple(names) if tunnel is None else tunnel.names(tuple(names))


_OWN_PAGE = frozenset({Resource.VISIT, Resource.NAVIGATION})
_FRAMES = frozenset({b"iframe", b"frame", b"embed", b"object", b"fencedframe"})
# Sent by the browser for itself or for a service worker, not as a piece of a page that is open.
_OF_ITS_OWN = frozenset({b"serviceworker", b"report", b"webidentity", b"manifest"})
_KNOWN_WORDS = re.compile(rb"[a-z-]{1,24}")


# Few combinations exist; a client that makes up others only makes the cache forget.
@lru_cache(maxsize=512)
def _resource(
    scheme: str,
    preflight: bool,
    purpose: bytes | None,
    mode: bytes | None,
    dest: bytes | None,
    user: bytes | None,
    browser: bool,
) -> tuple[Resource, str]:
    if purpose and (b"prefetch" in purpose or b"prerender" in purpose):
        return Resource.PREFETCH, "Sec-Purpose: prefetch"
    if preflight:
        return Resource.BACKGROUND, "a preflight of the browser's own"
    if mode or dest:
        why = f"Sec-Fetch-Mode: {_word(mode)}, Sec-Fetch-Dest: {_word(dest)}"
        if mode == b"navigate" and dest == b"document":
            if user == b"?1":
                return Resource.VISIT, f"{why}, Sec-Fetch-User: ?1"
            return Resource.NAVIGATION, why
        if mode == b"navigate" and dest not in _FRAMES:
            return Resource.UNKNOWN, why
        return (Resource.BACKGROUND if dest in _OF_ITS_OWN else Resource.EMBEDDED), why
    if not browser:
        return Resource.BACKGROUND, "no browser's headers"
    if scheme == "http":
        return Resource.UNKNOWN, "browsers send no Sec-Fetch-* over plain http"
    return Resource.UNKNOWN, "a browser's User-Agent, but no Sec-Fetch-*"


def _word(value: bytes | None) -> str:
    value = value or b""
    return value.decode("ascii") if _KNOWN_WORDS.fullmatch(value) else "?" if value else "none"


# Kept because the hundred pieces of one page all name that page.
@lru_cache(maxsize=1024)
def _site(start: str) -> tuple[str | None, str | None]:
    scheme, separator, rest = start.partition("://")
    if not separator or scheme not in {"http", "https"}:
        return None, None
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    host, colon, port = authority.rpartition(":")
    if not colon or not port.isdigit():
        host = authority
    try:
        host = normalise_host(host)
    except UrlRefused:
        return None, None
    return f"{scheme}://{host}", host


def _referrer(value: bytes | None) -> tuple[str | None, str | None]:
    """Scheme and host, and host alone, of the page that asked, where it says so."""
    if not value:
        return None, None
    start = value[:_REFERRER].decode("latin-1")
    # Up to the path, so that one page's many addresses are one entry of the cache.
    end = start.find("/", 8)
    return _site(start if end < 0 else start[:end])


def connect_facts(request: http.Request, *, exchange: UUID, at: datetime, who: Who) -> RequestFacts:
    """The facts of a CONNECT: a name and a port. Raises `Malformed`."""
    return RequestFacts(
        exchange=exchange,
        at=at,
        step=Step.CONNECT,
        names=(name_of(NameSource.CONNECT, request.data.host),),
        scheme="",
        port=request.port,
        who=who,
        method="CONNECT",
        target="",
        resource_why="a tunnel",
    )


def tunnel_facts(
    tunnel: Tunnel, *, step: Step, scheme: str, exchange: UUID, at: datetime, who: Who
) -> RequestFacts:
    """The facts of a tunnel that is not looked into: its names and nothing else."""
    return RequestFacts(
        exchange=exchange,
        at=at,
        step=step,
        names=tunnel.names(),
        scheme=scheme,
        port=tunnel.port,
        who=who,
        target="",
        resource_why="not decrypted",
    )


def unreadable_facts(
    request: http.Request,
    why: str,
    *,
    step: Step,
    exchange: UUID,
    at: datetime,
    who: Who,
    tunnel: Tunnel | None,
) -> RequestFacts:
    """What can be said of a malformed request: where it went, if even that, and why it was refused."""
    names: tuple[Name, ...]
    if tunnel is not None:
        names = tunnel.names()
    else:
        try:
            names = (name_of(NameSource.TARGET, request.data.host),)
        except Malformed:
            names = ()
    return RequestFacts(
        exchange=exchange,
        at=at,
        step=step,
        names=names,
        scheme=request.scheme if request.scheme in {"http", "https"} else "",
        port=tunnel.port if tunnel is not None else request.port,
        who=who,
        method=request.method,
        target="",
        resource_why=why,
    )
