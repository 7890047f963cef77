"""What several pages say."""

from addons.pages.strings import common
from tests.samples import policy_with_authority, shipped_policy


def test_a_telephone_number_is_given_where_there_is_one() -> None:
    assert common.by_telephone(policy_with_authority()) == "telephone the service desk on 555 0100"
    assert common.by_telephone(shipped_policy()) == "contact your IT service desk"


def test_a_page_says_whose_filter_speaks() -> None:
    assert common.whose_filter(policy_with_authority()) == "Example Force"
    assert common.whose_filter(shipped_policy()) == "your organisation"


def test_a_fault_of_ours_is_told_as_one() -> None:
    assert common.try_again(policy_with_authority()).endswith("telephone the service desk on 555 0100.")
