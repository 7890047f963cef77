"""What is made quickly is what would have been made slowly."""

import pickle
from dataclasses import FrozenInstanceError, fields

import pytest

from policy.decision import Decision, Judgement, Outcome
from policy.facts import RequestFacts, Who
from policy.judge import Evidence
from policy.quick import unfrozen
from policy.words import Reason, Verdict
from tests.samples import decision, facts


def quickly[T](sample: T) -> T:
    frozen = type(sample)
    made = unfrozen(frozen)(**{f.name: getattr(sample, f.name) for f in fields(sample)})  # type: ignore[arg-type]
    made.__class__ = frozen
    return made


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(decision(Judgement(Verdict.ALLOW, Reason.NOT_LISTED, "a.test")), id="Decision"),
        pytest.param(facts(), id="RequestFacts"),
        pytest.param(Judgement(Verdict.BLOCK, Reason.LISTED, "a.test"), id="Judgement"),
        pytest.param(Evidence("a.test"), id="Evidence"),
    ],
)
def test_it_is_equal_frozen_and_can_be_sent(sample: object) -> None:
    made = quickly(sample)
    assert made == sample
    assert hash(made) == hash(sample)
    assert type(made) is type(sample)
    assert pickle.loads(pickle.dumps(made)) == sample  # noqa: S301 (made here)
    with pytest.raises(FrozenInstanceError):
        setattr(made, fields(sample)[0].name, None)  # type: ignore[arg-type]


def test_defaults_are_kept_and_not_shared() -> None:
    made = unfrozen(Judgement)(Verdict.ALLOW, Reason.NOT_LISTED)
    assert (made.matches, made.privileged) == ((), False)
    assert unfrozen(RequestFacts).__dataclass_fields__["who"].default_factory is Who


def test_what_is_required_stays_required() -> None:
    with pytest.raises(TypeError):
        unfrozen(Outcome)()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        unfrozen(Decision)(unknown=1)  # type: ignore[call-arg]
