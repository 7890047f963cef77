"""What a rule may say together."""

from typing import Any

import pytest
from pydantic import ValidationError

from policy.sections.rule import Rule
from policy.words import Action

PLAIN = {"title": "T", "action": "block", "reason": "R.", "record": "full", "retention": "refused"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param({"kind": "essential"}, 'of kind "essential" has action "allow"', id="essential-blocked"),
        pytest.param({"kind": "help", "action": "allow"}, 'record "category"', id="help-recorded"),
        pytest.param({"record": "category"}, 'retention "privileged"', id="a-category-row-beside-others"),
        pytest.param(
            {"exemption": "never", "action": "confirm"}, '"never" goes with', id="never-and-confirm"
        ),
        pytest.param({"exemption": "never", "trial": True}, "trial, sign_up: only", id="never-on-trial"),
        pytest.param(
            {"exemption": "never", "sign_up": "block"}, "trial, sign_up: only", id="never-and-sign-up"
        ),
        pytest.param({"action": "allow", "trial": True}, "nothing to try", id="allow-on-trial"),
        pytest.param({"sign_up": "allow"}, "'confirm'", id="signing-up-is-allowed-by-default"),
        pytest.param({"granted_by": [""]}, "at least 1 character", id="an-office-without-a-name"),
    ],
)
def test_what_does_not_go_together_is_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Rule.model_validate({**PLAIN, **keys})
    assert said in str(raised.value)


def test_offices_sign_up_and_trial_are_off_until_somebody_sets_them() -> None:
    rule = Rule.model_validate(PLAIN)
    assert (rule.trial, rule.sign_up, rule.granted_by, rule.second_office, rule.procedure) == (
        False,
        None,
        (),
        "",
        False,
    )
    messaging = Rule.model_validate(
        {**PLAIN, "granted_by": [" First Office "], "second_office": "Second", "procedure": True}
    )
    assert messaging.granted_by == ("First Office",)
    assert Rule.model_validate({**PLAIN, "sign_up": "confirm"}).sign_up is Action.CONFIRM


@pytest.mark.parametrize(
    ("keys", "conditional"),
    [
        ({}, True),
        ({"exemption": "named-person"}, True),
        ({"exemption": "never"}, False),
        ({"kind": "essential", "action": "allow"}, False),
    ],
)
def test_only_what_the_lists_decide_can_depend_on_who_asks(keys: dict[str, Any], conditional: bool) -> None:
    assert Rule.model_validate({**PLAIN, **keys}).conditional is conditional
