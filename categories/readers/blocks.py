"""A list's text, block by block, as often as it is gone over: a list with exceptions is read twice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Blocks:
    """What `open_anew` gives, from the beginning each time. An iterator by itself could be read once only."""

    open_anew: Callable[[], Iterator[bytes]]

    def __iter__(self) -> Iterator[bytes]:
        return self.open_anew()


type Text = Blocks | Sequence[bytes]
