"""What the gateway's own pages share."""

import pytest

from addons.pages.strings import making
from tests.samples import policy_with_authority, shipped_policy


@pytest.mark.parametrize(
    "sentence",
    [
        making.or_by_telephone,
        making.nothing_kept,
        making.nothing_known,
        lambda policy: making.nobody_steps(policy, signs_in=True)[0],
        lambda policy: making.nobody_steps(policy, signs_in=False)[0],
        lambda policy: making.stopped_steps(policy)[0],
    ],
)
def test_each_gives_a_telephone_number_where_there_is_one(sentence: object) -> None:
    assert callable(sentence)
    assert "555 0100" in sentence(policy_with_authority())
    assert "contact your IT service desk" in sentence(shipped_policy())


def test_the_way_beside_a_form_has_the_reference_to_give() -> None:
    assert making.or_by_telephone(policy_with_authority(), "K7QF2M9T").endswith("reference K7QF-2M9T.")


def test_how_long_a_text_may_be_is_said() -> None:
    assert making.too_long(1000) == "Use 1,000 characters or fewer"
