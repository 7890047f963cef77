"""What of mitmproxy's own checking is left out."""

from mitmproxy import http

from addons.stream.lean import leave_out_checks


def test_messages_are_made_without_checks_and_are_the_same() -> None:
    leave_out_checks()
    leave_out_checks()
    made = http.Response.make(403, b"no", {"content-type": "text/plain"})
    assert (made.status_code, made.raw_content, made.headers["content-length"]) == (403, b"no", "2")
    unchecked = http.ResponseData(b"HTTP/1.1", http.Headers(), None, None, "not a time", None, 200, b"")  # type: ignore[arg-type]
    assert unchecked.timestamp_start == "not a time"  # type: ignore[comparison-overlap]
