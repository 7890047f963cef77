"""What leaves the gateway: the policy's word in the request, and nobody else's beside it."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import http

from addons.expected.applying import Expected, with_parameters
from policy.document import Policy
from policy.sections.expected import SafeSearch, Tenants
from tests.samples import shipped_policy

SAFE = (("safe", "active"), ("ssui", "on"))


def policy_of(safe_search: SafeSearch, tenants: Tenants) -> Policy:
    shipped = shipped_policy()
    return replace(
        shipped, file=shipped.file.model_copy(update={"safe_search": safe_search, "tenants": tenants})
    )


EXPECTED = Expected(
    policy_of(
        SafeSearch(google="strict", bing="strict", duckduckgo="strict", youtube="strict"),
        Tenants(microsoft=("example.org",), google=("example.org",)),
    )
)


def request(host: str, target: str, **fields: str) -> http.Request:
    made = http.Request.make("GET", f"https://{host}{target}")
    for name, value in fields.items():
        made.headers[name] = value
    return made


@pytest.mark.parametrize(
    ("target", "leaves"),
    [
        (b"/search?q=cats", b"/search?q=cats&safe=active&ssui=on"),
        (b"/search?q=cats&safe=off", b"/search?q=cats&safe=active&ssui=on"),
        (b"/search?safe=off&q=cats&safe=images", b"/search?q=cats&safe=active&ssui=on"),
        (b"/search?q=cats&SAFE=off", b"/search?q=cats&safe=active&ssui=on"),
        (b"/search?q=cats&s%61fe=off", b"/search?q=cats&safe=active&ssui=on"),
        (b"/search?q=cats&safe", b"/search?q=cats&safe=active&ssui=on"),
        (b"/search?q=cats&+safe+=off", b"/search?q=cats&safe=active&ssui=on"),
        (b"/search", b"/search?safe=active&ssui=on"),
        (b"/search?", b"/search?safe=active&ssui=on"),
        (b"/search?q=a+b%26c&&x=", b"/search?q=a+b%26c&x=&safe=active&ssui=on"),
        (b"/search?q=cats#&safe=off", b"/search?q=cats&safe=active&ssui=on"),
        (b"/search#?q=cats", b"/search?safe=active&ssui=on"),
        (b"/search?unsafe=1", b"/search?unsafe=1&safe=active&ssui=on"),
    ],
)
def test_the_client_s_own_word_is_taken_out_however_it_is_written(target: bytes, leaves: bytes) -> None:
    assert with_parameters(target, SAFE) == leaves


@given(st.binary(max_size=200))
def test_whatever_the_query_there_is_one_value_and_it_is_ours(query: bytes) -> None:
    target = with_parameters(b"/search?" + query, SAFE)
    said = parse_qsl(target.partition(b"?")[2].decode("latin-1"), keep_blank_values=True)
    assert [value for name, value in said if name.strip().lower() == "safe"] == ["active"]
    assert with_parameters(target, SAFE) == target, "applied twice, it is the same"


def test_a_search_leaves_with_safe_search_and_the_rest_of_its_target() -> None:
    searched = request("www.google.co.uk", "/search?q=cats&safe=off")
    EXPECTED.apply(searched, "www.google.co.uk", "/search?q=cats&safe=off")
    assert searched.path == "/search?q=cats&safe=active&ssui=on"


def test_fields_replace_the_client_s_own() -> None:
    watched = request("www.youtube.com", "/watch?v=1", **{"YouTube-Restrict": "Off", "Accept": "*/*"})
    EXPECTED.apply(watched, "www.youtube.com", "/watch?v=1")
    assert watched.headers.get_all("youtube-restrict") == ["Strict"]
    assert watched.headers["accept"] == "*/*"
    assert watched.path == "/watch?v=1"


@pytest.mark.parametrize("host", ["www.example.org", "fonts.googleapis.com", "www.bing.com.evil.test"])
def test_everybody_else_is_told_nothing(host: str) -> None:
    other = request(host, "/search?q=cats&safe=off&adlt=off&kp=-2")
    before = other.get_state()
    EXPECTED.apply(other, host, "/search?q=cats&safe=off&adlt=off&kp=-2")
    assert other.get_state() == before


def test_tenants_are_said_where_people_sign_in() -> None:
    login = request("login.microsoftonline.com", "/common/oauth2")
    EXPECTED.apply(login, "login.microsoftonline.com", "/common/oauth2")
    assert login.headers["restrict-access-to-tenants"] == "example.org"
    account = request("accounts.google.com", "/signin")
    EXPECTED.apply(account, "accounts.google.com", "/signin")
    assert account.headers["x-googapps-allowed-domains"] == "example.org"
    assert account.path == "/signin"
    personal = request("login.live.com", "/login.srf")
    EXPECTED.apply(personal, "login.live.com", "/login.srf")
    assert personal.headers["sec-restrict-tenant-access-policy"] == "restrict-msa"
