"""The sentences of a report."""

from addons.pages.strings import report as strings
from tests.samples import policy_with_authority, shipped_policy


def test_whether_a_name_may_be_kept_is_said() -> None:
    known, unknown = (strings.kept(shipped_policy(), named=named) for named in (True, False))
    assert "if you choose so, your user name" in known
    assert "user name" not in unknown


def test_a_virus_is_telephoned_about_at_once() -> None:
    assert strings.virus(policy_with_authority()).endswith("telephone now: 555 0100.")
    assert strings.virus(shipped_policy()).endswith("telephone now: the service desk.")
