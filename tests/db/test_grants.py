"""What the policy asks of a grant: a table, and plain data that comes back as it was."""

from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.grants import Grant, Offices, fitted, offices, refuse_ones_own
from policy.errors import RegisterRefused
from policy.registers import GranteeKind, TargetKind
from tests.db.exemptions import FIRST_OFFICE, POLICY, SECOND_OFFICE, wanted

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
BOTH = Offices(first=((FIRST_OFFICE,),), second=(SECOND_OFFICE,))


@pytest.mark.parametrize(
    ("grant", "also", "asked"),
    [
        pytest.param({}, [], Offices(), id="a-host-of-no-category"),
        pytest.param({"categories": ("forums",)}, [], Offices(), id="a-host-of-a-plain-category"),
        pytest.param({"kind": TargetKind.CATEGORY, "target": "messaging"}, [], BOTH, id="the-category"),
        pytest.param({"categories": ("messaging",)}, [], BOTH, id="a-host-of-the-category"),
        pytest.param({}, ["messaging"], BOTH, id="the-category-of-the-refusal"),
        pytest.param(
            {"categories": ("forums", "messaging")}, ["messaging"], BOTH, id="once-though-said-twice"
        ),
    ],
)
def test_who_has_to_say_yes_is_the_policys(grant: dict[str, object], also: list[str], asked: Offices) -> None:
    assert offices(POLICY, wanted(**grant, procedure="SOP 7"), also) == asked


@pytest.mark.parametrize(
    ("grant", "also"),
    [
        ({"categories": ("messaging",)}, []),
        ({"categories": ("malware",)}, []),
        ({"categories": ("no_such",)}, []),
        ({}, ["malware"]),
        ({"grantee_kind": GranteeKind.ROLE, "grantee": "press"}, ["gambling"]),
    ],
    ids=["no-procedure", "never", "unknown", "never-by-refusal", "a-role-where-a-person-is-asked-for"],
)
def test_what_the_policy_does_not_admit_is_refused(grant: dict[str, object], also: list[str]) -> None:
    with pytest.raises(RegisterRefused):
        offices(POLICY, wanted(**grant), also)


def test_a_grant_is_fitted_to_what_is_kept() -> None:
    one = fitted(wanted(grantee="  ALICE ", purpose=" a \n", start=NOW - HOUR, until=NOW + HOUR), NOW)
    assert (one.grantee, one.purpose, one.start) == ("alice", "a", NOW)
    later = fitted(wanted(start=NOW + HOUR / 2, until=NOW + HOUR, review=NOW + HOUR), NOW)
    assert (later.start, later.review) == (NOW + HOUR / 2, NOW + HOUR)


@pytest.mark.parametrize(
    ("me", "requested_by", "first_by", "refused"),
    [
        ("bob", "", None, False),
        ("bob", "carol", "dan", False),
        ("ALICE", "", None, True),
        ("bob", "Bob", None, True),
        ("bob", "carol", " bob ", True),
        ("\uff42\uff4f\uff42", "bob", None, True),
    ],
    ids=["another", "three-people", "the-grantee", "who-asked", "the-first-word", "in-wide-letters"],
)
def test_nobody_grants_their_own(me: str, requested_by: str, first_by: str | None, *, refused: bool) -> None:
    if not refused:
        refuse_ones_own(me, wanted(), requested_by, first_by)
        return
    with pytest.raises(RegisterRefused):
        refuse_ones_own(me, wanted(), requested_by, first_by)


moments = st.datetimes(timezones=st.just(UTC))
grants = st.builds(
    Grant,
    grantee_kind=st.sampled_from(GranteeKind),
    grantee=st.text(),
    kind=st.sampled_from(TargetKind),
    target=st.text(),
    until=moments,
    purpose=st.text(),
    organisation=st.text(),
    start=st.none() | moments,
    review=st.none() | moments,
    procedure=st.none() | st.text(),
    restricted=st.booleans(),
    categories=st.lists(st.text()).map(tuple),
)


@given(grants)
def test_what_a_first_office_granted_comes_back_as_it_was(grant: Grant) -> None:
    assert Grant.of(grant.plain()) == grant


anything = st.none() | st.text() | st.integers() | st.booleans() | st.lists(st.none())


@given(st.dictionaries(st.sampled_from([field.name for field in fields(Grant)]), anything))
def test_what_somebody_else_wrote_in_its_place_is_a_grant_or_refused(changed: dict[str, object]) -> None:
    plain = {**wanted().plain(), **changed}
    try:
        grant = Grant.of(plain)
    except RegisterRefused:
        return
    with suppress(RegisterRefused):
        fitted(grant, NOW)


@pytest.mark.parametrize("missing", ["grantee_kind", "grantee", "kind", "target", "until", "purpose"])
def test_what_lacks_something_is_refused(missing: str) -> None:
    plain = {name: value for name, value in wanted().plain().items() if name != missing}
    with pytest.raises(RegisterRefused, match="cannot be read"):
        Grant.of(plain)


@pytest.mark.parametrize("name", ["until", "start", "review"])
def test_a_time_without_a_zone_is_refused(name: str) -> None:
    with pytest.raises(RegisterRefused, match="without a zone"):
        Grant.of({**wanted().plain(), name: "2026-03-14T12:00:00"})
