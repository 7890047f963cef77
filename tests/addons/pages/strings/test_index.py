"""The sentences of the list of pages."""

from addons.pages.strings import index as strings
from tests.samples import policy_with_authority, shipped_policy


def test_there_is_a_way_to_talk_to_somebody() -> None:
    assert "telephone the service desk on 555 0100." in strings.telephone(policy_with_authority())
    assert "contact your IT service desk." in strings.telephone(shipped_policy())
