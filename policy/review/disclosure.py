"""
Which counts may be told without giving anybody away: statistics without an authority.

A count made of fewer than `FEWEST` people says what somebody did. So does a count that can be worked out from
others: the month less its other days, the organisation less its other units, last week's answer from
today's. What is told is therefore cut from one fixed lattice, whatever is asked:

1. A *column* is what was alike in one whole month (UTC): its category, retention class, verdict, and whether
   it was a visit. A column is split in one of three ways: by day, by unit, by list. Never in two at once, so
   that no number belongs to more than one sum but its column's.
2. Nothing of a month is told before it is over and `LATE` has passed, nor once the disposal of its class has
   begun. An answer of yesterday and one of today are the same answer.
3. A column of fewer than `FEWEST` is not told, and no part of it.
4. A part of fewer than `FEWEST` is withheld, and so is one of none: what has no number was nothing, or
   little, or is withheld for the sake of another. The column less all that is told is what is withheld
   together, and that would give a small part away. So where any part is small, others that are not are
   withheld with it, until what is withheld leaves every small part all the numbers that a small one can be.
   Which ones is settled by their names and not by their numbers: a rule such as "the smallest" would itself
   tell something.
5. Every wider number, such as a unit's in all categories, is the sum of what is told, and so "at least". No
   true sum of a withheld number is ever formed.
6. What is told is rounded to the nearest five. A row that was shipped late, or an entry that was withdrawn,
   moves a number by one or two, and hardly ever what is told of it.

So columns have nothing to do with one another, and of one column an onlooker has at most its sum and what is
told of each way to split it. Whoever knows this rule too, and tries every column that there can be, still
finds as many numbers possible for each part that may be small as small ones can be; the tests do just that.

Contributors are people where people are known, without those whose only decisions were an entry's that was
withdrawn. Of days and lists nobody knows how many people were in them, since no more is kept of anybody than
their months: there it is decisions, in a column of `FEWEST` people at least. So it is where nobody is named.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from policy.errors import ReviewRefused
from policy.review.figures import Dimension, Statistics, StatisticsCell, StatisticsQuestion, StatisticsRow
from policy.words import RetentionClass, Verdict

FEWEST = 10
"""People, or decisions where nobody is known, that a count has to be made of."""
LATE = timedelta(days=3)
"""How long after the end of a month decisions of it may still be shipped."""
MOST_MONTHS = 36  # of one answer
_ROUNDED_TO = 5

type Split = Mapping[str, "Part"]
"""The parts of a column by what they are of: a day, a unit or a list; "" is none."""


@dataclass(frozen=True, slots=True)
class Part:
    """How many decisions, and how many people made them; None where nobody is known."""

    number: int
    people: int | None = None

    @property
    def contributors(self) -> int:
        """What `FEWEST` is held against."""
        return self.number if self.people is None else min(self.number, self.people)


@dataclass(frozen=True, slots=True)
class Lattice:
    """What has to be read of the tallies to answer a question: more than it asks for, since that decides."""

    columns: StatisticsQuestion  # whole months by day, category and class
    parts: StatisticsQuestion | None  # by unit or list besides; None: the columns are enough


def lattice(question: StatisticsQuestion, now: datetime) -> Lattice:
    """
    What to read for this question.

    Raises `ReviewRefused` where it is none of the lattice's, with what may be asked instead.
    """
    finer = _finer(question)
    if question.since >= question.until:
        raise ReviewRefused("the period ends before it begins; give one that begins first")
    if _is_monthly(question) and (question.since.day, question.until.day) != (1, 1):
        raise ReviewRefused("by month, unit or list only whole months are told; give the first day of each")
    since, until = question.since.replace(day=1), _next_month(question.until - timedelta(days=1))
    if (until.year - since.year) * 12 + until.month - since.month > MOST_MONTHS:
        raise ReviewRefused(f"at most {MOST_MONTHS} months at once; ask in parts")
    told_from = datetime.combine(until, datetime.min.time(), UTC) + LATE
    if now < told_from:
        last = until - timedelta(days=1)
        raise ReviewRefused(
            f"the figures of {last:%B %Y} are told from {told_from:%d %B %Y} on, when all of it has come in; "
            "ask up to an earlier month"
        )
    by = Dimension.CATEGORY, Dimension.CLASS
    whole = replace(question, since=since, until=until, by=by, monthly=False)
    return Lattice(whole, None if finer is None else replace(whole, by=(*whole.by, finer)))


def last_told(now: datetime) -> tuple[date, date]:
    """The first day of the last month whose figures are told, and the first day after it."""
    until = (now - LATE).astimezone(UTC).date().replace(day=1)
    return (until - timedelta(days=1)).replace(day=1), until


def told(
    question: StatisticsQuestion,
    columns: Iterable[StatisticsCell],
    parts: Iterable[StatisticsCell] | None,
    kept: Mapping[RetentionClass, int],
    now: datetime,
) -> Statistics:
    """
    What may be told of the cells that `lattice` asked for; `kept` is for how many days each class is.

    Rows are in the order of their periods and names. What is zero has none.
    """
    monthly = _is_monthly(question)
    of_column = _by_column(columns)
    of_parts = of_column if parts is None else _by_column(parts)
    sums: Counter[_Key] = Counter()
    gone = set()
    for key, cells in of_column.items():
        if not _is_whole(key, kept, now):
            gone.add(f"{key.retention_class} {key.month:%Y-%m}")
            continue
        whole = _whole(cells)
        split = _split(question, of_parts.get(key, []), whole)
        for name, number in publish(whole, split).items():
            row = _key(question, key, name)
            if question.since <= row[0] < question.until:
                sums[row] += number
    rows = tuple(_row(row, sums[row]) for row in sorted(sums))
    return Statistics(question.since, question.until, monthly, rows, tuple(sorted(gone)))


def publish(whole: Part, split: Split, fewest: int = FEWEST) -> dict[str, int]:
    """What may be told of the parts of a column, by what they are of; the others are withheld, or of none."""
    if whole.contributors < fewest:
        return {}
    withheld = _withheld(split, fewest)
    return {name: part.number for name, part in split.items() if part.number and name not in withheld}


def rounded(number: int) -> int:
    """To the nearest five."""
    return (number + _ROUNDED_TO // 2) // _ROUNDED_TO * _ROUNDED_TO


def _withheld(split: Split, fewest: int) -> set[str]:
    names = sorted(name for name in split if split[name].number)
    small = {name for name in names if split[name].contributors < fewest}
    withheld = set(small)
    if not small:
        return withheld
    first = names.index(min(small))
    for name in names[first:] + names[:first]:
        others = len(withheld) - len(small)
        # With so many in those that are not small, what is left is for any small one to be anything.
        if others and sum(split[one].number for one in withheld) >= fewest * (others + 1) - 1:
            break
        withheld.add(name)
    return withheld


@dataclass(frozen=True, slots=True)
class _Column:
    month: date
    retention_class: str | None
    category: str | None
    verdict: Verdict
    visit: bool


type _Key = tuple[date, str, str, str, str, str, bool]
"""Of a row: period, category, list, unit, class, verdict, whether of visits; "" is none."""


def _row(key: _Key, number: int) -> StatisticsRow:
    period, category, list_, unit, class_, verdict, visit = key
    return StatisticsRow(
        period=period,
        category=category or None,
        list=list_ or None,
        unit=unit or None,
        retention_class=class_ or None,
        verdict=Verdict(verdict),
        visit=visit,
        number=rounded(number),
    )


def _key(question: StatisticsQuestion, column: _Column, part: str) -> _Key:
    by, finer = question.by, _finer(question)
    return (
        column.month if _is_monthly(question) else date.fromisoformat(part),
        (column.category or "") if Dimension.CATEGORY in by else "",
        part if finer is Dimension.LIST else "",
        part if finer is Dimension.UNIT else "",
        (column.retention_class or "") if Dimension.CLASS in by else "",
        column.verdict.value,
        column.visit,
    )


def _finer(question: StatisticsQuestion) -> Dimension | None:
    finer = [one for one in (Dimension.UNIT, Dimension.LIST) if one in question.by]
    if len(finer) > 1:
        raise ReviewRefused("by unit or by list, but not by both at once: ask one after the other")
    return finer[0] if finer else None


def _is_monthly(question: StatisticsQuestion) -> bool:
    return question.monthly or _finer(question) is not None


def _by_column(cells: Iterable[StatisticsCell]) -> dict[_Column, list[StatisticsCell]]:
    found: defaultdict[_Column, list[StatisticsCell]] = defaultdict(list)
    for cell in cells:
        month = cell.period.replace(day=1)
        found[_Column(month, cell.retention_class, cell.category, cell.verdict, cell.visit)].append(cell)
    return found


def _whole(cells: Sequence[StatisticsCell]) -> Part:
    """A column as a whole: its cells are of days, and each has the people of the whole month."""
    return Part(sum(cell.number for cell in cells), _people(cells))


def _split(question: StatisticsQuestion, cells: Sequence[StatisticsCell], whole: Part) -> Split:
    finer = _finer(question)
    if finer is None and question.monthly:
        return {"": whole}
    if finer is Dimension.UNIT:
        return {
            unit: Part(sum(cell.number for cell in of_it), _people(of_it))
            for unit, of_it in _grouped(cells, "unit")
        }
    # Of days and lists nobody knows the people.
    name = "list" if finer is Dimension.LIST else "period"
    return {key: Part(sum(cell.number for cell in of_it)) for key, of_it in _grouped(cells, name)}


def _grouped(cells: Sequence[StatisticsCell], name: str) -> Iterator[tuple[str, list[StatisticsCell]]]:
    def key(cell: StatisticsCell) -> str:
        value = getattr(cell, name)
        return "" if value is None else str(value)

    for value, of_it in groupby(sorted(cells, key=key), key):
        yield value, list(of_it)


def _people(cells: Sequence[StatisticsCell]) -> int | None:
    """People of a month, less one for each decision that was taken out: it may have been their only one."""
    known = [cell.people for cell in cells if cell.people is not None]
    return max(0, max(known) - sum(cell.withdrawn for cell in cells)) if known else None


def _is_whole(column: _Column, kept: Mapping[RetentionClass, int], now: datetime) -> bool:
    """Whether nothing of it has been disposed of."""
    if column.retention_class is None:
        return False
    begins = datetime.combine(column.month, datetime.min.time(), UTC)
    return begins >= now - timedelta(days=kept[RetentionClass(column.retention_class)])


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
