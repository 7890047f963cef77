"""From facts to a recorded Decision."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from nacl.public import PrivateKey, SealedBox

from addons.identity.settings import IdentityKind, IdentitySettings
from addons.judging import Judging
from addons.sealing import NAME_BYTES
from categories import ENGINE
from policy.document import Policy
from policy.facts import Name, RequestFacts, Who
from policy.match import Match
from policy.people import Claim, Device, People, Person
from policy.registers import BreakGlass, Exemption, GranteeKind, Registers, TargetKind
from policy.sealed import read_sealed
from policy.sections.sealing import Sealing
from policy.words import EntryKind, FoundBy, NameSource, PersonHow, Reason, RetentionClass, Standing, Verdict
from tests.addons.gateway import NOW, Gateway
from tests.addons.persons import read_by
from tests.samples import WHO, facts, policy_with_authority


def asked(*hosts: str, target: str = "/") -> RequestFacts:
    sources = (NameSource.TARGET, NameSource.HOST, NameSource.SNI)
    names = tuple(Name(source, host) for source, host in zip(sources, hosts, strict=False))
    return replace(facts(), names=names, target=target, path=target)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway(
        listed={"bet.test": "gambling", "news.test/casino": "gambling", "update.test": "essential"}
    )


@pytest.fixture
def judging(gateway: Gateway) -> Judging:
    return Judging(gateway.parts, Counter())


@pytest.mark.parametrize(
    ("request_", "verdict"),
    [
        pytest.param(asked("fine.test"), Verdict.ALLOW, id="fine"),
        pytest.param(asked("www.bet.test"), Verdict.BLOCK, id="listed"),
        pytest.param(asked("news.test", target="/casino/"), Verdict.BLOCK, id="listed-path"),
        pytest.param(asked("news.test", target=""), Verdict.ALLOW, id="by-name-alone"),
        pytest.param(asked("fine.test", "bet.test"), Verdict.BLOCK, id="any-name"),
    ],
)
def test_every_name_is_looked_up_with_the_target(
    judging: Judging, request_: RequestFacts, verdict: Verdict
) -> None:
    draft = judging.judge(request_)
    assert draft.judgement.verdict is verdict
    assert draft.allows is (verdict is Verdict.ALLOW)


def test_one_name_said_twice_is_looked_up_once(gateway: Gateway, judging: Judging) -> None:
    looked: list[str] = []
    ruleset = gateway.rulesets.ruleset
    matches = ruleset.matches

    def noting(host: str, target: str = "/") -> tuple[object, ...]:
        looked.append(host)
        return matches(host, target)

    ruleset.matches = noting  # type: ignore[method-assign, assignment]
    judging.judge(asked("fine.test", "fine.test", "other.test"))
    assert looked == ["fine.test", "other.test"]


@pytest.mark.parametrize(
    ("target", "privileged"),
    [
        pytest.param("/union/pay", True, id="the-part-that-is"),
        pytest.param("/sport", False, id="another-part"),
        pytest.param("/?u=https://union.test/", False, id="behind-a-privileged-url"),
    ],
)
def test_a_refusal_ties_nobody_to_a_privileged_part_of_a_host(target: str, *, privileged: bool) -> None:
    gateway = Gateway(listed={"works.test/union": "privileged"})
    inner = Match("help", "l", 1, "union.test", EntryKind.HOST, FoundBy.HOST_INDEX, "union.test")
    by_lists = gateway.rulesets.ruleset.matches

    def matches(host: str, target: str = "/") -> tuple[Match, ...]:
        return (*by_lists(host, target), *([inner] if "?u=" in target else []))

    gateway.rulesets.ruleset.matches = matches  # type: ignore[method-assign]  # with a URL inside
    who = replace(WHO, standing=Standing.DISABLED)
    judging = Judging(gateway.parts, Counter())
    refused = judging.refused(replace(asked("works.test", target=target), who=who), Reason.DISABLED)
    row = judging.decision(refused)
    assert (row.person is None, row.host is None) == (privileged, privileged)


@pytest.mark.parametrize("reason", [Reason.NO_PERSON, Reason.PORT, Reason.MALFORMED, Reason.NOT_HTTP])
def test_a_refusal_whatever_its_reason_ties_nobody_to_a_privileged_host(reason: Reason) -> None:
    judging = Judging(Gateway().parts, Counter())
    decision = judging.decision(judging.refused(asked("union.test"), reason))
    assert (decision.reason, decision.retention_class, decision.host) == (
        reason,
        RetentionClass.PRIVILEGED,
        None,
    )


def test_with_a_key_in_the_policy_a_privileged_decision_is_sealed_before_it_is_kept() -> None:
    key, told = PrivateKey(b"\x07" * 32), policy_with_authority()
    sealing = Sealing(public_key=bytes(key.public_key).hex())
    policy = Policy(told.file.model_copy(update={"sealing": sealing}), told.digest, told.source)
    gateway = Gateway(listed={"union.test": "privileged", "samaritans.test": "help"}, policy=policy)
    judging = Judging(gateway.parts, Counter())
    rows = [
        judging.decision(judging.judge(asked(host))) for host in ("union.test", "samaritans.test", "a.test")
    ]
    assert [row.sealed is not None for row in rows] == [True, False, False]
    (kept,) = (row.sealed for row in rows if row.sealed is not None)
    part = read_sealed(SealedBox(key).decrypt(kept[1 + NAME_BYTES :]), rows[0].id)
    assert (part.person, part.host, part.at) == (WHO.person, "union.test", NOW)
    assert "union.test" not in str(rows[0])


def test_a_decision_names_what_it_was_made_under(gateway: Gateway, judging: Judging) -> None:
    decision = judging.decision(judging.judge(asked("bet.test")))
    assert decision.ruleset == gateway.rulesets.ruleset.digest
    assert decision.policy == gateway.parts.policy.digest
    assert (decision.gateway, decision.engine) == ("test", ENGINE)


JANE = Person("", "jane", unit="Licensing")


def test_a_person_is_introduced_by_what_is_in_force_and_to_nobody_during_break_glass() -> None:
    gateway = Gateway(registers=Registers.of(people=People.of([JANE])), presence=read_by("jane"))
    judging, claim = Judging(gateway.parts, Counter()), Claim("jane", PersonHow.BASIC)
    who = judging.introduce(claim, "192.0.2.77", NOW)
    assert (who.person, who.unit, who.notified) == ("jane", "Licensing", True)
    gateway.registers.registers = Registers.of(
        break_glass=BreakGlass("K7QF2M9T", NOW, NOW + timedelta(minutes=30)), people=People.of([JANE])
    )
    assert judging.introduce(claim, "192.0.2.77", NOW) == Who(client_ip="192.0.2.77")


@pytest.mark.parametrize(
    ("kinds", "person"),
    [
        pytest.param((IdentityKind.DEVICE,), "jane", id="devices-are-a-way-to-be-known"),
        pytest.param((), None, id="nobody-is-asked"),
    ],
)
def test_a_device_names_its_person_only_where_that_is_a_way(
    kinds: tuple[IdentityKind, ...], person: str | None
) -> None:
    registers = Registers.of(people=People.of([JANE], [Device("D1", "", "192.0.2.77", person="jane")]))
    gateway = Gateway(registers=registers, identity=IdentitySettings(kinds=kinds))
    who = Judging(gateway.parts, Counter()).introduce(None, "192.0.2.77", NOW)
    assert (who.person, who.device) == (person, "D1")


@pytest.mark.parametrize(
    ("hosts", "reason"),
    [
        pytest.param(("fine.test",), Reason.NO_PERSON, id="required"),
        pytest.param(("open.test",), Reason.NOT_LISTED, id="not-there"),
        pytest.param(("www.open.test",), Reason.NOT_LISTED, id="nor-below-it"),
        pytest.param(("open.test", "fine.test"), Reason.NO_PERSON, id="where-any-name-requires-one"),
    ],
)
def test_a_person_is_required_for_every_name_that_requires_one(
    hosts: tuple[str, ...], reason: Reason
) -> None:
    identity = IdentitySettings(kinds=(IdentityKind.DEVICE,), not_required_to=frozenset({"open.test"}))
    judging = Judging(Gateway(identity=identity).parts, Counter())
    request = replace(asked(*hosts), who=Who(client_ip="192.0.2.77"))
    assert judging.judge(request).judgement.reason is reason


def test_registers_of_grants_are_asked_only_where_something_matched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly every request matches nothing, and what is granted takes matches away."""
    gateway = Gateway(registers=Registers.of(exemptions=[GRANTED]), presence=read_by("jane"))
    looked: list[tuple[str, tuple[str, ...]]] = []
    exemptions = Registers.exemptions

    def noting(of: Registers, who: Who, host: str, target: str, now: datetime, categories: list[str]) -> Any:
        looked.append((host, tuple(categories)))
        return exemptions(of, who, host, target, now, categories)

    monkeypatch.setattr(Registers, "exemptions", noting)
    judging = Judging(gateway.parts, Counter())
    judging.judge(asked("fine.test"))
    assert looked == []
    assert judging.judge(asked("social.test")).judgement.reason is Reason.EXEMPTED
    assert looked == [("social.test", ("social_media",))]


GRANTED = Exemption(
    "E1", GranteeKind.UNIT, "U7", TargetKind.CATEGORY, "social_media", NOW, NOW + timedelta(hours=1), "x", "y"
)
