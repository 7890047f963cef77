"""
Rows of the log with holes in them.

One request judged and cut down as the gateway does it, written as a line of COPY, in which everything that
differs from one occasion to the next is a hole. A hole that the record level closed stays closed: what would
be put there is swallowed, so every form takes the same things in the same order.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from categories import ENGINE
from categories.ruleset import Ruleset
from categories.urls.normalise import Url
from db.rows import TARGETS
from policy.decision import Decision, Outcome
from policy.document import Policy
from policy.facts import Name, RequestFacts, Who
from policy.identifiers import reference_of
from policy.judge import Evidence, accept_tunnel, judge_name
from policy.match import Match
from policy.presence import Confirmation
from policy.record import make_decision, make_outcome
from policy.registers import Exemption, GranteeKind, TargetKind
from policy.words import (
    CategoryKind,
    Ended,
    NameSource,
    PersonHow,
    RecordLevel,
    Resource,
    RetentionClass,
    Step,
    Verdict,
)

AT = datetime(2000, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
"""When every form is judged; the standing authority holds then. Not on the hour, as few moments are."""

LATER = datetime(2100, 1, 1, tzinfo=UTC)
EXEMPTION = "EXEMPT01"
_ID, _BATCH = UUID(int=1), UUID(int=3)
_PERSON, _UNIT, _ROLE, _ADDRESS = "@person", "@unit", "@role", "192.0.2.1"
_PAGE, _REFERRER, _CONFIRMATION = "https://page.invalid", "page.invalid", "CONFIRM1"

_WHY = {
    Resource.VISIT: "Sec-Fetch-Dest: document, Sec-Fetch-User: ?1",
    Resource.NAVIGATION: "Sec-Fetch-Dest: document, redirected",
    Resource.EMBEDDED: "Sec-Fetch-Dest: image",
    Resource.BACKGROUND: "Sec-Fetch-Dest: empty",
    Resource.PREFETCH: "Sec-Purpose: prefetch",
    Resource.UNKNOWN: "no Sec-Fetch headers",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, whoever asks."""

    url: Url
    resource: Resource = Resource.VISIT
    tunnel: bool = False  # the CONNECT before it
    redirect: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One request, judged, with holes."""

    decision: str
    outcome: str
    retention_class: RetentionClass
    hourly: bool  # no more of its time is kept than the hour
    host: str | None
    verdict: Verdict
    made: Decision


@dataclass(frozen=True, slots=True)
class Occasion:
    """When, who and where: what fills a form."""

    person: str
    unit: str
    role: str | None
    address: str
    page: str  # scheme and host of the page
    host: str  # of the page
    batch: str  # 32 hexadecimal digits


class Forms:
    """Makes forms, each once."""

    def __init__(self, ruleset: Ruleset, policy: Policy) -> None:
        self._ruleset, self._policy = ruleset, policy
        self.form = cache(self._form)
        self._matches = cache(lambda url: ruleset.matches(url.host, url.target))
        self._random = random.Random(7)  # noqa: S311 - to be the same again, not to be secret

    def _form(self, asked: Asked, *, exempt: bool = False, confirmed: bool = False) -> Form:
        decision = self.decision(asked, exempt=exempt, confirmed=confirmed)
        refused = decision.verdict is not Verdict.ALLOW
        outcome = make_outcome(
            decision,
            at=AT,
            status=403 if refused else self._random.choice((200, 200, 200, 200, 304, 302, 404)),
            content_type="text/html" if refused or asked.resource is Resource.VISIT else "image/webp",
            bytes_in=0,
            bytes_out=int(self._random.lognormvariate(9, 1.5)),
            duration_us=int(self._random.lognormvariate(11, 1)),
            ended=Ended.REFUSED if refused else Ended.COMPLETE,
        )
        return Form(
            decision=_line(decision, _HOLES),
            outcome=_line(outcome, _OUTCOME_HOLES),
            retention_class=decision.retention_class,
            hourly=decision.record is RecordLevel.CATEGORY,
            host=decision.host,
            verdict=decision.verdict,
            made=decision,
        )

    def decision(self, asked: Asked, *, exempt: bool = False, confirmed: bool = False) -> Decision:
        """What the gateway would record, by somebody who is not there."""
        url, policy = asked.url, self._policy
        matches: tuple[Match, ...] = self._matches(url)
        if asked.tunnel:
            kinds = {policy.rules[one.category].kind for one in matches if one.category in policy.rules}
            privileged = bool(kinds & {CategoryKind.PRIVILEGED, CategoryKind.HELP})
            judgement = accept_tunnel(url.host, privileged=privileged)
        else:
            evidence = Evidence(
                url.host,
                matches,
                exemptions=_exemptions(matches) if exempt else (),
                confirmation=_confirmation(url.host) if confirmed else None,
            )
            judgement = judge_name(evidence, policy, AT)
        piece = asked.resource is not Resource.VISIT
        facts = RequestFacts(
            exchange=_ID,
            at=AT,
            step=Step.CONNECT if asked.tunnel else Step.REQUEST,
            names=(Name(NameSource.CONNECT if asked.tunnel else NameSource.HOST, url.host),),
            scheme="" if asked.tunnel else url.scheme,
            port=url.port,
            who=Who(_PERSON, PersonHow.NEGOTIATE, "", _UNIT, _ROLE, None, _ADDRESS, notified=True),
            method="CONNECT" if asked.tunnel else "GET",
            target=url.target,
            path=None if asked.tunnel else url.path,
            resource=Resource.UNKNOWN if asked.tunnel else asked.resource,
            resource_why="a tunnel" if asked.tunnel else _WHY[asked.resource],
            page=_PAGE if piece and not asked.tunnel else None,
            referrer_host=_REFERRER if piece and not asked.tunnel else None,
            decrypted=url.scheme == "https" and not asked.tunnel,
        )
        return make_decision(
            _ID,
            facts,
            judgement,
            policy,
            gateway="gateway-1",
            ruleset=self._ruleset.digest,
            engine=ENGINE,
            is_privileged=lambda host: False,
        )


def filled(form: Form, at: datetime, identifier: UUID, occasion: Occasion) -> tuple[Decision, Outcome]:
    """The form as a record of the spool."""
    made = form.made
    if form.hourly:
        at = at.replace(minute=0, second=0, microsecond=0)
    changes: dict[str, object] = {
        "at": at,
        "id": identifier,
        "exchange": identifier,
        "reference": reference_of(identifier),
    }
    holes = {
        "person": occasion.person,
        "unit": occasion.unit,
        "role": occasion.role,
        "client_ip": occasion.address,
        "page": occasion.page,
        "referrer_host": occasion.host,
    }
    changes |= {name: value for name, value in holes.items() if getattr(made, name) is not None}
    decision = replace(made, **changes)  # type: ignore[arg-type]  # by name
    return decision, make_outcome(
        decision,
        at=at,
        status=200,
        content_type="text/html",
        bytes_in=0,
        bytes_out=5_000,
        duration_us=20_000,
        ended=Ended.COMPLETE,
    )


def _exemptions(matches: tuple[Match, ...]) -> tuple[Exemption, ...]:
    return tuple(
        Exemption(
            id=EXEMPTION,
            grantee_kind=GranteeKind.PERSON,
            grantee=_PERSON,
            kind=TargetKind.CATEGORY,
            target=category,
            start=AT,
            until=LATER,
            purpose="the unit's work",
            granted_by="approver",
        )
        for category in {match.category for match in matches}
    )


def _confirmation(host: str) -> Confirmation:
    return Confirmation(_CONFIRMATION, _PERSON, host, LATER)


# --- Lines of COPY

# The order in which what differs is given, for a decision and for its outcome.
_HOLES: Mapping[str, int] = {
    name: place
    for place, name in enumerate(
        (
            "at",
            "id",
            "exchange",
            "person",
            "unit",
            "role",
            "client_ip",
            "page",
            "referrer_host",
            "exemption",
            "confirmation",
            "reference",
            "batch",
            "salt",
        )
    )
}
_OUTCOME_HOLES: Mapping[str, int] = {"decision": 0, "at": 1, "batch": 2, "salt": 3}


def _line(record: Decision | Outcome, holes: Mapping[str, int]) -> str:
    target = TARGETS[type(record)]
    values = dict(zip(target.columns, target.values(record, _BATCH), strict=True))
    return "\t".join(
        _hole(holes[name], value) if name in holes else _written(value).replace("{", "{{").replace("}", "}}")
        for name, value in values.items()
    )


def _hole(place: int, value: object) -> str:
    return r"\N" if value is None else f"{{{place}}}"


def _written(value: object) -> str:
    match value:
        case None:
            return r"\N"
        case bool():
            return "t" if value else "f"
        case bytes():
            return r"\\x" + value.hex()
        case _:
            escaped = str(value).replace("\\", r"\\").replace("\t", r"\t")
            return escaped.replace("\n", r"\n").replace("\r", r"\r")
