"""
What of mitmproxy is for its developers and stands on the path of every request.

Each message made, ours and mitmproxy's, has the type of its every field checked anew, with an exception
made in advance for each: 8 % of all the work of carrying a request, measured. `python -O` would leave it out,
and with it every assertion, which we want.
"""

from mitmproxy import http


def leave_out_checks() -> None:
    """Make messages without that. Once a process; a second time changes nothing."""
    http.MessageData.__post_init__ = _unchecked  # type: ignore[method-assign]


def _unchecked(_message: http.MessageData) -> None:
    """Nothing."""
