"""What an import would change, without changing it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.people.difference import Changed, Difference, difference, refuse_implausible
from db.person_rows import PersonEntry
from policy.errors import RegisterRefused
from policy.people import PersonKey

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALL = frozenset({"login", "organisation", "name", "email", "kind", "unit", "manager", "ends", "roles"})
JANE = PersonEntry("", "jane", unit="Finance", roles=("press",))
GONE = PersonEntry("", "gone", ends=NOW)


def register(*people: PersonEntry) -> dict[PersonKey, PersonEntry]:
    return {person.key: person for person in people}


def test_who_is_new_is_added_who_differs_is_changed_and_who_is_missing_has_left() -> None:
    found = difference(
        register(JANE, PersonEntry("", "bob"), PersonEntry("", "same")),
        [replace(JANE, unit="CID"), PersonEntry("", "new"), PersonEntry("", "same")],
        ALL,
        NOW,
    )
    assert found == Difference(
        added=(PersonEntry("", "new"),),
        changed=(Changed(JANE, replace(JANE, unit="CID")),),
        left=(PersonEntry("", "bob"),),
        here=3,
        leaving=1,
    )
    assert found.changed[0].columns == ("unit",)
    assert [person.login for person in found.told] == ["new", "jane"]


def test_what_an_import_has_no_column_for_stays_as_it_is() -> None:
    told = PersonEntry("", "jane", name="Jane Doe")
    (changed,) = difference(register(JANE), [told], frozenset({"login", "name"}), NOW).changed
    assert changed.after == replace(JANE, name="Jane Doe")


def test_who_has_left_does_not_leave_again_and_comes_back_when_told_of() -> None:
    assert not difference(register(JANE, GONE), [JANE], ALL, NOW)
    (back,) = difference(
        register(JANE, GONE), [JANE, PersonEntry("", "gone")], frozenset({"login"}), NOW
    ).changed
    assert back.after.ends is None


def test_an_end_that_is_to_come_stays_where_the_import_tells_of_none() -> None:
    leaving = replace(JANE, ends=NOW + timedelta(days=1))
    assert not difference(register(leaving), [JANE], frozenset({"login", "unit"}), NOW)
    assert difference(register(leaving), [JANE], ALL, NOW).changed[0].after.ends is None


def test_another_organisations_people_have_not_left() -> None:
    kent = PersonEntry("Kent", "jane")
    found = difference(register(JANE, kent), [PersonEntry("Kent", "new")], ALL, NOW)
    assert found.left == (kent,)


@pytest.mark.parametrize(
    ("here", "leaving", "plausible"),
    [(10_000, 2_000, True), (10_000, 2_001, False), (10, 5, True), (10, 6, False), (5, 5, True)],
)
def test_a_file_that_was_cut_off_ends_nobody(here: int, leaving: int, *, plausible: bool) -> None:
    found = Difference(leaving=leaving, here=here)
    if plausible:
        refuse_implausible(found)
    else:
        with pytest.raises(RegisterRefused, match="--accept-leavers"):
            refuse_implausible(found)


def test_a_column_of_ends_that_are_past_is_no_more_plausible_than_a_file_cut_off() -> None:
    here = [PersonEntry("", f"p{number}") for number in range(30)]
    ended = [replace(one, ends=NOW) for one in here]
    with pytest.raises(RegisterRefused, match="30 of 30"):
        refuse_implausible(difference(register(*here), ended, ALL, NOW))
    to_come = [replace(one, ends=NOW + timedelta(days=1)) for one in here]
    refuse_implausible(difference(register(*here), to_come, ALL, NOW))
    refuse_implausible(difference(register(*ended), ended, ALL, NOW))


_PEOPLE = st.lists(
    st.builds(
        PersonEntry,
        login=st.sampled_from("abcdef"),
        organisation=st.sampled_from(["", "Kent"]),
        unit=st.sampled_from([None, "x", "y"]),
        ends=st.sampled_from([None, NOW - timedelta(days=1), NOW + timedelta(days=1)]),
    ),
    unique_by=lambda person: person.key,
)


@given(_PEOPLE, _PEOPLE)
def test_once_it_is_done_there_is_nothing_left_to_do(
    before: list[PersonEntry], told: list[PersonEntry]
) -> None:
    found = difference(register(*before), told, ALL, NOW)
    after = register(*before) | register(*found.told)
    after |= register(*(replace(person, ends=NOW) for person in found.left))
    assert not difference(after, told, ALL, NOW)
    assert after.keys() >= register(*before).keys()
