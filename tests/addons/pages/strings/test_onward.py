"""How to go on from a page of ours."""

from addons.pages.strings import onward as strings


def test_the_site_is_named() -> None:
    assert strings.go_on("forum.example") == "Go on to forum.example"
    assert "forum.example was not sent on" in strings.not_sent("forum.example")
