"""Numbers of nobody as a table; what is not told has none, and is never nought."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from policy.review.figures import Dimension, Statistics, StatisticsRow
from policy.words import Verdict

NONE = "(none)"


def columns(by: Sequence[Dimension]) -> tuple[str, ...]:
    """The heads of the columns."""
    return ("period (UTC)", *(str(one) for one in by), "verdict", "what", "number")


def cells(answer: Statistics, by: Sequence[Dimension]) -> Iterator[tuple[object, ...]]:
    """A row a number."""
    for row in answer.rows:
        yield (
            period(row, monthly=answer.monthly),
            *(_of(row, one) or NONE for one in by),
            row.verdict,
            "visits" if row.visit else "other requests",
            row.number,
        )


def wide_columns(by: Sequence[Dimension]) -> tuple[str, ...]:
    """The heads of the columns where verdicts stand beside each other."""
    return ("period (UTC)", *(str(one) for one in by), "what", *_VERDICTS.values())


def wide_cells(answer: Statistics, by: Sequence[Dimension]) -> list[tuple[object, ...]]:
    """A row for all verdicts of one thing; a cell is empty where there was none of it, or it is not told."""
    found: dict[tuple[object, ...], dict[Verdict, object]] = {}
    for *of, verdict, what, number in cells(answer, by):
        found.setdefault((*of, what), {})[Verdict(str(verdict))] = number
    return [(*key, *(numbers.get(verdict) for verdict in _VERDICTS)) for key, numbers in found.items()]


_VERDICTS = {Verdict.ALLOW: "allowed", Verdict.CONFIRM: "purpose asked", Verdict.BLOCK: "blocked"}


def period(row: StatisticsRow, *, monthly: bool) -> str:
    """A day, or a month."""
    return f"{row.period:%Y-%m}" if monthly else row.period.isoformat()


def _of(row: StatisticsRow, dimension: Dimension) -> str | None:
    match dimension:
        case Dimension.CATEGORY:
            return row.category
        case Dimension.LIST:
            return row.list
        case Dimension.UNIT:
            return row.unit
        case Dimension.CLASS:
            return row.retention_class


def says(answer: Statistics) -> str:
    """What the numbers are of, and what they leave out."""
    last = answer.until - timedelta(days=1)
    gone = f"; not kept whole any more: {', '.join(answer.gone)}" if answer.gone else ""
    return (
        f"{answer.since} to {last} (UTC, both included). Numbers are rounded to the nearest five and leave "
        "out what fewer than ten people did in a month, and what would give that away. Where there is no "
        "number there was nothing, or it is not told"
        f"{gone}"
    )
