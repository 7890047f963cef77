"""
Which requests a browser made by itself because of a page that somebody opened.

One page that a person opens is a hundred requests, and only the first is a visit. The others stand under it,
counted and never as visits, so that nobody is held to have asked for what a page asked for. A row belongs to
the latest visit of the same person, at most `WINDOW` before it, whose page it names as its own or as what it
came from. What names no such page stands by itself: not to know is no reason to hang it on anybody's visit.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from policy.review.rows import PageOpened, ReviewedDecision
from policy.words import Resource, Verdict

WINDOW = timedelta(seconds=30)
"""How long a page goes on asking for its pieces, as far as it is held to."""

_COUNTED_AS = {
    Resource.EMBEDDED: "embedded",
    Resource.NAVIGATION: "redirects",
    Resource.BACKGROUND: "background",
    Resource.PREFETCH: "prefetched",
    # A visit here is one that is none, such as a look at a page of the gateway's own.
    Resource.VISIT: "unknown",
    Resource.UNKNOWN: "unknown",
}

type _Visits = Mapping[tuple[str | None, str], Sequence[ReviewedDecision]]
"""By person, and by the page or its host."""


def group(
    rows: Sequence[ReviewedDecision], around: Iterable[ReviewedDecision]
) -> tuple[tuple[PageOpened, ...], tuple[ReviewedDecision, ...]]:
    """
    The visits of one part of an answer, each with what belongs to it, and the rows that belong to none.

    `rows` are the part, newest first; `around` what was read beside it: pieces of its visits, and the visits
    of the next part. A row that belongs to one of those is in neither answer: it comes with its visit.
    """
    beside = {row.id: row for row in around}
    shown = {row.id for row in rows}
    every = {**beside, **{row.id: row for row in rows}}
    visits = _visits(row for row in every.values() if row.is_visit)
    pieces: dict[object, Counter[str]] = defaultdict(Counter)
    rest = []
    for row in every.values():
        if row.is_visit:
            continue
        visit = _visit_of(row, visits)
        if visit is not None and visit.id in shown:
            pieces[visit.id][_COUNTED_AS[row.resource]] += 1
            pieces[visit.id]["refused"] += row.verdict is not Verdict.ALLOW
        elif visit is None and row.id in shown:
            rest.append(row)
    opened = tuple(PageOpened(row, **pieces[row.id]) for row in rows if row.is_visit)
    return opened, tuple(sorted(rest, key=_age, reverse=True))


def belonging(rows: Iterable[ReviewedDecision]) -> dict[UUID, UUID]:
    """To which visit each of these rows belongs that belongs to one of them, by their identifiers."""
    every = tuple(rows)
    visits = _visits(row for row in every if row.is_visit)
    found = ((row, _visit_of(row, visits)) for row in every if not row.is_visit)
    return {row.id: visit.id for row, visit in found if visit is not None}


def _visit_of(row: ReviewedDecision, visits: _Visits) -> ReviewedDecision | None:
    """The one it belongs to, if it belongs to any."""
    if row.person is None:
        return None
    candidates = (
        visit
        for name in (row.page, row.referrer_host)
        if name is not None
        for visit in visits.get((row.person, name), ())
        if visit.at <= row.at <= visit.at + WINDOW and visit.organisation == row.organisation
    )
    return max(candidates, key=_age, default=None)


def _visits(rows: Iterable[ReviewedDecision]) -> _Visits:
    found: dict[tuple[str | None, str], list[ReviewedDecision]] = defaultdict(list)
    for row in rows:
        for name in {row.page, row.host} - {None}:
            found[row.person, str(name)].append(row)
    return found


def _age(row: ReviewedDecision) -> tuple[object, object]:
    return row.at, row.id
