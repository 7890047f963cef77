"""
Just enough HTTP/2 to make and to answer load.

A load generator must not cost more than what it measures. Every request and answer here is the same few
bytes but for the stream's number: headers are HPACK literals that are never indexed, so that nothing has to
be remembered or decoded, and of what comes in only the nine bytes before each frame are looked at.
"""

import struct
from collections.abc import Iterator

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
_LARGEST_WINDOW = 2**31 - 1


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name: str, value: str) -> bytes:
    """A header field that is neither indexed nor Huffman-coded (RFC 7541, 6.2.2)."""

    def text(of: str) -> bytes:
        raw = of.encode()
        # Lengths from 127 on take more bytes (5.1).
        if len(raw) < 127:
            return bytes([len(raw)]) + raw
        rest, more = len(raw) - 127, b""
        while rest >= 128:
            more += bytes([rest % 128 + 128])
            rest //= 128
        return bytes([127]) + more + bytes([rest]) + raw

    return b"\x00" + text(name) + text(value)


def opening(*, client: bool, streams: int = 1000) -> bytes:
    """The first bytes of a connection: settings, and a window that is never used up."""
    settings = struct.pack(">HIHI", 3, streams, 4, _LARGEST_WINDOW)
    window = frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", _LARGEST_WINDOW - 65535))
    return (PREFACE if client else b"") + frame(SETTINGS, 0, 0, settings) + window


class Frames:
    """Takes bytes in, gives whole frames out: kind, flags, stream and payload."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
        """The frames that are whole now."""
        held = self._held + data
        at, size = 0, len(held)
        while size - at >= 9:
            length = (held[at] << 16) | (held[at + 1] << 8) | held[at + 2]
            if size - at < 9 + length:
                break
            kind, flags, stream = struct.unpack_from(">BBI", held, at + 3)
            yield kind, flags, stream & 0x7FFFFFFF, held[at + 9 : at + 9 + length]
            at += 9 + length
        self._held = held[at:]


def housekeeping(kind: int, flags: int, payload: bytes) -> bytes:
    """The answer that a SETTINGS or PING frame must have, or nothing."""
    if flags & ACK:
        return b""
    if kind == SETTINGS:
        return frame(SETTINGS, ACK, 0)
    if kind == PING:
        return frame(PING, ACK, 0, payload)
    return b""
