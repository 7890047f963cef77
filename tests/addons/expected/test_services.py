"""Which hosts are told what: the public facts, beside hosts that only look like theirs."""

import pytest

from addons.expected.services import Services
from policy.sections.expected import SafeSearch, Tenants

DIRECTORY = "12345678-1234-1234-1234-1234567890ab"
ALL = Services.of(
    SafeSearch(google="strict", bing="strict", duckduckgo="strict", youtube="strict"),
    Tenants(
        microsoft=("example.org", "example.onmicrosoft.com"),
        microsoft_context=DIRECTORY,
        google=("example.org", "example.com"),
    ),
)
GOOGLE = {"safe_search.google", "tenants.google"}


@pytest.mark.parametrize(
    ("host", "settings"),
    [
        ("www.google.com", GOOGLE),
        ("google.co.uk", GOOGLE),
        ("www.google.com.au", GOOGLE),
        ("images.google.de", GOOGLE),
        ("accounts.google.com", GOOGLE),
        ("google.example", set()),
        ("google.com.evil.test", set()),
        ("notgoogle.com", set()),
        ("www.google", set()),
        ("bing.com", {"safe_search.bing"}),
        ("www.bing.com", {"safe_search.bing"}),
        ("notbing.com", set()),
        ("bing.com.evil.test", set()),
        ("duckduckgo.com", {"safe_search.duckduckgo"}),
        ("html.duckduckgo.com", {"safe_search.duckduckgo"}),
        ("youtube.com", {"safe_search.youtube"}),
        ("m.youtube.com", {"safe_search.youtube"}),
        ("www.youtube-nocookie.com", {"safe_search.youtube"}),
        ("youtubei.googleapis.com", {"safe_search.youtube"}),
        ("fonts.googleapis.com", set()),
        ("studio.youtube.com", set()),
        ("login.microsoftonline.com", {"tenants.microsoft"}),
        ("login.live.com", {"tenants.microsoft"}),
        ("outlook.office.com", set()),
        ("192.0.2.1", set()),
    ],
)
def test_a_service_is_known_by_its_hosts(host: str, settings: set[str]) -> None:
    assert {change.of for change in ALL.changes(host)} == settings


def test_what_is_off_is_asked_of_nobody() -> None:
    nothing = Services.of(SafeSearch(), Tenants())
    for host in ("www.google.com", "www.bing.com", "duckduckgo.com", "youtube.com", "login.live.com"):
        assert nothing.changes(host) == ()
    assert nothing.hosts() == []


@pytest.mark.parametrize(
    ("path", "about"),
    [
        ("/search", True),
        ("/search/about", True),
        ("/images/x", True),
        ("/searches", False),
        ("/", False),
        ("", False),
        ("/maps", False),
        ("/gen_204", False),
    ],
)
def test_google_s_searches_are_changed_and_not_its_other_pages(path: str, about: bool) -> None:
    change = next(change for change in ALL.changes("www.google.com") if change.parameters)
    assert change.is_for(path) is about


def test_duckduckgo_shows_results_on_its_front_page() -> None:
    (change,) = ALL.changes("duckduckgo.com")
    assert change.is_for("/")
    assert change.is_for("/html/")
    assert not change.is_for("/about")


def test_each_service_hears_its_own_words() -> None:
    fields = {
        name: value
        for host, _ in ALL.hosts()
        for change in ALL.changes(host)
        for name, value in change.fields
    }
    assert fields == {
        "x-googapps-allowed-domains": "example.org,example.com",
        "youtube-restrict": "Strict",
        "restrict-access-to-tenants": "example.org,example.onmicrosoft.com",
        "restrict-access-context": DIRECTORY,
        "sec-restrict-tenant-access-policy": "restrict-msa",
    }
    parameters = {
        pair for host, _ in ALL.hosts() for change in ALL.changes(host) for pair in change.parameters
    }
    assert parameters == {("safe", "active"), ("ssui", "on"), ("adlt", "strict"), ("kp", "1")}


def test_moderate_is_said_in_each_service_s_way() -> None:
    moderate = Services.of(SafeSearch(bing="moderate", duckduckgo="moderate", youtube="moderate"), Tenants())
    assert moderate.changes("www.bing.com")[0].parameters == (("adlt", "moderate"),)
    assert moderate.changes("duckduckgo.com")[0].parameters == (("kp", "-1"),)
    assert moderate.changes("youtube.com")[0].fields == (("youtube-restrict", "Moderate"),)
