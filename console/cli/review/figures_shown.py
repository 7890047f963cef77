"""Figures of a review, as tables, JSON and CSV: visits by verdict, everything else apart from them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from console.cli import show
from console.review.answers import Bounds
from policy.identifiers import show_reference
from policy.review.figures import Figures, FiguresAt, FiguresOf, Report
from policy.review.meaning import KNOWN, SHARED, WITHDRAWN
from policy.words import PersonHow

COUNTED = (
    *("visits allowed", "visits asked a purpose", "visits blocked"),
    *("other requests", "of these refused", "withdrawn as wrong"),
)
"""Above the numbers of `Figures`: the first three are visits, and the last are in none of the others."""

VISIT = (
    "A visit is a page that a browser said it was told to open by a gesture. Nothing else that was asked for "
    "shows that anybody went there."
)

NONE = "(none)"
KNOWN_BY = "known by"


def numbers(figures: Figures) -> tuple[int, int, int, int, int, int]:
    """In the order of `COUNTED`."""
    return (
        *(figures.allowed, figures.confirmed, figures.blocked),
        *(figures.other, figures.other_refused, figures.withdrawn),
    )


def step(*, hourly: bool) -> str:
    """What the figures of a timeline are of."""
    return "hour" if hourly else "day"


def moment(each: FiguresAt, *, hourly: bool) -> str:
    """The beginning of an hour or day, UTC as it was counted."""
    return f"{each.at:%Y-%m-%d %H:00}" if hourly else f"{each.at:%Y-%m-%d}"


def print_at(figures: Iterable[FiguresAt], *, hourly: bool) -> None:
    """A table, a line an hour or day; those without anything are left out."""
    show.table(
        [f"{step(hourly=hourly)} (UTC)", *COUNTED],
        (
            [moment(each, hourly=hourly), *map(number, numbers(each.figures))]
            for each in figures
            if each.figures != Figures()
        ),
    )


def number(figure: int) -> str:
    """With commas; nothing for none, so that what is there is seen."""
    return f"{figure:,}" if figure else ""


def print_report(report: Report) -> None:
    """The total, and a table for each thing that it was counted by."""
    show.table(["", *COUNTED], [["in all", *(f"{each:,}" for each in numbers(report.total))]])
    print_at(report.by_day, hourly=False)
    for heading, figures in parts(report):
        show.table(
            [heading, *COUNTED],
            ([each.what or NONE, *map(number, numbers(each.figures))] for each in figures),
        )
    if report.hosts > len(report.by_host):
        show.line(f"Hosts: the {len(report.by_host):,} with the most visits of {report.hosts:,}")
    for says in (VISIT, *cannot_show(report)):
        show.line(f"* {says}")


def cannot_show(report: Report) -> list[str]:
    """What a name on the rows that were counted proves, and what it cannot."""
    known = {each.what for each in report.by_person_how}
    return [
        *(
            f"Known by “{each.short}”: {each.shows} {each.not_shown}"
            for how, each in KNOWN.items()
            if how in known and how is not PersonHow.NONE
        ),
        SHARED,
        *([WITHDRAWN] if report.total.withdrawn else ()),
    ]


def parts(report: Report) -> Iterator[tuple[str, Sequence[FiguresOf]]]:
    """What a report is counted by, where there is any: a heading, and its figures."""
    for heading, figures in (
        ("category", report.by_category),
        ("list", report.by_list),
        ("host", report.by_host),
        ("exemption", report.by_exemption),
        ("unit", report.by_unit),
        (KNOWN_BY, tuple(map(_in_words, report.by_person_how))),
    ):
        if any(each.what is not None for each in figures):
            yield heading, figures


def _in_words(each: FiguresOf) -> FiguresOf:
    known = KNOWN[PersonHow(each.what)].short if each.what else None
    return FiguresOf(known, each.figures)


def records(report: Report) -> Iterator[dict[str, object]]:
    """A JSON object for each figure: `by` says what it was counted by."""
    yield {"kind": "figures", "by": "all", "what": None, **_record(report.total)}
    for at in report.by_day:
        yield {"kind": "figures", "by": "day", "what": f"{at.at:%Y-%m-%d}", **_record(at.figures)}
    for heading, figures in parts(report):
        for each in figures:
            yield {"kind": "figures", "by": heading, "what": each.what, **_record(each.figures)}


def _record(figures: Figures) -> dict[str, object]:
    return {**asdict(figures), "visits": figures.visits}


CSV_COLUMNS = ("by", "what", *COUNTED, "authority", "access")


def csv_rows(report: Report, bounds: Bounds) -> Iterator[list[object]]:
    """The cells of `CSV_COLUMNS`, a list a figure."""
    look = (show_reference(bounds.authority), bounds.access)
    yield ["all", None, *numbers(report.total), *look]
    for at in report.by_day:
        yield ["day (UTC)", f"{at.at:%Y-%m-%d}", *numbers(at.figures), *look]
    for heading, figures in parts(report):
        for each in figures:
            yield [heading, each.what, *numbers(each.figures), *look]
