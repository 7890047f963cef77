"""A link leads to a page of ours or to a web page, and runs nothing."""

import pytest

from addons.pages.link import Link, is_own_path


@pytest.mark.parametrize(
    ("href", "good"),
    [
        ("/", True),
        ("/notice?t=abc", True),
        ("https://www.example.org/a", True),
        ("http://www.example.org/", True),
        ("//evil.example/", False),
        ("/\\evil.example/", False),
        ("\\\\evil.example", False),
        ("notice", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("ftp://files.example/", False),
        (" https://www.example.org/", False),
        ("", False),
    ],
)
def test_which_addresses_a_link_leads_to(href: str, good: bool) -> None:
    if good:
        assert Link("text", href).href == href
    else:
        with pytest.raises(ValueError, match="a link leads to"):
            Link("text", href)


@pytest.mark.parametrize(
    ("path", "own"), [("/a", True), ("//a", False), ("/\\a", False), ("https://a", False)]
)
def test_a_path_of_our_own_names_no_host(path: str, own: bool) -> None:
    assert is_own_path(path) is own
