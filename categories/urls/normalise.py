"""
One spelling for each host and URL, so that a list entry and a request meet, however they are written.

We follow the WHATWG URL standard, as browsers do, through Ada (`can_ada`). `benchmarks/normalise.py` shows
it beside its peers: `ada-url`, which has a newer Ada with newer Unicode tables, gets every vector right and
takes five times as long. Nearly all that sets the two apart are hosts in ASCII, which by the standard of
today pass as they are; those we read ourselves, which is also quicker. What remains are host names in
characters whose mapping changed after Unicode 15.0. They are refused, but for the capital sharp s; and
browsers, which send A-labels, never send them.

What we add to the standard, and why:

Hosts
- No trailing dot: `bet.test.` leads to the same place as `bet.test`. Empty labels, labels over 63
  characters and hosts over 253 are refused, since no resolver answers them; the standard lets
  them pass.
- An IPv4 address inside an IPv6 one (`::ffff:192.0.2.7`) is that IPv4 address: it is where the
  connection would go. IPv6 addresses carry no brackets.
- Underscores, hyphens at the ends of labels and A-labels that decode to nothing pass, as in the
  standard: such hosts answer on the Internet.

Targets, in their *matching form*, which is compared and never shown, stored or forwarded
- Lower case. Lists are written so, and the many servers to which `/Casino` and `/casino` are one would
  otherwise offer a way around.
- An escape that means the same as its character is that character (`%67ambling`), `%2F` and `%5C`
  included, which many servers take for a slash; the others are kept, with small hex digits. Only
  one layer is taken off: `%2567` stays.
- Slashes in the path are single. An address inside a path, as archives have it, thus reads
  `/web/https:/bet.test/`; in a query it keeps both.
- Where dot segments meet escaped or doubled slashes or parameters (`/a%2f..%2fb`, `/a//../b`, `/a/..;/b`)
  servers disagree about which page is meant. What can be read in two ways is refused; no request in
  our collection of real ones can.
- A fragment is never sent by a browser; a `#` in a request's target is taken as an ordinary character.

`UrlRefused` is raised only for what cannot be judged. Work is bounded: hosts over `HOST_INPUT` and
targets over `TARGET_INPUT` characters are refused unread, and everything else is linear.
"""

import re
import string
from functools import lru_cache
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import unquote

import can_ada

HOST_INPUT = 2048  # three characters for each of 253, and room for those that fall away
TARGET_INPUT = 65536  # the gateway's limit for a whole request head, so none is cut short here

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443, "ftp": 21}


class UrlRefused(ValueError):
    """A host or URL that cannot be judged. The message does not repeat it."""


class Url(NamedTuple):
    """An absolute URL, taken apart. A tuple, which is made in a third of a dataclass's time."""

    scheme: str  # http, https, ws, wss or ftp
    host: str  # as of `normalise_host`
    port: int  # the scheme's own where none is written
    path: str  # of the standard's spelling, in its own case, without the query
    target: str  # the matching form, as of `normalise_target`


# Hosts -------------------------------------------------------------------------------------------

# Nearly every host of a request or list: it is its own normal form. A last label that begins with a digit
# might be that of an address.
_PLAIN_NAME = r"(?:[a-z0-9_-]{1,63}\.)*[a-z][a-z0-9_-]{0,62}"
_PLAIN_HOST = re.compile(_PLAIN_NAME)
_FORBIDDEN = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")
_ADDRESS = re.compile(r"\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:.]+")
_DELIMITERS = re.compile(r"[\x00-\x20#%/:?@\\]")
_ENDS_IN_A_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9A-Fa-f]*)\.?$")


def normalise_host(text: str) -> str:
    """
    The host in lower-case A-labels, or the address in its canonical spelling, without brackets.

    Takes a host alone: no scheme, port or user. Raises `UrlRefused`.
    """
    # Before the cache, so that it never holds what is too long to be a host.
    if len(text) > HOST_INPUT:
        raise UrlRefused("the host is too long")
    return _normalise_host(text)


