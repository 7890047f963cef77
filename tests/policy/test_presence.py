"""What people did on our pages holds until it ends, for who did it and for nobody else."""

from datetime import datetime, timedelta

import pytest

from policy.presence import Confirmation, Presence
from tests.samples import NOW

STATED = Confirmation("C1", "jane", "forum.test", NOW + timedelta(minutes=60))
PRESENCE = Presence(
    confirmations={("", "jane", "forum.test"): STATED}, used={("", "jane"): 12}, allowance_day="2026-03-04"
)


@pytest.mark.parametrize(
    ("person", "organisation", "site", "at", "holds"),
    [
        pytest.param("jane", "", "forum.test", NOW, True, id="stated"),
        pytest.param("jane", "", "forum.test", STATED.until, False, id="over-this-instant"),
        pytest.param("john", "", "forum.test", NOW, False, id="somebody-else"),
        pytest.param("jane", "other", "forum.test", NOW, False, id="the-same-login-elsewhere"),
        pytest.param("jane", "", "other.test", NOW, False, id="another-site"),
    ],
)
def test_a_purpose_holds_for_its_person_and_site_until_it_ends(
    person: str, organisation: str, site: str, at: datetime, *, holds: bool
) -> None:
    found = PRESENCE.confirmation(person, organisation, site, at)
    assert found is (STATED if holds else None)
    assert Presence().confirmation(person, organisation, site, at) is None


@pytest.mark.parametrize(
    ("person", "organisation", "day", "minutes"),
    [
        pytest.param("jane", "", "2026-03-04", 12, id="today"),
        pytest.param("jane", "", "2026-03-05", 0, id="another-day"),
        pytest.param("john", "", "2026-03-04", 0, id="somebody-else"),
        pytest.param("jane", "other", "2026-03-04", 0, id="the-same-login-elsewhere"),
    ],
)
def test_minutes_of_personal_use_are_of_one_person_and_day(
    person: str, organisation: str, day: str, minutes: int
) -> None:
    assert PRESENCE.minutes(person, organisation, day) == minutes
