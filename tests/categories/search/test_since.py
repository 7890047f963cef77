"""Since when: found by few looks, exact where it can be, and honest where it cannot."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.search.since import Since, Version, since

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def versions(count: int) -> list[Version]:
    return [Version(day(number), str(number)) for number in range(count)]


def in_time() -> bool:
    return False


@given(st.integers(1, 400), st.data())
def test_the_first_version_with_the_entry_is_found_by_few_looks(count: int, data: st.DataObject) -> None:
    begins = data.draw(st.integers(0, count - 1))
    looks: list[str] = []

    def has(version: Version) -> bool:
        looks.append(version.sha256)
        return int(version.sha256) >= begins

    found = since(versions(count), has, complete=True, out_of_time=in_time)
    assert found == Since(day(begins), exact=True)
    assert len(looks) <= 2 * count.bit_length()
    assert len(set(looks)) == len(looks), "no text is unpacked twice"


@pytest.mark.parametrize(
    ("kept_from", "begins", "complete", "expected"),
    [
        pytest.param(0, 3, True, Since(day(3), exact=True), id="all-texts-are-kept"),
        pytest.param(0, 0, True, Since(day(0), exact=True), id="since-the-list-itself"),
        pytest.param(0, 0, False, Since(day(0), exact=False), id="the-history-begins-with-the-list"),
        pytest.param(5, 2, True, Since(day(5), exact=False), id="the-texts-before-are-gone"),
        pytest.param(2, 3, True, Since(day(3), exact=True), id="older-texts-are-gone-and-do-not-matter"),
    ],
)
def test_what_is_no_longer_known_is_said(
    kept_from: int, begins: int, complete: bool, expected: Since
) -> None:
    def has(version: Version) -> bool | None:
        number = int(version.sha256)
        return number >= begins if number >= kept_from else None

    assert since(versions(9), has, complete=complete, out_of_time=in_time) == expected


def test_without_time_the_answer_is_what_is_known_by_then() -> None:
    looks: list[str] = []

    def has(version: Version) -> bool:
        looks.append(version.sha256)
        return True

    found = since(versions(100), has, complete=True, out_of_time=lambda: len(looks) == 3)
    assert found == Since(day(92), exact=False)


def test_a_list_without_a_history_has_no_since() -> None:
    assert since([], lambda version: True, complete=True, out_of_time=in_time) is None
