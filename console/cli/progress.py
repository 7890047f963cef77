"""How far something long is: a bar on stderr where a person watches, nothing where nobody does."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from console.cli.show import plain

type Say = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and of how much (0: not known)."""


def _nothing(what: str, done: int, total: int) -> None:
    """Nobody watches."""


@contextmanager
def progress() -> Iterator[Say]:
    """A bar that is there while the block runs, and gone afterwards."""
    if not sys.stderr.isatty():
        yield _nothing
        return
    from rich.console import Console  # noqa: PLC0415 - only where somebody watches
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def say(what: str, done: int, total: int) -> None:
            bar.update(task, description=plain(what, 60), completed=done, total=total or None)

        yield say
