"""Plain samples of the words that tests share: a policy, matches, facts, decisions."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from policy.decision import Decision, Judgement
from policy.document import Policy, read_policy
from policy.facts import Name, RequestFacts, Who
from policy.identifiers import uuid7
from policy.match import Match
from policy.record import make_decision
from policy.sections.authority import StandingAuthority
from policy.words import (
    EntryKind,
    FoundBy,
    NameSource,
    PersonHow,
    Purpose,
    Resource,
    Step,
)

NOW = datetime(2026, 3, 4, 12, 30, 15, 123456, tzinfo=UTC)
WHO = Who(
    person="AB1234",
    how=PersonHow.BASIC,
    organisation="",
    unit="U7",
    role="licensing",
    device="D-77",
    client_ip="192.0.2.77",
    notified=True,
    notice="2",
)


@cache
def shipped_policy() -> Policy:
    """The policy as it is shipped: without a standing authority."""
    return read_policy()


@cache
def policy_with_authority() -> Policy:
    """The shipped policy with every field filled in and an authority in force at NOW."""
    return with_authority(shipped_policy())


def with_authority(policy: Policy) -> Policy:
    """This policy with every field filled in and an authority in force at NOW."""
    authority = StandingAuthority(
        organisation="Example Force",
        reference="SA/2026/1",
        granted_by="Chief Executive and Monitoring Officer",
        purposes=(Purpose.BREACH,),
        granted_on=date(2026, 1, 1),
        review_by=date(2026, 12, 31),
        impact_assessment="DPIA/2026/4",
    )
    about = policy.about.model_copy(
        update={
            "organisation": "Example Force",
            "owner": "Head of Information Management",
            "service_desk": "555 0100",
            "next_review": date(2027, 1, 1),
        }
    )
    file = policy.file.model_copy(update={"standing_authority": authority, "about": about})
    return Policy(file=file, digest=policy.digest, source=Path("policy.toml"))


def match(
    category: str = "gambling",
    entry: str = "bet.example",
    *,
    list_: str | None = None,
    line: int = 7,
    name: str | None = None,
    specificity: int = 0,
) -> Match:
    """A host entry that hit."""
    return Match(
        category=category,
        list=list_ or category,
        line=line,
        entry=entry,
        kind=EntryKind.HOST,
        found_by=FoundBy.HOST_INDEX,
        name=name or entry,
        specificity=specificity,
    )


def facts(
    host: str = "www.bet.example",
    path: str = "/table/7",
    *,
    query: str = "",
    who: Who = WHO,
    resource: Resource = Resource.VISIT,
) -> RequestFacts:
    """One GET over https."""
    return RequestFacts(
        exchange=uuid7(),
        at=NOW,
        step=Step.REQUEST,
        names=(Name(NameSource.HOST, host), Name(NameSource.SNI, host)),
        scheme="https",
        port=443,
        who=who,
        method="GET",
        target=path + query,
        path=path,
        resource=resource,
        resource_why="sec-fetch-mode navigate, user gesture",
        page=f"https://{host}",
        referrer_host="news.example",
        decrypted=True,
    )


def decision(
    judgement: Judgement,
    policy: Policy | None = None,
    request: RequestFacts | None = None,
    reference: str | None = None,
    id_: UUID | None = None,
    *,
    break_glass: bool = False,
) -> Decision:
    """The row that a judgement leaves."""
    made = make_decision(
        id_ or uuid7(),
        request or facts(),
        judgement,
        policy or policy_with_authority(),
        gateway="gw1",
        ruleset="r" * 64,
        engine="1",
        is_privileged="union.example".__eq__,
        break_glass=break_glass,
    )
    return replace(made, reference=reference) if reference else made
