"""A server's goodbye (GOAWAY; RFC 9113, 6.8), for clients made of h2, which takes nothing more after one."""

from hyperframe.frame import Frame, GoAwayFrame

_HEAD_BYTES = 9


class Goodbye:
    """Keeps the goodbyes of one connection out of what it receives, and remembers the last."""

    def __init__(self) -> None:
        self.last_stream: int | None = None  # that will be answered; None while nobody has said goodbye
        self._held = b""

    def without(self, data: bytes) -> bytes:
        """The other whole frames. Raises `ConnectionResetError` for a goodbye with an error."""
        self._held += data
        kept = b""
        while len(self._held) >= _HEAD_BYTES:
            frame, length = Frame.parse_frame_header(memoryview(self._held[:_HEAD_BYTES]))
            if len(self._held) < _HEAD_BYTES + length:
                break
            whole, self._held = self._held[: _HEAD_BYTES + length], self._held[_HEAD_BYTES + length :]
            if isinstance(frame, GoAwayFrame):
                frame.parse_body(memoryview(whole[_HEAD_BYTES:]))
                if frame.error_code:
                    raise ConnectionResetError(f"GOAWAY {frame.error_code}")
                self.last_stream = frame.last_stream_id
            else:
                kept += whole
        return kept
