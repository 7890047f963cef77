"""What a trick is: its row in `docs/evasion.md`, how it is played, and what must come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tests.journeys.evasion.world import Stage
from tests.journeys.harness.clients import Answer

type Play = Callable[[Stage], list[Answer | None]]


class Verdict(StrEnum):
    """What becomes of a trick, as the document says it."""

    REFUSED = "refused"  # our page, or the connection closed; the forbidden host or page was not reached
    CARRIED = "carried and judged"  # it leads nowhere but where the judgement was about
    OPEN = "open"  # it gets through, and the document says why


@dataclass(frozen=True, slots=True)
class Trick:
    """
    One trick.

    `play` gives every answer the client got, in order, None where the connection ended instead of one.
    `gets` are their statuses. `log` are the final Decisions it leaves, in order, each as "step reason"
    or `unnamed` of that; what is not a request at all leaves none.
    """

    title: str
    verdict: Verdict
    play: Play
    gets: tuple[int | None, ...]
    log: tuple[str, ...]
    origin: str | None = None  # the Host that the origin which answered was asked for, without its port
    at_unlisted: bool = False  # whether a connection to the unlisted address may stand afterwards


def refused(
    title: str,
    play: Play,
    gets: int | tuple[int | None, ...] | None,
    *log: str,
    at_unlisted: bool = False,
) -> Trick:
    """A trick that comes to nothing: the last answer is a refusal."""
    gets = gets if isinstance(gets, tuple) else (gets,)
    return Trick(title, Verdict.REFUSED, play, gets, log, at_unlisted=at_unlisted)


def carried(title: str, play: Play, origin: str, *log: str, gets: tuple[int | None, ...] = (200,)) -> Trick:
    """A trick that changes nothing: what answered is the origin that was judged."""
    return Trick(title, Verdict.CARRIED, play, gets, log, origin)


def open_(
    title: str,
    play: Play,
    origin: str,
    *log: str,
    gets: tuple[int | None, ...] = (200,),
    at_unlisted: bool = False,
) -> Trick:
    """A trick that works."""
    return Trick(title, Verdict.OPEN, play, gets, log, origin, at_unlisted)


_UNNAMED = ", unnamed"


def unnamed(said: str) -> str:
    """What `log` has for a Decision about a privileged site, whose row does not say where or when."""
    return f"{said}{_UNNAMED}"


def is_unnamed(said: str) -> bool:
    """Whether it is one of those."""
    return said.endswith(_UNNAMED)


type Groups = Mapping[str, tuple[Trick, ...]]
