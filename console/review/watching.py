"""What was asked of the log, and by whom: for the auditor, who is shown no decision."""

from collections.abc import Collection
from dataclasses import replace

from console.review.answers import Looks, Withheld
from console.review.parts import Parts
from console.review.recording import Recording, as_record
from db.review.accesses import AccessQuestion, Looked, looked
from policy.errors import Refused, ReviewRefused
from policy.identifiers import read_reference
from policy.people import fold_login
from policy.review.granting import may_see
from policy.review.question import MOST_ROWS, Cursor
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole

_MOST_AUTHORITIES = 100_000


class Watching:
    """What one person may see of others' looks."""

    def __init__(self, parts: Parts, reviewer: Reviewer) -> None:
        self._parts = parts
        self._reviewer = reviewer
        self._recording = Recording(parts.looks, reviewer)

    def looks(self, question: AccessQuestion) -> Looks:
        """Accesses, newest first, a page at a time."""
        what, record = "audit looks", as_record(question)
        with self._recording.refusals(what, record):
            self._recording.need(ReviewerRole.AUDITOR)
            if not 1 <= question.size <= MOST_ROWS:
                raise ReviewRefused(f"a page of an answer has 1 to {MOST_ROWS} rows, not {question.size}")
        if question.actor is not None:
            question = replace(question, actor=fold_login(question.actor))
        with self._recording.look(what, record) as look:
            hidden = self._about_themselves()
            found = looked(look.connection, question, self._reviewer.organisation, without=hidden)
            rows, more = found[: question.size], len(found) > question.size
            shown = tuple(row for row in rows if not self._gives_away(row, hidden))
            look.seen(len(shown))
        return Looks(shown, Cursor(rows[-1].at, rows[-1].id) if more else None)

    def _gives_away(self, row: Looked, hidden: Collection[str]) -> bool:
        """
        Whether it tells this person that they are looked into: by what was asked about an authority.

        What was shown of the log is never left out for what was asked: that would hide a look from them.
        """
        asked = {name: row.question.get(name) for name in ("authority", "renews")}
        if any(isinstance(said, str) and _as_stored(said) in hidden for said in asked.values()):
            return row.scope is None
        if row.scope is not None:
            return False
        me = self._reviewer
        return self._named(row, "people", me.login, me.manager) or self._named(
            row, "units", me.unit, me.manager_unit
        )

    @staticmethod
    def _named(row: Looked, which: str, *ones: str | None) -> bool:
        names = row.question.get(which)
        named = {fold_login(str(name)) for name in names} if isinstance(names, list) else set()
        return not named.isdisjoint(fold_login(one) for one in ones if one is not None)

    def _about_themselves(self) -> set[str]:
        """Authorities that this person may not know of: an auditor, too, may be looked into."""
        rules, organisation = self._parts.policy.file.review, self._reviewer.organisation
        every = self._parts.authorities.of(organisation, limit=_MOST_AUTHORITIES)
        return {each.id for each in every if not may_see(each, self._reviewer, rules)}

    def withheld(self) -> tuple[Withheld, ...]:
        """Reviews that the people named have not been told of, those first that are due to be asked again."""
        with self._recording.refusals("audit withheld", {}):
            self._recording.need(ReviewerRole.AUDITOR)
        with self._recording.look("audit withheld", {}) as look:
            found = tuple(
                Withheld(each.id, each.terms.matter, told.at, told.by, told.withheld, told.ask_again)
                for each in self._parts.tellings.withheld(self._reviewer.organisation)
                if (told := each.told) is not None
                and told.withheld is not None
                and may_see(each, self._reviewer, self._parts.policy.file.review)
            )
            look.seen(len(found))
        return found


def _as_stored(said: str) -> str:
    """A reference as it is stored, of what somebody typed."""
    try:
        return read_reference(said)
    except Refused:
        return said
