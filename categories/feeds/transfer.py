"""
One transfer over HTTP: a body from a stranger's server into a file, bounded in everything.

What is followed, kept and decoded is decided here and not by the library underneath: five redirects at
most, never from `https` down to `http`, and never from the feed's own host to an address inside the
network (a feed must not be able to have us ask what only we can reach). The body is taken as it comes over
the wire, so that its bytes are counted before anything is unpacked; `Content-Encoding: gzip` is then undone
step by step, with a bound on what comes out and on how much more that is than what went in.

A stalled connection ends here, after half a minute. One that goes on for ever, a byte at a time, does not:
whoever calls this from a process of its own (`categories/feeds/fetching.py`) ends that.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import IO
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ProxyError, SSLError
from urllib3.exceptions import TimeoutError as TimedOut
from urllib3.util import make_headers, parse_url

from categories.feeds.subscription import feed_url
from policy.errors import Away, ListRefused

MOST_RECEIVED = 256 << 20  # bytes over the wire; the largest public list, packed, has 30 MiB
MOST_BYTES = 512 << 20  # what a list may have, as everywhere
_MOST_RATIO = 200  # host names shrink to a tenth
_SMALL = 8 << 20  # below this, no ratio is a bomb
_MOST_REDIRECTS = 5
_CONNECT_SECONDS, _STALL_SECONDS = 15.0, 30.0
_CHUNK = 1 << 16
_LONGEST_VALIDATOR = 512
_LONGEST_WAIT = timedelta(days=1)
# What stands before the 32 bits of an IPv4 address: nothing, mapped, translated.
_HOLDING_IPV4 = frozenset(int(ipaddress.IPv6Address(net)) >> 32 for net in ("::", "::ffff:0:0", "64:ff9b::"))
_SIZE = re.compile(r"[0-9]{1,18}")
_VISIBLE = re.compile(r"[\x21-\x7e][\x20-\x7e]*")
_HEADERS = {"User-Agent": "Sluicegate (category lists)", "Accept": "*/*", "Accept-Encoding": "gzip"}

type OnBytes = Callable[[int, int], None]
"""Bytes received so far, and of how many (0: not known)."""


class FeedAway(Away):
    """A feed's server does not give it now; `retry_after`, where it said when to come again."""

    def __init__(self, problem: str, retry_after: timedelta | None = None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class Client:
    """What transfers have in common: trust, and the proxy to go through."""

    def __init__(
        self,
        ca_file: Path | None = None,
        proxy: str | None = None,
        *,
        allow_http: bool = False,
        most_received: int = MOST_RECEIVED,
        most_bytes: int = MOST_BYTES,
        stall_seconds: float = _STALL_SECONDS,
    ) -> None:
        trust = ssl.create_default_context()
        if ca_file is not None:
            trust.load_verify_locations(ca_file)
        timeout = urllib3.Timeout(connect=min(_CONNECT_SECONDS, stall_seconds), read=stall_seconds)
        if proxy is None:
            self._direct = urllib3.PoolManager(ssl_context=trust, timeout=timeout, maxsize=1)
            self._outside: urllib3.PoolManager = _Outside(ssl_context=trust, timeout=timeout, maxsize=1)
        else:
            # Who may reach what inside is then the proxy's to say: it is the one that connects.
            login = parse_url(proxy).auth
            self._direct = self._outside = urllib3.ProxyManager(
                proxy,
                ssl_context=trust,
                proxy_ssl_context=trust,
                timeout=timeout,
                maxsize=1,
                proxy_headers=make_headers(proxy_basic_auth=login) if login else None,
            )
        self._allow_http = allow_http
        self._most_received = most_received
        self._most_bytes = most_bytes

    def get(
        self, url: str, into: IO[bytes], conditions: Mapping[str, str], on_bytes: OnBytes | None = None
    ) -> Mapping[str, str] | None:
        """
        Write what `url` gives to `into`; the headers it came with, None for "not changed".

        Raises `FeedAway` for a server that does not give it, `ListRefused` for what may not be taken.
        """
        try:
            response = self._follow(url, conditions)
            try:
                if response.status == HTTPStatus.NOT_MODIFIED and conditions:
                    return None
                self._refuse_answer(response)
                for block in self._body(response, on_bytes):
                    into.write(block)
                return response.headers
            finally:
                response.close()
        except (HTTPError, ssl.SSLError) as error:
            raise FeedAway(_in_words(error)) from error

    def _follow(self, url: str, conditions: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        own_host, manager = urlsplit(url).hostname, self._direct
        for _ in range(_MOST_REDIRECTS + 1):
            response = manager.request(
                "GET",
                url,
                headers={**_HEADERS, **conditions},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )
            target = response.headers.get("Location")
            if not 301 <= response.status <= 308 or response.status == 304 or target is None:
                return response
            response.close()
            url = self._redirected(url, target)
            manager = self._direct if urlsplit(url).hostname == own_host else self._outside
        raise FeedAway(f"more than {_MOST_REDIRECTS} redirects: the server sends us in a circle")

    def _redirected(self, url: str, target: str) -> str:
        try:
            url = feed_url(urljoin(url, target).partition("#")[0])
        except ValueError as error:
            raise ListRefused(f"redirected to what is no feed: {error}") from None
        if url.startswith("http:") and not self._allow_http:
            raise ListRefused("redirected from https to http, where anybody on the way could change it")
        return url

    @staticmethod
    def _refuse_answer(response: urllib3.BaseHTTPResponse) -> None:
        if response.status != HTTPStatus.OK:
            phrase = HTTPStatus(response.status).phrase if response.status in _STATUSES else ""
            raise FeedAway(
                f"the server answered {response.status} {phrase}".rstrip(),
                _retry_after(response.headers.get("Retry-After"), datetime.now(UTC)),
            )
        coding = response.headers.get("Content-Encoding", "identity").lower()
        if coding not in {"identity", "gzip", "x-gzip"}:
            raise ListRefused(f"sent with Content-Encoding {coding[:40]!r}, which was not asked for")

    def _body(self, response: urllib3.BaseHTTPResponse, on_bytes: OnBytes | None) -> Iterator[bytes]:
        blocks = self._received(response, on_bytes)
        if "gzip" in response.headers.get("Content-Encoding", ""):
            return inflated(blocks, self._most_bytes)
        return blocks

    def _received(self, response: urllib3.BaseHTTPResponse, on_bytes: OnBytes | None) -> Iterator[bytes]:
        promised = response.headers.get("Content-Length", "")
        # More digits than these are no size, and too many of them no number (`sys.set_int_max_str_digits`).
        total = int(promised) if _SIZE.fullmatch(promised) else 0
        received = 0
        _refuse_size(total, self._most_received)
        while block := response.read1(_CHUNK, decode_content=False):
            received += len(block)
            _refuse_size(received, self._most_received)
            if on_bytes is not None:
                on_bytes(received, total)
            yield block


def inflated(blocks: Iterable[bytes], most_bytes: int) -> Iterator[bytes]:
    """
    Undo gzip (RFC 1952, also of several members), block by block.

    Raises `ListRefused` for a bomb, `FeedAway` for what is cut off or damaged.
    """
    undo = _undo()
    received = given = 0
    for block in blocks:
        rest = block
        received += len(block)
        if undo.eof:
            undo = _undo()
        while True:
            try:
                out = undo.decompress(rest, _CHUNK)
            except zlib.error:
                raise FeedAway("its gzip is damaged") from None
            given += len(out)
            if given > most_bytes or given > max(_SMALL, _MOST_RATIO * received):
                raise ListRefused(
                    f"unpacks to more than {given >> 20} MiB from {received} bytes: a decompression bomb"
                )
            if out:
                yield out
            rest = undo.unused_data or undo.unconsumed_tail
            if undo.eof and rest:
                undo = _undo()
            elif not rest and len(out) < _CHUNK:
                break
    if not undo.eof:
        raise FeedAway("cut off: its gzip does not end")


def validators(headers: Mapping[str, str]) -> dict[str, str]:
    """What to ask with next time: only what is safe to send back."""
    found = {
        asked: headers.get(given, "")
        for asked, given in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
    }
    return {
        name: value
        for name, value in found.items()
        if len(value) <= _LONGEST_VALIDATOR and _VISIBLE.fullmatch(value)
    }


def _undo() -> "zlib._Decompress":
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


_STATUSES = {status.value for status in HTTPStatus}


def _refuse_size(size: int, most: int) -> None:
    if size > most:
        raise ListRefused(f"larger than {most >> 20} MiB, which no list is: {size} bytes and more")


def _retry_after(text: str | None, now: datetime) -> timedelta | None:
    """`Retry-After` (RFC 9110, 10.2.3): seconds or a date; a day at most, whatever it says."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=min(int(text[:9]), 10**9)), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), _LONGEST_WAIT)


def _in_words(error: Exception) -> str:
    """One line without the URL, which may hold a key."""
    chain = tuple(_chain(error))
    for each in chain:
        match each:
            case ssl.SSLCertVerificationError():
                return f"its certificate was not accepted: {each.verify_message}"
            case ProxyError():
                return "the upstream proxy (categories.feed_proxy) does not connect us"
            case http.client.IncompleteRead():
                return "cut off: the connection ended before the body did"
            case NameResolutionError():
                return "its host name does not resolve"
            case TimedOut() if not isinstance(each, NewConnectionError):
                return "its server does not answer in time"
    if any(isinstance(each, SSLError | ssl.SSLError) for each in chain):
        return "no TLS connection: it does not speak TLS as it should"
    return f"the connection failed ({type(error).__name__})"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came of; some of the library's hold that as an argument and not as a cause."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, *(inner for inner in each.args if isinstance(inner, BaseException))]


# Where a redirect leads ---------------------------------------------------------------------------


class _OutsideConnection(HTTPConnection):
    """A connection to an address of the internet, and to no other; looked at before a byte is sent."""

    def _new_conn(self) -> socket.socket:
        return _outside(super()._new_conn())


class _OutsideTlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _outside(super()._new_conn())


class _OutsidePool(HTTPConnectionPool):
    ConnectionCls = _OutsideConnection


class _OutsideTlsPool(HTTPSConnectionPool):
    ConnectionCls = _OutsideTlsConnection


class _Outside(urllib3.PoolManager):
    def __init__(self, *, ssl_context: ssl.SSLContext, timeout: urllib3.Timeout, maxsize: int) -> None:
        super().__init__(ssl_context=ssl_context, timeout=timeout, maxsize=maxsize)
        self.pool_classes_by_scheme = {"http": _OutsidePool, "https": _OutsideTlsPool}


def _outside(sock: socket.socket) -> socket.socket:
    if not is_outside(sock.getpeername()[0].partition("%")[0]):
        sock.close()
        raise ListRefused("redirected to an address inside your network, which no public feed has")
    return sock


def is_outside(address: str) -> bool:
    """
    Whether an address is one of the internet.

    An IPv6 address may stand for an IPv4 one: as the socket's own spelling (RFC 4291, 2.5.5), or where the
    network translates (RFC 6052); then that one counts. Site-local ones are inside, as they always were.
    """
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.is_site_local:
            return False
        if int(parsed) >> 32 in _HOLDING_IPV4:
            parsed = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    return parsed.is_global and not parsed.is_multicast
