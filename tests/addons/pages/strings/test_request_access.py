"""The sentences of a request."""

from dataclasses import replace

import pytest

from addons.pages.strings import request_access as strings
from policy.document import Policy
from policy.sections.about import Appeal
from tests.addons.pages.own.samples import stored_request
from tests.samples import policy_with_authority, shipped_policy


def appealing(office: str, telephone: str, owner: str) -> Policy:
    policy = policy_with_authority()
    sections = {
        "appeal": Appeal(office=office, telephone=telephone),
        "about": policy.about.model_copy(update={"owner": owner}),
    }
    return replace(policy, file=policy.file.model_copy(update=sections))


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("waiting", "Waiting for the administrators of the web filter"),
        ("second-office", "Granted by one office; waiting for Operational Security Officer"),
        ("granted", "Granted"),
        ("refused", "Refused: The same is on the force's own page"),
        ("taken-back", "You took it back"),
        ("a-new-word", "a-new-word"),
    ],
)
def test_each_state_has_its_words(state: str, says: str) -> None:
    assert strings.state(stored_request(state)) == says


@pytest.mark.parametrize(
    ("office", "telephone", "owner", "says"),
    [
        ("Monitoring Officer", "555 0111", "Owner", "appeal to: Monitoring Officer, telephone 555 0111."),
        ("Monitoring Officer", "", "Owner", "appeal to: Monitoring Officer, telephone 555 0100."),
        ("", "", "Owner", "appeal to: Owner, telephone 555 0100."),
        ("", "", "", "looked at again, telephone the service desk on 555 0100."),
    ],
)
def test_where_to_appeal_is_said(office: str, telephone: str, owner: str, says: str) -> None:
    """The notice falls back in the same way."""
    assert strings.appeal(appealing(office, telephone, owner)).endswith(says)


def test_several_offices_are_alternatives_and_none_is_the_administrators() -> None:
    rule = shipped_policy().rules["messaging"].model_copy(update={"granted_by": ("A", "B")})
    assert strings.offices(rule) == "A or B"
    assert strings.offices(None) == "the administrators of the web filter"


def test_what_is_kept_is_said_with_its_days() -> None:
    assert "2,190 days (about 6 years)" in strings.kept(shipped_policy())
