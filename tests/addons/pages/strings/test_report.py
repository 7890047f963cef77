"""The sentences of a report."""

import pytest

from addons.pages.strings import report as strings
from tests.samples import policy_with_authority, shipped_policy


def test_whether_a_name_may_be_kept_is_said() -> None:
    known, unknown = (strings.kept(shipped_policy(), named=named) for named in (True, False))
    assert "your user name only if you choose so" in known
    assert "user name" not in unknown
    assert "register of people" not in unknown


def test_a_virus_is_telephoned_about_at_once() -> None:
    assert strings.virus(policy_with_authority()).endswith("telephone now: 555 0100.")
    assert strings.virus(shipped_policy()).endswith("telephone now: the service desk.")


@pytest.mark.parametrize(
    ("told", "says", "left"),
    [
        (("manager", "service-desk"), "Your line manager and the service desk are being told", ""),
        (("manager",), "Your line manager is being told", "telephone the service desk on 555 0100"),
        (("service-desk",), "The service desk is being told", "tell them yourself"),
        ((), "nobody can be told from here", "telephone the service desk on 555 0100"),
    ],
)
def test_what_is_left_to_do_is_said_of_each_report(told: tuple[str, ...], says: str, left: str) -> None:
    """P3.2 asks for both to be told: who believes that they were must be right."""
    sentence = strings.sent(told, policy_with_authority())
    assert says in sentence
    assert left in sentence
