"""From facts to a recorded Decision."""

from collections import Counter
from dataclasses import replace

import pytest

from addons.judging import Judging
from categories import ENGINE
from policy.facts import Name, RequestFacts
from policy.words import NameSource, Reason, RetentionClass, Verdict
from tests.addons.gateway import Gateway
from tests.samples import facts


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


@pytest.mark.parametrize("reason", [Reason.NO_PERSON, Reason.PORT, Reason.MALFORMED, Reason.NOT_HTTP])
def test_a_refusal_whatever_its_reason_ties_nobody_to_a_privileged_host(reason: Reason) -> None:
    judging = Judging(Gateway().parts, Counter())
    decision = judging.decision(judging.refused(asked("union.test"), reason))
    assert (decision.reason, decision.retention_class, decision.host) == (
        reason,
        RetentionClass.PRIVILEGED,
        None,
    )


def test_a_decision_names_what_it_was_made_under(gateway: Gateway, judging: Judging) -> None:
    decision = judging.decision(judging.judge(asked("bet.test")))
    assert decision.ruleset == gateway.rulesets.ruleset.digest
    assert decision.policy == gateway.parts.policy.digest
    assert (decision.gateway, decision.engine) == ("test", ENGINE)
