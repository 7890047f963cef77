"""
What a change would have done to what was asked for: counted, and still with hosts that nobody may be shown.

What of it may be shown is `console/lists/disclosure.py`'s to say.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from console.lists.replay import Change, Known, Left, Recorded, Replay, Replayed
from policy.words import Verdict


class Request(NamedTuple):
    """A request that was recorded, as far as it was."""

    host: str
    path: str | None


class Counted(Recorded, Protocol):
    """Equal requests and their number (`db/replay.py`)."""

    @property
    def visit(self) -> bool:
        """Whether each was a page that a person told the browser to open."""

    @property
    def decisions(self) -> int:
        """How many there were."""


@dataclass(slots=True)
class Count:
    """How many of each kind."""

    visits: int = 0
    others: int = 0  # pieces of pages, background work: what no person told a browser to open

    def add(self, other: "Count") -> None:
        """Count these too."""
        self.visits += other.visits
        self.others += other.others


@dataclass(slots=True)
class Impact:
    """What came of judging again; filled by `add`."""

    total: Count = field(default_factory=Count)
    left: Counter[Left] = field(default_factory=Counter)  # decisions that were not judged again
    known: Counter[Known] = field(default_factory=Counter)  # decisions that were, by how much was known
    changed: dict[Change, dict[Request, Count]] = field(default_factory=lambda: defaultdict(dict))
    at_host: Counter[str] = field(
        default_factory=Counter
    )  # decisions of which a change may make another verdict

    def add(self, recorded: Counted, replay: Replay) -> None:
        """Judge equal requests again and count them."""
        number = recorded.decisions
        count = Count(visits=number) if recorded.visit else Count(others=number)
        self.total.add(count)
        replayed = replay.request(recorded)
        if recorded.host is not None and (isinstance(replayed, Replayed) or replayed is Left.OPENED):
            self.at_host[recorded.host] += number
        match replayed:
            case Replayed(known, change):
                self.known[known] += number
                if change is not None and recorded.host is not None:
                    requests = self.changed[change]
                    requests.setdefault(Request(recorded.host, recorded.path), Count()).add(count)
            case left:
                self.left[left] += number

    def towards(self, verdict: Verdict) -> Iterator[tuple[Change, Mapping[Request, Count]]]:
        """Everything that would now get this verdict and did not."""
        for change, requests in self.changed.items():
            if change.after is verdict:
                yield change, requests
