"""
The rows of an export as files: JSON lines, with everything and exactly; CSV, to be read in a spreadsheet.

The two hold the same rows in the same order. JSON is ASCII and loses nothing; in CSV texts are made safe for
a spreadsheet (`policy.text.csv_line`), so where the two differ in a character the JSON is right.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from console.cli.show import as_json
from console.evidence.contents import Row
from policy.identifiers import show_reference
from policy.review.meaning import KNOWN, RESOURCE
from policy.text import CSV_START, csv_line


def as_json_lines(rows: Iterable[Row], without: Collection[str] = ()) -> Iterator[bytes]:
    """One object a line: the decision's fields, and how it stands to the question; `without` these."""
    for row in rows:
        one = row.decision
        fields = {
            **asdict(one),
            "is_visit": one.is_visit,
            "counts_as_visit": one.counts_as_visit,
            "belongs_to": row.belongs_to,
            "asked_for": row.asked_for,
        }
        for name in without:
            del fields[name]
        yield as_json(fields).encode("ascii") + b"\n"


def as_csv(rows: Iterable[Row], without: Collection[str] = ()) -> Iterator[bytes]:
    """A line of titles, and one a row; `without` the columns of these titles."""
    columns = {title: cell for title, cell in _COLUMNS.items() if title not in without}
    yield (CSV_START + csv_line(columns)).encode()
    for row in rows:
        yield csv_line(cell(row) for cell in columns.values()).encode()


def _moment(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


def _stands(row: Row) -> str:
    if row.decision.withdrawn_on is not None:
        return "counts for nothing: the entry was wrong"
    if row.decision.counts_as_visit:
        return "visit"
    if not row.decision.final:
        return "a step, not the decision"
    return "no visit" if row.belongs_to is None else "no visit: belongs to one"


_COLUMNS: Mapping[str, Callable[[Row], object]] = {
    "time (UTC)": lambda row: _moment(row.decision.at),
    "counts as": _stands,
    "verdict": lambda row: row.decision.verdict,
    "reason": lambda row: row.decision.reason,
    "category": lambda row: row.decision.category,
    "clause": lambda row: row.decision.clause,
    "person": lambda row: row.decision.person,
    "known by": lambda row: KNOWN[row.decision.person_how].short,
    "unit": lambda row: row.decision.unit,
    "role": lambda row: row.decision.role,
    "device": lambda row: row.decision.device,
    "address": lambda row: row.decision.client_ip,
    "kind of request": lambda row: RESOURCE[row.decision.resource].short,
    "told by": lambda row: row.decision.resource_why,
    "scheme": lambda row: row.decision.scheme,
    "host": lambda row: row.decision.host,
    "port": lambda row: row.decision.port,
    "path": lambda row: row.decision.path,
    "on the page": lambda row: row.decision.page,
    "came from": lambda row: row.decision.referrer_host,
    "method": lambda row: row.decision.method,
    "list": lambda row: row.decision.list,
    "line": lambda row: row.decision.line,
    "entry": lambda row: row.decision.entry,
    "kind of entry": lambda row: row.decision.entry_kind,
    "found wrong on (UTC)": lambda row: _moment(row.decision.withdrawn_on),
    "exemption": lambda row: row.decision.exemption,
    "work purpose stated": lambda row: row.decision.confirmation,
    "status": lambda row: row.decision.outcome and row.decision.outcome.status,
    "bytes sent": lambda row: row.decision.outcome and row.decision.outcome.bytes_in,
    "bytes received": lambda row: row.decision.outcome and row.decision.outcome.bytes_out,
    "ended": lambda row: row.decision.outcome and row.decision.outcome.ended,
    "decrypted": lambda row: "yes" if row.decision.decrypted else "no",
    "recorded": lambda row: row.decision.record,
    "held": lambda row: "yes" if row.decision.held else "no",
    "found by the question": lambda row: "yes" if row.asked_for else "no: stands beside a visit",
    "belongs to": lambda row: row.belongs_to,
    "reference": lambda row: show_reference(row.decision.reference),
    "gateway": lambda row: row.decision.gateway,
    "lists": lambda row: row.decision.ruleset,
    "policy": lambda row: row.decision.policy,
    "engine": lambda row: row.decision.engine,
    "id": lambda row: row.decision.id,
}
