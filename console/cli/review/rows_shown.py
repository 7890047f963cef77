"""
Decisions that name people, as tables, JSON and CSV: visits, and apart from them whatever is none.

Each row carries what limits it: what kind of request it was, how the person was known, and whether the entry
that decided was withdrawn as wrong. Times carry their zone. Nothing is sorted or summed by person.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from console.cli import show
from console.cli.times import show_moment
from console.review.answers import Bounds
from policy.identifiers import show_reference
from policy.review.meaning import KNOWN, RESOURCE, SHARED, WITHDRAWN
from policy.review.rows import Found, PageOpened, ReviewedDecision

WITHDRAWN_ON = "withdrawn as wrong on"
CSV_COLUMNS = (
    *("kind", "counts as visit", "time (UTC)", "person", "person known by", "unit", "role", "device"),
    *("client address", "verdict", "reason", "category", "scheme", "host", "port", "path", "resource"),
    *("resource evidence", "part of", "also asked for", "of these refused", "list", "line", "entry"),
    *("entry kind", "own entry", "clause", "exemption", "confirmation", WITHDRAWN_ON, "status", "bytes in"),
    *("bytes out", "ended", "record level", "held", "reference", "gateway", "ruleset", "policy"),
    *("authority", "access"),
)


MORE = "There are more rows than these: the numbers below are of these rows alone."


@dataclass(frozen=True, slots=True)
class Row:
    """One decision of an answer, and of a visit what came with it."""

    decision: ReviewedDecision
    page: PageOpened | None  # set if and only if it is a visit


def rows_of(found: Iterable[Found]) -> list[Row]:
    """All of them in the order of time, newest first."""
    rows = [
        row
        for part in found
        for row in (
            *(Row(page.visit, page) for page in part.visits),
            *(Row(decision, None) for decision in part.rest),
        )
    ]
    return sorted(rows, key=lambda row: (row.decision.at, row.decision.id), reverse=True)


def print_rows(rows: Sequence[Row], *, visits_only: bool = False, more: bool = False) -> None:
    """Two tables, what they are said above them, and below them what they cannot show."""
    visits = [row for row in rows if row.page is not None]
    rest = [row.decision for row in rows if row.page is None]
    if more:
        show.line(MORE)
    show.line(visits_line([row.decision for row in visits]))
    if visits:
        _table(
            ["time", "person", "known by", "verdict", "reason", "category", "host", "path", "also asked for"],
            [
                (
                    row.decision,
                    [
                        *(show_moment(row.decision.at), row.decision.person, known_by(row.decision)),
                        *(row.decision.verdict, row.decision.reason, row.decision.category),
                        *(row.decision.host, row.decision.path, pieces(row.page)),
                    ],
                )
                for row in visits
            ],
        )
    show.line(rest_line(rest, visits_only=visits_only))
    if rest:
        _table(
            ["time", "person", "known by", "what it was", "part of", "verdict", "reason", "category", "host"],
            [
                (
                    one,
                    [
                        *(show_moment(one.at), one.person, known_by(one), RESOURCE[one.resource].short),
                        *(one.page, one.verdict, one.reason, one.category, one.host),
                    ],
                )
                for one in rest
            ],
        )
    for says in cannot_show([row.decision for row in rows]):
        show.line(f"* {says}")


def _table(columns: list[str], rows: Sequence[tuple[ReviewedDecision, list[object]]]) -> None:
    withdrawn = any(one.withdrawn_on for one, _ in rows)
    show.table(
        [*columns, "reference", *([WITHDRAWN_ON] if withdrawn else ())],
        (
            [
                *cells,
                show_reference(one.reference),
                *([one.withdrawn_on and show_moment(one.withdrawn_on)] if withdrawn else ()),
            ]
            for one, cells in rows
        ),
    )


def visits_line(visits: Sequence[ReviewedDecision]) -> str:
    """How many pages were opened, and how many of those count."""
    wrong = sum(1 for one in visits if not one.counts_as_visit)
    counts = (
        f"; {wrong:,} of them decided by an entry since withdrawn as wrong, and not to count" if wrong else ""
    )
    return f"Visits, pages that a browser was told to open: {len(visits):,}{counts}"


def rest_line(rest: Sequence[ReviewedDecision], *, visits_only: bool = False) -> str:
    """How many other decisions there were; nothing of how many where they were not asked for."""
    if visits_only:
        return "Other requests: not asked for, so whether there were any is not said"
    return f"Other requests, none of which shows that anybody went there: {len(rest):,}"


def cannot_show(rows: Sequence[ReviewedDecision]) -> list[str]:
    """What these rows show by the way each person was known, and what they cannot."""
    if not rows:
        return []
    seen = {one.person_how for one in rows}
    known = [
        f"Known by “{each.short}”: {each.shows} {each.not_shown}"
        for how, each in KNOWN.items()
        if how in seen
    ]
    wrong = [WITHDRAWN] if any(one.withdrawn_on for one in rows) else []
    return [*known, SHARED, *wrong]


def utc(moment: datetime) -> str:
    """A moment as programs and spreadsheets read it."""
    return moment.astimezone(UTC).isoformat()


def known_by(one: ReviewedDecision) -> str:
    """How the person was known, in a word or two."""
    return KNOWN[one.person_how].short


def pieces(page: PageOpened | None) -> str:
    """What the browser asked for by itself because of a visit."""
    if page is None or not page.pieces:
        return ""
    return f"{page.pieces:,}" + (f" ({page.refused:,} refused)" if page.refused else "")


def record(row: Row) -> dict[str, object]:
    """As one JSON object."""
    page = row.page
    return {
        "kind": "visit" if page else "other",
        "counts_as_visit": row.decision.counts_as_visit,
        **asdict(row.decision),
        "also": page
        and {
            "embedded": page.embedded,
            "redirects": page.redirects,
            "background": page.background,
            "prefetched": page.prefetched,
            "unknown": page.unknown,
            "refused": page.refused,
        },
    }


def csv_rows(rows: Iterable[Row], bounds: Bounds) -> Iterator[list[object]]:
    """The cells of `CSV_COLUMNS`, a list a row; each says within which look it was read."""
    for row in rows:
        one, page = row.decision, row.page
        outcome = one.outcome
        yield [
            *("visit" if page else "other", "yes" if one.counts_as_visit else "no", utc(one.at)),
            *(one.person, one.person_how, one.unit, one.role, one.device, one.client_ip),
            *(one.verdict, one.reason, one.category, one.scheme, one.host, one.port, one.path),
            *(one.resource, one.resource_why, one.page),
            *(page and page.pieces, page and page.refused),
            *(one.list, one.line, one.entry, one.entry_kind, one.local_entry, one.clause),
            *(one.exemption and show_reference(one.exemption), one.confirmation),
            one.withdrawn_on and utc(one.withdrawn_on),
            *(outcome and outcome.status, outcome and outcome.bytes_in, outcome and outcome.bytes_out),
            *(outcome and outcome.ended, one.record, "yes" if one.held else "no"),
            *(show_reference(one.reference), one.gateway, one.ruleset, one.policy),
            *(show_reference(bounds.authority), bounds.access),
        ]
