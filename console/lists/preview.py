"""
`lists preview` without its terminal: the log of some days judged again, and what may be shown of it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from console.lists.disclosure import Number, Shown, disclose, rounded
from console.lists.impact import Count, Impact
from console.lists.replay import Known, Left, Replay
from db.replay import ReplayView
from policy.words import Verdict

type OnProgress = Callable[[str, int, int], None]
"""What is being done, how many days are done, and of how many."""

_OFTEN = 4096  # requests between two words on how far it is


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would have done to the requests of some days."""

    first: date  # UTC
    last: date
    total: Count
    newly: Mapping[Verdict, Shown]  # by what requests would newly come to
    known: Mapping[Known, Number]  # decisions judged again, by how much of the address was; rounded
    left: Mapping[Left, Number]  # decisions not judged again, by why; rounded


def preview(
    view: ReplayView,
    replay: Replay,
    *,
    days: int,
    question: Mapping[str, object],
    now: datetime,
    on_progress: OnProgress,
    confidential: Collection[str] = (),
) -> Preview:
    """
    Judge the last `days` whole days and today again.

    `question` says in the Access what the preview is of, `confidential` which lists name no host. Raises
    `DatabaseAway`.
    """
    impact = Impact()
    with view.look(days, question, now) as past:
        for done, day in enumerate(past.days):
            on_progress(f"counting the requests of {day}", done, len(past.days))
            for number, recorded in enumerate(past.on(day)):
                if number % _OFTEN == 0:
                    on_progress(f"judging {day} again: {past.rows:,} decisions", done, len(past.days))
                impact.add(recorded, replay)
        on_progress("counting people", len(past.days), len(past.days))
        return Preview(
            first=past.days[0],
            last=past.days[-1],
            total=impact.total,
            newly={verdict: disclose(impact, verdict, past.people, confidential) for verdict in Verdict},
            known={known: rounded(number) for known, number in impact.known.items()},
            left={left: rounded(number) for left, number in impact.left.items()},
        )
