"""
What the workers of one generation and their arbiter tell each other, in memory they share by forking.

Neither files nor pipes: it must hold while the disk is full, and nobody is to wait for it.
"""

import mmap

_PAGE = 1024


class Doors:
    """Of one generation: whether its workers may let clients in, and whether another has taken over."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, 2)

    def open(self) -> None:
        """All workers are prepared: let clients in."""
        self._page[0] = 1

    @property
    def are_open(self) -> bool:
        """Whether clients may be let in."""
        return self._page[0] == 1

    def hand_over(self) -> None:
        """Another generation serves: what is idle here may be given time to be used once more."""
        self._page[1] = 1

    @property
    def handed_over(self) -> bool:
        """Whether another generation serves."""
        return self._page[1] == 1


class Progress:
    """Of one worker: how far it has come, and why it went no further."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, _PAGE)

    def prepared(self) -> None:
        """It could let clients in."""
        self._page[0] = 1

    @property
    def was_prepared(self) -> bool:
        """Whether it ever could let clients in."""
        return self._page[0] >= 1

    def serves(self) -> None:
        """It lets clients in."""
        self._page[0] = 2

    @property
    def has_served(self) -> bool:
        """Whether it ever let clients in."""
        return self._page[0] == 2

    def cannot(self, why: str) -> None:
        """It will end, for this reason."""
        data = why.encode()[: _PAGE - 2]
        self._page[1 : 1 + len(data)] = data

    @property
    def why(self) -> str:
        """The reason it gave, or nothing."""
        return self._page[1:].split(b"\0", 1)[0].decode(errors="ignore")

    def close(self) -> None:
        """The worker is gone and nobody asks any more."""
        self._page.close()
