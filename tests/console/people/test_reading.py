"""Who has read the notice, in numbers that are nobody's."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from console.people.reading import FEW, Readers, by_unit
from db.presence import Reading
from policy.words import PersonHow

NOW = datetime.now(UTC)


def people(unit: str | None, count: int, version: str | None = "2", organisation: str = "") -> list[Reading]:
    at, how = (NOW, PersonHow.PAGE) if version else (None, None)
    return [Reading(organisation, f"{unit}{n}", unit, version, at, how) for n in range(count)]


def test_each_unit_of_some_size_has_its_own_numbers() -> None:
    everybody = people("CID", 8) + people("CID", 3, "1") + people("CID", 2, None) + people("Finance", 10)
    assert by_unit(everybody, "2") == [
        Readers(("CID",), 13, 8, 3, 2),
        Readers(("Finance",), 10, 10, 0, 0),
    ]


def test_units_of_a_few_are_told_together_and_the_next_smallest_hides_them() -> None:
    assert by_unit(people("A", 6) + people("B", 4, None) + people("C", 20), "2") == [
        Readers(("C",), 20, 20, 0, 0),
        Readers(("A", "B"), 10, 6, 0, 4),
    ]
    assert by_unit(people("A", 1, None) + people("B", 12) + people("C", 20), "2") == [
        Readers(("C",), 20, 20, 0, 0),
        Readers(("A", "B"), 13, 12, 0, 1),
    ]


def test_of_a_few_people_in_all_there_are_no_numbers() -> None:
    assert by_unit(people("A", 5) + people(None, 4), "2") == [Readers(("(no unit)", "A"), None)]
    assert by_unit([], "2") == []


def test_units_of_two_organisations_are_two() -> None:
    found = by_unit(people("CID", 10) + people("CID", 10, organisation="Kent"), "2")
    assert [one.units for one in found] == [("CID",), ("CID of Kent",)]


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 30)))
def test_no_number_is_of_few_people_and_none_can_be_taken_from_the_total(sizes: dict[str, int]) -> None:
    found = by_unit([one for unit, size in sizes.items() for one in people(unit, size)], "2")
    assert sorted(unit for one in found for unit in one.units) == sorted(sizes)
    total = sum(sizes.values())
    if total >= FEW:
        assert all(one.people is not None and one.people >= FEW for one in found)
        assert sum(one.people or 0 for one in found) == total
    else:
        assert all(one.people is None for one in found)
