"""Safe search and tenants as settings."""

from typing import Any

import pytest
from pydantic import ValidationError

from policy.sections.expected import SafeSearch, Tenants


def test_nothing_is_asked_of_anybody_unless_the_policy_says_so() -> None:
    assert SafeSearch() == SafeSearch(google="off", bing="off", duckduckgo="off", youtube="off")
    assert Tenants() == Tenants(microsoft=(), microsoft_context="", google=())


@pytest.mark.parametrize(
    "keys", [{"google": "moderate"}, {"bing": True}, {"youtube": "on"}, {"yahoo": "strict"}]
)
def test_what_an_engine_does_not_offer_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SafeSearch.model_validate(keys)


@pytest.mark.parametrize(
    "keys",
    [
        {"google": ["example.org,evil.test"]},
        {"google": ["example.org\r\nX: y"]},
        {"google": ["Example.org"]},
        {"google": ["org"]},
        {"microsoft": ["*"]},
        {"microsoft_context": "our directory"},
        {"microsoft_context": "12345678-1234-1234-1234-1234567890ab\n"},
    ],
)
def test_nothing_can_be_slipped_into_a_header(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Tenants.model_validate(keys)


def test_tenants_are_domains() -> None:
    tenants = Tenants(
        microsoft=("example.org", "example.onmicrosoft.com"),
        microsoft_context="12345678-1234-1234-1234-1234567890ab",
        google=("example.org",),
    )
    assert tenants.microsoft[1] == "example.onmicrosoft.com"
