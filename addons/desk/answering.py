"""
What the desk does with each question, and what it says.

Everything that is kept is committed first, then in the workers' snapshot, then answered. What could not be
begun in time, or found no database, is answered by `Away` and was not kept; of a commit that the database did
not confirm before the time was over nobody can say.

Workers read what strangers send, so what they ask is not believed where the desk can look for itself: a
purpose opens only what the policy lets people open, a notice is read in the version that is in force.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

import msgspec

from addons.desk.lane import Busy, Lane
from addons.desk.outgoing import Receivers, Reporter
from addons.desk.protocol import (
    Acknowledge,
    Answer,
    AnyQuestion,
    Away,
    CheckPassword,
    CheckTicket,
    ChooseRole,
    Done,
    Known,
    MissingPieces,
    MyRecord,
    MyRequests,
    NotDone,
    RequestAccess,
    SignIn,
    SignOut,
    Spend,
    StatePurpose,
    Tell,
    UsedMinute,
    changed_presence,
)
from addons.desk.publisher import Publisher
from addons.desk.records import pieces_of, record_of, requests_of
from addons.desk.spent import CannotSpend, SpentTokens
from addons.identity.doorkeeper import Doorkeeper
from db.exemption_requests import MOST_WAITING
from db.exemptions import ExemptionStore
from db.my_record import MyRecords
from db.people import PeopleStore
from db.presence import PresenceStore
from db.reports import ReportStore
from policy.document import Policy
from policy.errors import Away as SomethingAway
from policy.errors import ConfigurationError, Refused, RegisterRefused
from policy.people import PersonKey
from policy.registers import TargetKind
from policy.words import ExemptionRule, ReportKind

# Together less than a worker waits (`addons/desk/client.py`).
WORK_SECONDS = 7.0
PUBLISH_SECONDS = 2.0

# Of one person: whoever reloads their record all day long keeps nobody else from theirs.
_LOOKS_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Stores:
    """What is kept in the database."""

    presence: PresenceStore
    people: PeopleStore
    exemptions: ExemptionStore
    reports: ReportStore
    records: MyRecords


class Lanes(NamedTuple):
    """Slow work, apart by what it waits for."""

    keeping: Lane
    reading: Lane
    spending: Lane


class Answering:
    """Call it with a question."""

    def __init__(
        self,
        *,
        policy: Policy,
        sign_in_minutes: int,
        doorkeeper: Doorkeeper,
        stores: Stores,
        lanes: Lanes,
        publisher: Publisher,
        spent: SpentTokens,
        receivers: Receivers,
        counts: Counter[str],
        now: Callable[[], datetime],
    ) -> None:
        self._policy = policy
        self._sign_in = timedelta(minutes=sign_in_minutes)
        self._doorkeeper = doorkeeper
        self._stores = stores
        self._lanes = lanes
        self._publisher = publisher
        self._spent = spent
        self._receivers = receivers
        self._counts = counts
        self._now = now
        self._looking: Counter[PersonKey] = Counter()

    async def __call__(self, question: AnyQuestion) -> Answer:
        """The answer. Raises only what is a bug."""
        answer = await self._in_time(question)
        self._counts[f"{_word(type(question))}:{_word(type(answer))}"] += 1
        if changed_presence(question, answer):
            # It is kept. A snapshot that cannot be written now is written when it can.
            with suppress(SomethingAway, ConfigurationError, Busy, TimeoutError, OSError):
                async with asyncio.timeout(PUBLISH_SECONDS):
                    await self._publisher.publish()
        return answer

    async def _in_time(self, question: AnyQuestion) -> Answer:
        try:
            async with asyncio.timeout(WORK_SECONDS):
                return await self._answer(question)
        except (SomethingAway, ConfigurationError, Busy, CannotSpend, TimeoutError):
            return Away()
        except Refused:
            return NotDone("refused")

    async def _answer(self, question: AnyQuestion) -> Answer:
        keep, presence = self._lanes.keeping.run, self._stores.presence
        match question:
            case CheckPassword():
                return await self._doorkeeper.check_password(
                    question.login, question.password, question.address
                )
            case CheckTicket():
                return await self._doorkeeper.check_ticket(question.token, question.address)
            case SignIn():
                return await self._signed_in(question)
            case SignOut():
                await keep(presence.sign_out, question.address)
                return Done()
            case Acknowledge():
                return await self._acknowledged(question)
            case StatePurpose():
                return await self._purpose(question)
            case ChooseRole():
                await keep(presence.choose_role, question.organisation, question.person, question.role)
                return Done()
            case Tell():
                return await self._told(question)
            case Spend():
                first = await self._lanes.spending.run(
                    self._spent.spend, question.nonce, question.until, self._now()
                )
                return Done() if first else NotDone("replayed")
            case UsedMinute():
                self._publisher.count((question.organisation, question.person))
                return Done()
            case RequestAccess():
                return await self._requested(question)
            case MyRecord() | MyRequests() | MissingPieces():
                return await self._looked_up_fairly(question)

    async def _signed_in(self, question: SignIn) -> Answer:
        who = await self._doorkeeper.check_for_address(question.login, question.password, question.address)
        if not isinstance(who, Known):
            return who
        until = self._now() + self._sign_in
        await self._lanes.keeping.run(
            self._stores.presence.sign_in, question.address, who.organisation, who.login, until
        )
        return msgspec.structs.replace(who, until=until)

    async def _acknowledged(self, question: Acknowledge) -> Answer:
        notice = self._policy.notice
        if notice is None or notice.version != question.version:
            return NotDone("changed")
        await self._lanes.keeping.run(
            self._stores.presence.acknowledge,
            question.organisation,
            question.person,
            question.version,
            how=question.how,
            policy=self._policy.digest,
        )
        return Done()

    async def _purpose(self, question: StatePurpose) -> Answer:
        rule = self._policy.rules.get(question.category)
        if rule is None or not rule.conditional:
            return NotDone("not-confirm")
        confirmation = await self._lanes.keeping.run(
            self._stores.presence.state_purpose,
            question.organisation,
            question.person,
            site=question.site,
            category=question.category,
            purpose=question.purpose,
            reference=question.reference,
            minutes=self._policy.confirm_minutes,
        )
        return Done(confirmation.id)

    async def _requested(self, question: RequestAccess) -> Answer:
        rule = self._policy.rules.get(question.category or "")
        if rule is not None and rule.exemption is ExemptionRule.NEVER:
            return NotDone("never-exempt")
        try:
            request = await self._lanes.keeping.run(
                self._stores.exemptions.request,
                self._policy,
                organisation=question.organisation,
                grantee=question.person,
                kind=TargetKind.HOST,
                target=question.host,
                purpose=question.purpose,
                category=question.category,
                decision=question.reference or None,
                requested_by=question.person,
            )
        except RegisterRefused:
            waiting = await self._lanes.reading.run(
                self._stores.records.requests, question.organisation, question.person
            )
            many = sum(one.decided is None for one in waiting) >= MOST_WAITING
            return NotDone("too-many" if many else "refused")
        return Done(request.id)

    async def _looked_up_fairly(self, question: MyRecord | MyRequests | MissingPieces) -> Answer:
        who = question.organisation, question.person
        if self._looking[who] >= _LOOKS_AT_ONCE:
            raise Busy
        self._looking[who] += 1
        try:
            return await self._looked_up(question)
        finally:
            self._looking[who] -= 1
            self._looking += Counter()  # without those who look at nothing

    async def _looked_up(self, question: MyRecord | MyRequests | MissingPieces) -> Answer:
        read, records = self._lanes.reading.run, self._stores.records
        who = question.organisation, question.person
        match question:
            case MyRecord():
                return record_of(await read(records.record, *who), self._policy)
            case MyRequests():
                return requests_of(await read(records.requests, *who, question.host), self._policy)
            case MissingPieces():
                # Where nobody is named nothing could be found, and nothing needs to be looked for.
                if self._policy.notice is None or not self._policy.authority.in_force(self._now().date()):
                    return pieces_of([], told=False)
                return pieces_of(await read(records.missing_pieces, *who, question.page), told=True)

    async def _told(self, question: Tell) -> Answer:
        kind = ReportKind(question.kind)

        def tell() -> Done:
            reporter = (
                self._reporter(question.organisation, question.person) if question.person else Reporter()
            )
            report = self._stores.reports.tell(
                organisation=question.organisation,
                person=question.person,
                kind=kind,
                host=question.host,
                category=question.category,
                text=question.text,
                decision=question.reference,
                messages=lambda report: self._receivers.told_of(report, reporter),
            )
            return Done(report.id, self._receivers.whom(report, reporter))

        return await self._lanes.keeping.run(tell)

    def _reporter(self, organisation: str, login: str) -> Reporter:
        """Who reports, as the register has them, if it does."""
        try:
            person = self._stores.people.one(organisation, login).entry
        except RegisterRefused:
            return Reporter()
        manager = None
        if person.manager is not None:
            with suppress(RegisterRefused):
                manager = self._stores.people.one(organisation, person.manager).entry.email
        return Reporter(person.name, manager)


@cache
def _word(kind: type) -> str:
    """`CheckPassword` as "check-password"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()
