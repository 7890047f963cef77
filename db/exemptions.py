"""
Work-purpose exemptions: asked for, granted by one office or two, refused, taken back, revoked.

A request waits until somebody decides it. Where the policy asks for two offices the first one's grant waits
in the request, and the exemption begins with the second's word. Nobody grants what is for them or what they
asked for, and both words are two people's; on PostgreSQL triggers hold that against raw SQL, and the
exemption is written by the very login that grants it, in the same transaction.

A restricted exemption is seen by who asked for it, who decided it and an auditor. On PostgreSQL that is
row-level security; beside SQLite, which keeps nobody apart, it is this module. The change log says of one
that there is one.

Nothing is deleted: what is revoked says since when, by whom and why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, and_, or_, select, update
from sqlalchemy.exc import IntegrityError

from db.actor import actor
from db.engine import reading, writing
from db.exemption_requests import (
    ask,
    decide,
    find_request,
    join,
    refuse_decided,
    refuse_too_many,
    refuse_unfit_answer,
    waiting,
)
from db.exemption_rows import (
    REQUESTS,
    AccessRequest,
    access_request,
    exemption,
    exemption_ends,
)
from db.granting import first_word, insert_exemption, record_exemption, refuse_without_office
from db.grants import Grant, Offices, fitted, offices, refuse_ones_own
from db.models import ExemptionRow
from db.people_models import ExemptionRequestRow
from db.register_marker import changing
from db.register_rules import (
    fit_reason,
    refuse_unfit_category,
    refuse_unfit_grantee,
    refuse_unfit_names,
    refuse_unfit_target,
    same_person,
)
from db.restricted import sees, sees_request
from policy.document import Policy
from policy.errors import RegisterRefused
from policy.identifiers import show_reference
from policy.people import fold_login
from policy.registers import Exemption, GranteeKind, TargetKind
from policy.words import RequestOutcome


@dataclass(frozen=True, slots=True)
class Revoked:
    """When, by whom and why an exemption was ended before its time."""

    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class RegisteredExemption:
    """An exemption as it stands in the database."""

    entry: Exemption
    at: datetime  # when it was granted
    revoked: Revoked | None


class ExemptionStore:
    """What may be done with exemptions. The actor is the connection's own."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    # --- Requests

    def request(
        self,
        policy: Policy,
        *,
        organisation: str,
        grantee: str,
        kind: TargetKind,
        target: str,
        purpose: str,
        category: str | None = None,
        decision: str | None = None,
        grantee_kind: GranteeKind = GranteeKind.PERSON,
        requested_by: str | None = None,
        asked_of: str | None = None,
    ) -> AccessRequest:
        """
        Ask for an exemption, or join the same request where it waits already.

        `category` and `decision` (its reference) are those of the refusal that led to it. `requested_by` is
        who asks on the gateway's page, whose own login stands between; None, at a terminal, is the actor.
        `asked_of` makes it a restricted one, which this login alone may see and decide.
        Raises `RegisterRefused` for what the policy never exempts or cannot be, `DatabaseAway`.
        """
        purpose = fit_reason(purpose, "the work purpose")
        grantee = fold_login(grantee) if grantee_kind is GranteeKind.PERSON else grantee.strip()
        refuse_unfit_grantee(grantee_kind, grantee)
        refuse_unfit_names(organisation, category, decision, requested_by, asked_of)
        if kind is not TargetKind.CATEGORY:
            refuse_unfit_target(kind, target)
        for opened in {target} if kind is TargetKind.CATEGORY else {category} - {None}:
            refuse_unfit_category(policy, str(opened), grantee_kind)
        wanted = {
            "organisation": organisation,
            "grantee_kind": grantee_kind,
            "grantee": grantee,
            "kind": kind,
            "target": target,
        }
        try:
            with writing(self._engine) as connection:
                me = actor(connection)
                by = me if requested_by is None else requested_by
                if not asked_of and (same := waiting(connection, wanted)) is not None:
                    return join(connection, same)
                refuse_too_many(connection, organisation, by)
                more = {"category": category, "purpose": purpose, "decision": decision, "requested_by": by}
                return ask(
                    connection,
                    {**wanted, **more, "asked_of": asked_of},
                    self._now(),
                    restricted=bool(asked_of),
                )
        except IntegrityError as error:
            # Somebody else was first by a moment.
            raise RegisterRefused("the same has just been asked for by somebody else; look again") from error

    def requests(
        self, *, everything: bool = False, organisation: str | None = None, person: str | None = None
    ) -> list[AccessRequest]:
        """Those that nobody has decided, or all there are, of everybody or about one person; newest first."""
        query = select(REQUESTS).order_by(ExemptionRequestRow.at.desc())
        if not everything:
            query = query.where(ExemptionRequestRow.outcome.is_(None))
        if organisation is not None:
            query = query.where(ExemptionRequestRow.organisation == organisation)
        if person is not None:
            of_theirs = and_(
                ExemptionRequestRow.grantee_kind == GranteeKind.PERSON, ExemptionRequestRow.grantee == person
            )
            query = query.where(or_(ExemptionRequestRow.requested_by == person, of_theirs))
        with reading(self._engine) as connection:
            me = actor(connection)
            found = [access_request(row) for row in connection.execute(query)]
            return [one for one in found if sees_request(connection, me, one)]

    def one_request(self, reference: str) -> AccessRequest:
        """The request with this reference. Raises `RegisterRefused` where there is none to be seen."""
        with reading(self._engine) as connection:
            return find_request(connection, reference)

    def refuse(self, reference: str, *, because: str) -> AccessRequest:
        """Refuse a request, also one that waits for the second office. Raises `RegisterRefused`."""
        return self._end_request(reference, RequestOutcome.REFUSED, because)

    def take_back(self, reference: str, *, because: str) -> AccessRequest:
        """No longer ask for it. Raises `RegisterRefused` where somebody else did."""
        return self._end_request(reference, RequestOutcome.TAKEN_BACK, because)

    # --- Grants

    def grant(
        self, policy: Policy, grant: Grant, *, request: str | None = None, second: str | None = None
    ) -> Exemption | AccessRequest:
        """
        Grant an exemption, in answer to a request or of one's own accord.

        Where the policy asks for a second office it is the `AccessRequest` in which the grant now waits for
        `second_word`; of a restricted one `second` names whose word that is to be. Raises `RegisterRefused`
        for what the policy does not admit, for one's own, and for who does not have the office.
        """
        now = self._now()
        grant = fitted(grant, now)
        with changing(self._engine) as connection:
            me = actor(connection)
            asked = find_request(connection, request) if request is not None else None
            if asked is not None:
                refuse_unfit_answer(asked, grant)
            refuse_ones_own(me, grant, asked.requested_by if asked else "")
            wanted = offices(policy, grant, [asked.category] if asked and asked.category else [])
            refuse_without_office(connection, me, wanted, grant.organisation, now)
            if wanted.second:
                return first_word(connection, grant, asked, second, now)
            if asked is not None:
                decide(
                    connection, asked, RequestOutcome.GRANTED, grant.purpose, now, restricted=grant.restricted
                )
            return insert_exemption(connection, grant, me, now, asked)

    def second_word(self, policy: Policy, reference: str, *, because: str) -> Exemption:
        """
        The second office's yes to what the first one granted.

        Raises `RegisterRefused` for one's own, for who does not have the office, where nothing waits for it,
        and where what was granted has ended meanwhile.
        """
        because = fit_reason(because)
        with changing(self._engine) as connection:
            now, me = self._now(), actor(connection)
            asked = find_request(connection, reference)
            refuse_decided(asked)
            if asked.first is None:
                raise RegisterRefused(f"{show_reference(reference)} has no first word yet; grant it")
            grant = fitted(Grant.of(asked.first.grant), now)
            refuse_ones_own(me, grant, asked.requested_by, asked.first.by)
            wanted = offices(policy, grant, [asked.category] if asked.category else [])
            second = Offices(first=tuple((office,) for office in wanted.second))
            refuse_without_office(connection, me, second, grant.organisation, now)
            decide(connection, asked, RequestOutcome.GRANTED, because, now, restricted=grant.restricted)
            return insert_exemption(connection, grant, me, now, asked)

    def revoke(self, identifier: str, *, because: str) -> Exemption:
        """End an exemption before its time. Raises `RegisterRefused` when there is none to end."""
        because = fit_reason(because)
        now = self._now()
        with changing(self._engine) as connection:
            me = actor(connection)
            standing = ExemptionRow.id == identifier, ExemptionRow.revoked_at.is_(None), now < exemption_ends
            row = connection.execute(select(_EXEMPTIONS).where(*standing)).one_or_none()
            if row is None or not sees(connection, me, exemption(row)):
                raise RegisterRefused(
                    f"no exemption {identifier} stands; `sluicegate exemptions list` shows them"
                )
            connection.execute(
                update(ExemptionRow)
                .where(*standing)
                .values(revoked_at=now, revoked_by=me, revoked_because=because)
            )
            record_exemption(connection, "exemption revoked", exemption(row), None, because)
            return exemption(row)

    def exemptions(self, *, everything: bool = False) -> list[RegisteredExemption]:
        """Those that stand, or all there ever were; newest first."""
        query = select(_EXEMPTIONS).order_by(ExemptionRow.at.desc())
        if not everything:
            query = query.where(ExemptionRow.revoked_at.is_(None), self._now() < exemption_ends)
        with reading(self._engine) as connection:
            me = actor(connection)
            return [
                RegisteredExemption(
                    exemption(row),
                    row.at,
                    row.revoked_at and Revoked(row.revoked_at, row.revoked_by, row.revoked_because),
                )
                for row in connection.execute(query)
                if sees(connection, me, exemption(row))
            ]

    def _end_request(self, reference: str, outcome: RequestOutcome, because: str) -> AccessRequest:
        because = fit_reason(because)
        with writing(self._engine) as connection:
            asked = find_request(connection, reference)
            own = same_person(actor(connection), asked.requested_by)
            if own is not (outcome is RequestOutcome.TAKEN_BACK):
                raise RegisterRefused(
                    f"{show_reference(reference)} is your own request; take it back instead"
                    if own
                    else f"{show_reference(reference)} is another's to take back; refuse it instead"
                )
            decide(connection, asked, outcome, because, self._now(), restricted=asked.restricted)
            return find_request(connection, reference)


_EXEMPTIONS = ExemptionRow.__table__
