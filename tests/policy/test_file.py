"""What must fit between the sections of a policy file."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.policy.policies import policy_with

DEPARTURE = """
[[departure]]
name = "one"
categories = ["webmail"]
units = ["Patrol"]
action = "block"
reason = "Because."
because = "Decided."
"""
ALLOWANCE = '[allowance]\ncategories = ["games"]\nminutes_a_day = 30\n'


@pytest.mark.parametrize(
    ("extra", "categories", "said"),
    [
        pytest.param(DEPARTURE.replace("webmail", "web_mail"), {}, "departure 'one'.categories: 'web_mail' is no category", id="a-category-that-is-none"),
        pytest.param(DEPARTURE.replace("webmail", "malware"), {}, "malware is decided before any condition", id="a-never-exempt-category"),
        pytest.param(DEPARTURE.replace("webmail", "essential"), {}, "essential is decided before any condition", id="an-essential-category"),
        pytest.param(DEPARTURE.replace("webmail", "help"), {}, "help is decided before any condition", id="help-lines"),
        pytest.param(DEPARTURE + 'schedule = "breaks"', {}, "departure 'one'.schedule: there is no [schedule.breaks]", id="a-schedule-that-is-none"),
        pytest.param(DEPARTURE + 'clause = "X1"', {}, "departure 'one'.clause: 'X1' names no document", id="a-clause-of-no-document"),
        pytest.param(DEPARTURE + DEPARTURE, {}, "departure 'one': there are several of that name", id="two-of-one-name"),
        pytest.param(ALLOWANCE.replace("games", "chess"), {}, "allowance.categories: 'chess' is no category", id="an-allowance-for-nothing"),
        pytest.param(ALLOWANCE.replace("games", "webmail"), {}, "allowance.categories: webmail is open to everybody already", id="an-allowance-for-what-is-open"),
        pytest.param(ALLOWANCE.replace("games", "phishing"), {}, "phishing is decided before any condition", id="an-allowance-for-phishing"),
        pytest.param(ALLOWANCE, {"games": {"trial": True}}, "games is open to everybody already", id="an-allowance-for-a-trial"),
        pytest.param(ALLOWANCE + 'schedule = "breaks"', {}, "allowance.schedule: there is no [schedule.breaks]", id="an-allowance-at-no-time"),
        pytest.param(ALLOWANCE.replace("30", "0"), {}, "greater than or equal to 1", id="an-allowance-of-nothing"),
        pytest.param("", {"games": {"clause": "Q7"}}, "category.games.clause: 'Q7' names no document", id="a-rule's-clause"),
        pytest.param("", {"malware": {"trial": True}}, "trial, sign_up: only for an ordinary category", id="malware-on-trial"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_named(
    extra: str, categories: dict[str, dict[str, Any]], said: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        policy_with(extra, **categories)
    assert said in str(raised.value)


def test_what_fits_is_read() -> None:
    policy = policy_with(
        '[schedule.breaks]\nwindows = ["mon-fri 12:00-14:00"]\n'
        + DEPARTURE
        + 'schedule = "breaks"\nclause = "P3.1"\n'
        + ALLOWANCE
        + 'schedule = "breaks"'
    )
    assert [departure.name for departure in policy.departures] == ["one"]
    assert policy.allowance is not None
    assert list(policy.schedules) == ["breaks"]


def test_there_is_an_end_to_departures() -> None:
    many = "".join(DEPARTURE.replace('"one"', f'"d{number}"') for number in range(201))
    with pytest.raises(ValidationError, match="at most 200 items"):
        policy_with(many)
