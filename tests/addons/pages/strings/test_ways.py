"""What the links on a refusal are called."""

from addons.pages.own import paths
from addons.pages.strings import ways as strings


def test_every_link_names_a_page_and_no_two_are_called_alike() -> None:
    known = {path for name, path in vars(paths).items() if name.isupper()}
    assert set(strings.TEXT) <= known
    assert len(set(strings.TEXT.values())) == len(strings.TEXT)


def test_a_new_tab_is_announced() -> None:
    assert strings.IN_A_NEW_TAB.format(text="Read") == "Read (opens in a new tab)"