# A page asks for the same few hosts over and over. The bound keeps a crawler from filling memory.
@lru_cache(maxsize=8192)
def _normalise_host(text: str) -> str:
    if _PLAIN_HOST.fullmatch(text) and len(text) <= 253:
        return text
    if ":" in text:
        # An address, in its brackets or not. Anything else, a port too, is refused here or by the parser; a
        # user before it (`a@b:`) would make the parser read another host.
        if not _ADDRESS.fullmatch(text):
            raise UrlRefused("it cannot be read as a host or URL")
        host = _parsed(text if text.startswith("[") else f"[{text}]")
        address = IPv6Address(host[1:-1])
        return str(address.ipv4_mapped or address)
    text = unquote(text)
    # Outside ASCII the parser may yet make one letter of `<` and what follows it, and looks for itself.
    if (_FORBIDDEN if text.isascii() else _DELIMITERS).search(text):
        raise UrlRefused("the host has a character that no host has")
    host = text.lower() if text.isascii() and not _ENDS_IN_A_NUMBER.search(text) else _parsed(text)
    host = host.removesuffix(".")
    if not host or len(host) > 253:
        raise UrlRefused("the host is empty or longer than 253 characters")
    if any(not 0 < len(label) <= 63 for label in host.split(".")):
        raise UrlRefused("a label of the host is empty or longer than 63 characters")
    return host


def _parsed(host: str) -> str:
    parsed: str = _parse(f"http://{host}/").hostname
    return parsed


def _parse(text: str) -> can_ada.URL:
    try:
        return can_ada.parse(text)
    except (ValueError, TypeError):  # TypeError: a lone surrogate, which is not text
        raise UrlRefused("it cannot be read as a host or URL") from None


# Targets -----------------------------------------------------------------------------------------

# What the parser would leave as it is: no backslash, fragment or character outside ASCII; in the path no
# escape, double slash or segment that begins with a dot. Most real targets, once in small letters.
_PLAIN_PATH = r"(?:/(?![/.])[A-Za-z0-9_~!$&'()*+,;=:@|.\[\]-]*)+"
_PLAIN_QUERY = r"\?[A-Za-z0-9_~!$&()*+,;=:@|.\[\]{}^`\\/?%-]+"
_PLAIN_TARGET = re.compile(f"{_PLAIN_PATH}(?:{_PLAIN_QUERY})?")

_ESCAPE = re.compile(r"%(?:[0-9A-Fa-f]{2})?")
_MANY_SLASHES = re.compile(r"//+")
_DOT_SEGMENT = re.compile(r"/\.{1,2}(?:[/;]|$)")
_DOT_SEGMENT_PARAMETERS = re.compile(r"(/\.{1,2});[^/]*")
_CUT_OUT = re.compile(r"[\t\n\r]")


def _escapes(same: str) -> dict[str, str]:
    """What stands in the matching form for each escape as it may be written, and for a bare `%`."""
    forms = {code: chr(code).lower() if chr(code) in same else f"%{code:02x}" for code in range(256)}
    digits = string.digits + "abcdefABCDEF"
    return {"%": "%25"} | {f"%{a}{b}": forms[int(a + b, 16)] for a in digits for b in digits}


# The characters the standard leaves as they are in that place, less those with a meaning of their own
# there: a decoded one would be taken for a delimiter.
_ALWAYS = string.ascii_letters + string.digits + "-._~!$()*,:@/[]|"
_IN_PATH = _escapes(_ALWAYS + "'&+=\\^")
_IN_QUERY = _escapes(_ALWAYS + "?\\^`{}")


def normalise_target(text: str) -> str:
    """
    The matching form of a request's target: path and query, lower case, beginning with `/`.

    Raises `UrlRefused` where it is longer than `TARGET_INPUT` or can be read in two ways.
    """
    if len(text) > TARGET_INPUT:
        raise UrlRefused("the target is too long")
    if text.isascii():
        if _PLAIN_TARGET.fullmatch(text):
            return _plain_form(text)
        if _CUT_OUT.search(text):
            raise UrlRefused("the target has a tab or line end, which the standard would cut out")
    else:
        # Bytes that are not UTF-8 arrive as lone surrogates; they are the bytes they were.
        text = "".join(f"%{ord(c) - 0xDC00:02x}" if 0xDC80 <= ord(c) <= 0xDCFF else c for c in text)
    path, _, query = text.replace("#", "%23").partition("?")
    return _matching_form(path if path.startswith("/") else f"/{path}", query)


