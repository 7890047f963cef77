"""
Notes, challenges and reports that staff send from the gateway's own pages, and what they were answered.

Which kinds there are says `policy.words.ReportKind`. A report is kept with the messages that tell somebody of
it, in one transaction (`db/outbox.py`). One without a name has no person, and nothing else of anybody.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update

from db.actor import actor
from db.engine import reading, writing
from db.outbox import Outbox, Outgoing
from db.people_models import ReportRow
from db.register_rules import fit_reason
from policy.errors import RegisterRefused
from policy.identifiers import new_reference, show_reference
from policy.text import HOST_LENGTH, storable
from policy.words import ReportKind

MOST_TEXT = 2000  # characters


@dataclass(frozen=True, slots=True)
class Answered:
    """When, by whom and what a report was answered."""

    at: datetime
    by: str
    answer: str


@dataclass(frozen=True, slots=True)
class Report:
    """One note, challenge or report."""

    id: str  # a reference of eight characters
    organisation: str
    person: str | None  # None of a nameless one, and where the reader may not know
    kind: ReportKind
    host: str
    category: str | None
    text: str
    decision: str | None  # the reference of the Decision it is about
    at: datetime
    answered: Answered | None


def _nothing(_report: Report) -> Iterable[Outgoing]:
    return ()


class ReportStore:
    """What may be done with reports."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def tell(
        self,
        *,
        organisation: str,
        person: str | None,
        kind: ReportKind,
        host: str,
        category: str | None = None,
        text: str = "",
        decision: str | None = None,
        messages: Callable[[Report], Iterable[Outgoing]] = _nothing,
    ) -> Report:
        """
        Keep a report, and with it the messages that tell of it.

        Raises `RegisterRefused` for a text that is too long to be read, `DatabaseAway`.
        """
        text = text.strip()
        if len(text) > MOST_TEXT:
            raise RegisterRefused(f"the text has {len(text):,} characters; {MOST_TEXT:,} are kept")
        report = Report(
            id=new_reference(),
            organisation=organisation,
            person=person,
            kind=kind,
            host=storable(host, HOST_LENGTH),
            category=category,
            text=_storable_lines(text),
            decision=decision,
            at=self._now(),
            answered=None,
        )
        outbox = Outbox(self._engine, self._now)
        with writing(self._engine) as connection:
            connection.execute(
                insert(ReportRow).values(
                    id=report.id,
                    organisation=organisation,
                    person=person,
                    kind=kind,
                    host=report.host,
                    category=category,
                    text=report.text,
                    decision=decision,
                    at=report.at,
                    actor=actor(connection),
                )
            )
            for outgoing in messages(report):
                outbox.put(outgoing, about=report.id, within=connection)
        return report

    def reports(self, *, everything: bool = False, named: bool = True) -> list[Report]:
        """
        What nobody has answered yet, or all there is; newest first.

        `named` False leaves out who said it: who keeps lists may read no more.
        """
        query = select(*_columns(named=named)).order_by(ReportRow.at.desc())
        if not everything:
            query = query.where(ReportRow.answered_at.is_(None))
        with reading(self._engine) as connection:
            return [_report(row) for row in connection.execute(query)]

    def of(self, organisation: str, person: str) -> list[Report]:
        """Those that this person sent under their name, newest first."""
        with reading(self._engine) as connection:
            mine = ReportRow.organisation == organisation, ReportRow.person == person
            query = select(*_columns(named=True)).where(*mine).order_by(ReportRow.at.desc())
            return [_report(row) for row in connection.execute(query)]

    def answer(self, identifier: str, answer: str) -> Report:
        """
        Answer a report, once; who sent it reads that in their record.

        Raises `RegisterRefused` where there is none, or it is answered.
        """
        answer = fit_reason(answer, "the answer")
        waiting = ReportRow.id == identifier, ReportRow.answered_at.is_(None)
        with writing(self._engine) as connection:
            changed = connection.execute(
                update(ReportRow)
                .where(*waiting)
                .values(answered_at=self._now(), answered_by=actor(connection), answer=answer)
            )
            query = select(*_columns(named=False)).where(ReportRow.id == identifier)
            row = connection.execute(query).one_or_none()
            if row is None:
                raise RegisterRefused(
                    f"there is no report {show_reference(identifier)}; `sluicegate reports list` shows them"
                )
            if changed.rowcount == 0:
                raise RegisterRefused(
                    f"{show_reference(identifier)} is answered already, by {row.answered_by}"
                )
            return _report(row)


def _columns(*, named: bool) -> list[Any]:
    hidden = {"actor"} if named else {"actor", "person"}
    return [column for column in ReportRow.__table__.columns if column.name not in hidden]


def _report(row: Row[Any]) -> Report:
    return Report(
        id=row.id,
        organisation=row.organisation,
        person=row._mapping.get("person"),
        kind=row.kind,
        host=row.host,
        category=row.category,
        text=row.text,
        decision=row.decision,
        at=row.at,
        answered=row.answered_at and Answered(row.answered_at, row.answered_by, row.answer),
    )


def _storable_lines(text: str) -> str:
    """As `storable`, and in lines as it was written."""
    return "\n".join(storable(line, MOST_TEXT) for line in text.splitlines())
