"""
`lists preview` without its terminal: the log of some days judged again, and what may be shown of it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from console.lists.disclosure import Number, Shown, disclose, rounded
from console.lists.impact import Count, Impact
from console.lists.replay import Known, Left, Replay
from console.review.protocol import Running
from db.replay import Asked
from policy.words import Verdict

type OnProgress = Callable[[str, int, int], None]
"""What is being done, how many days are done, and of how many."""


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
    running: Running,
    replay: Replay,
    *,
    days: int,
    question: dict[str, str],
    now: datetime,
    on_progress: OnProgress,
    confidential: Collection[str] = (),
) -> Preview:
    """
    Judge the last `days` whole days and today again.

    `question` says in the Access what the preview is of, `confidential` which lists name no host. Raises
    `ReviewRefused` or `DatabaseAway`.
    """
    today = now.astimezone(UTC).date()
    window = tuple(today - timedelta(days=back) for back in range(days, -1, -1))
    impact, rows = Impact(), 0
    on_progress(f"counting the requests of {window[0]}", 0, len(window))
    look = running.begin_preview(window[0], window[-1], question)
    for some in running.past(look):
        for recorded in some.requests:
            rows += recorded.decisions
            impact.add(recorded, replay)
        on_progress(f"judging {some.day} again: {rows:,} decisions", window.index(some.day), len(window))
    on_progress("counting people", len(window), len(window))

    def people(asked: list[Asked]) -> Mapping[int, int]:
        return running.people(look, tuple(asked)) if asked else {}

    return Preview(
        first=window[0],
        last=window[-1],
        total=impact.total,
        newly={verdict: disclose(impact, verdict, people, confidential) for verdict in Verdict},
        known={known: rounded(number) for known, number in impact.known.items()},
        left={left: rounded(number) for left, number in impact.left.items()},
    )