def _plain_form(target: str) -> str:
    form = target.lower()
    return _ESCAPE.sub(_query_form, form) if "%" in form else form


def _parse_target(path: str, query: str) -> can_ada.URL:
    # The mark at the end, since the parser trims what stands at the end of a URL.
    return _parse(f"http://h{path}?{query}#")


def _matching_form(path: str, query: str) -> str:
    url = _parse_target(path, query)
    form = _unescaped(url.pathname)
    if "." in path or "%" in path:
        _refuse_if_ambiguous(path.replace("\\", "/"))
    return (_MANY_SLASHES.sub("/", form) + _ESCAPE.sub(_query_form, url.search)).lower()


def _unescaped(path: str) -> str:
    return _ESCAPE.sub(lambda found: _IN_PATH[found[0]], path).replace("\\", "/")


def _query_form(escape: re.Match[str]) -> str:
    return _IN_QUERY[escape[0]]


def _refuse_if_ambiguous(path: str) -> None:
    """
    Compare the ways in which servers read a path with dot segments.

    Some take off escapes before they resolve dot segments and some after, some merge slashes before
    and some after, some take `..;a` for `..`. Where that makes a difference, nobody can say which page
    is asked for.
    """
    unescaped = _unescaped(path)
    if not _DOT_SEGMENT.search(unescaped):
        return
    ways = {path, unescaped, _DOT_SEGMENT_PARAMETERS.sub(r"\1", unescaped)}
    ways |= {_MANY_SLASHES.sub("/", way) for way in ways}
    readings = {_MANY_SLASHES.sub("/", _unescaped(_parse_target(way, "").pathname)) for way in ways}
    if len(readings) > 1:
        raise UrlRefused("its dot segments can be read in more than one way")


# URLs --------------------------------------------------------------------------------------------

# Most real URLs, from which nothing need be taken out but the fragment.
_PLAIN_URL = re.compile(rf"(https?)://({_PLAIN_NAME})({_PLAIN_PATH})?({_PLAIN_QUERY})?(?:#.*)?")
_SCHEME = re.compile(r"(https?|wss?|ftp):", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?:(?=//)|(?![0-9]{0,5}(?:[/\\?#]|$)))", re.IGNORECASE)
_PARTS = re.compile(
    r"[/\\]*+(?:[^/\\?#]*@)?(?P<host>\[[^/\\?#\]]*\]|[^/\\?#:]*)(?::(?P<port>[0-9]*))?"
    r"(?P<path>(?:[/\\][^?#]*)?)(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.DOTALL,
)
_CONTROLS_AND_SPACE = "".join(map(chr, range(0x21)))


def normalise_url(text: str) -> Url:
    """
    An absolute URL of http, https, ws, wss or ftp; `example.org/x` is read as http.

    User and password are dropped, as is a fragment. Raises `UrlRefused`.
    """
    if len(text) > TARGET_INPUT:
        raise UrlRefused("the URL is too long")
    plain = _PLAIN_URL.fullmatch(text)
    if plain is not None and len(plain[2]) <= 253:
        scheme, host, path, query = plain.groups()
        path = path or "/"
        return Url(scheme, host, _PORTS[scheme], path, _plain_form(path + query if query else path))
    text = _CUT_OUT.sub("", text.strip(_CONTROLS_AND_SPACE))
    named = _SCHEME.match(text)
    if not named and (_OTHER_SCHEME.match(text) or re.match(r"[/\\](?![/\\])", text)):
        raise UrlRefused("it is not a web address")
    scheme = named[1].lower() if named else "http"
    parts = _PARTS.fullmatch(text, named.end() if named else 0)
    if parts is None:
        raise UrlRefused("its host or port cannot be read")
    host, port, path, query = parts["host"], parts["port"], parts["path"] or "/", parts["query"]
    if port and (len(port.lstrip("0")) > 5 or int(port[-5:]) > 65535):
        raise UrlRefused("there is no such port")
    number = int(port[-5:]) if port else _PORTS[scheme]
    url = _parse_target(path, query or "")
    spelt: str = url.pathname
    return Url(scheme, normalise_host(host), number, spelt, _matching_form(spelt, url.search[1:]))
