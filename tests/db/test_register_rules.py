"""The registers' rules by themselves; `test_registers.py` has them with a database behind."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.register_rules import (
    MOST_REASON,
    fit_reason,
    refuse_unfit_bypass,
    refuse_unfit_grantee,
    refuse_unfit_opening,
    refuse_unfit_period,
    refuse_unfit_target,
    same_person,
)
from policy.errors import RegisterRefused
from policy.registers import GranteeKind, TargetKind

NOW = datetime(2026, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("alice", "ALICE", True),
        ("alice", " alice ", True),
        ("straße", "STRASSE", True),
        ("\uff41lice", "alice", True),  # a fullwidth letter
        ("alice", "alice2", False),
        ("alice", "bob", False),
    ],
)
def test_logins_are_one_person_as_people_read_them(one: str, other: str, same: bool) -> None:
    assert same_person(one, other) is same
    assert same_person(other, one) is same


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (TargetKind.HOST, "example.org"),
        (TargetKind.HOST, "192.0.2.1"),
        (TargetKind.HOST, "2001:db8::1"),
        (TargetKind.HOST, "xn--bcher-kva.example"),
        (TargetKind.PREFIX, "example.org/"),
        (TargetKind.PREFIX, "example.org/Path?x=Y"),
    ],
)
def test_a_normalised_host_or_prefix_is_taken(kind: TargetKind, target: str) -> None:
    refuse_unfit_target(kind, target)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (TargetKind.HOST, ""),
        (TargetKind.HOST, "*"),
        (TargetKind.HOST, "*.example.org"),
        (TargetKind.HOST, "Example.org"),
        (TargetKind.HOST, "example.org."),
        (TargetKind.HOST, "a..example"),
        (TargetKind.HOST, "example.org/path"),
        (TargetKind.PREFIX, "example.org"),
        (TargetKind.PREFIX, "*/path"),
        (TargetKind.PREFIX, "/path"),
        (TargetKind.CATEGORY, "gambling"),
    ],
)
def test_what_nobody_can_ask_for_is_refused(kind: TargetKind, target: str) -> None:
    with pytest.raises(RegisterRefused, match="that can be entered here"):
        refuse_unfit_target(kind, target)


@given(st.text(st.characters(exclude_categories=()), max_size=MOST_REASON * 2))
def test_a_reason_is_refused_in_one_line_or_can_be_stored(text: str) -> None:
    try:
        kept = fit_reason(text)
    except RegisterRefused as refused:
        assert "\n" not in str(refused)
    else:
        assert 0 < len(kept) <= MOST_REASON
        assert "\0" not in kept
        kept.encode()


@given(st.text(st.characters(exclude_categories=()), max_size=300), st.sampled_from(list(TargetKind)))
def test_whatever_is_entered_as_a_target_is_refused_in_one_line_or_fit(target: str, kind: TargetKind) -> None:
    try:
        refuse_unfit_target(kind, target)
    except RegisterRefused as refused:
        assert "\n" not in str(refused)
        str(refused).encode()
    else:
        assert target.partition("/")[0]


def test_a_period_begins_before_it_ends() -> None:
    refuse_unfit_period(NOW, NOW + timedelta(seconds=1))
    for until in (NOW, NOW - timedelta(days=1)):
        with pytest.raises(RegisterRefused, match="before it begins"):
            refuse_unfit_period(NOW, until)


@pytest.mark.parametrize(
    ("seconds", "fits"), [(59, False), (60, True), (3600, True), (3601, False), (-60, False)]
)
def test_break_glass_is_opened_for_a_minute_to_an_hour(seconds: int, *, fits: bool) -> None:
    if fits:
        refuse_unfit_opening(timedelta(seconds=seconds))
        return
    with pytest.raises(RegisterRefused, match="1 to 60 minutes"):
        refuse_unfit_opening(timedelta(seconds=seconds))


def test_a_bypass_is_written_down_when_it_is_over() -> None:
    refuse_unfit_bypass(NOW - timedelta(hours=2), NOW, NOW)
    with pytest.raises(RegisterRefused, match="when it is over"):
        refuse_unfit_bypass(NOW, NOW + timedelta(seconds=1), NOW)
    with pytest.raises(RegisterRefused, match="before it begins"):
        refuse_unfit_bypass(NOW, NOW - timedelta(seconds=1), NOW)


def test_a_person_or_role_has_a_name_and_everyone_has_none() -> None:
    refuse_unfit_grantee(GranteeKind.PERSON, "alice")
    refuse_unfit_grantee(GranteeKind.EVERYONE, "")
    for kind, name in ((GranteeKind.ROLE, ""), (GranteeKind.EVERYONE, "alice")):
        with pytest.raises(RegisterRefused):
            refuse_unfit_grantee(kind, name)
