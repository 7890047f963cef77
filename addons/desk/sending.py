"""What sending has in common: an error in a fixed word, and an end to every attempt."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# For one step of a conversation, and for all of it: a server that says a word a minute is not waited for.
STEP_SECONDS = 10.0
ALL_SECONDS = 30.0


class NotSent(Exception):
    """It could not be sent now. `why` is a fixed word: an error's own words may quote what was sent."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.for_good = for_good  # the receiver will not have it, however often it is tried


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Who is trusted: the system's authorities, and those in the file. Raises `NotSent`."""
    try:
        context = ssl.create_default_context()
        if ca_file is not None:
            context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError) as error:
        raise NotSent("ca-file") from error
    return context


@contextmanager
def ending(cut: Callable[[], None], seconds: float | None = None) -> Iterator[None]:
    """Call `cut` from another thread when what is inside takes longer than `seconds`, or `ALL_SECONDS`."""
    timer = threading.Timer(ALL_SECONDS if seconds is None else seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
