"""Every word a row can hold is explained, with what it cannot show."""

from enum import StrEnum

import pytest

from policy.review.meaning import KNOWN, RECORD, REPLAYED, RESOURCE, VERDICT
from policy.words import PersonHow, RecordLevel, Replayed, Resource, Verdict


@pytest.mark.parametrize(
    ("words", "explained"),
    [
        (PersonHow, KNOWN),
        (Resource, RESOURCE),
        (Verdict, VERDICT),
        (RecordLevel, RECORD),
        (Replayed, REPLAYED),
    ],
    ids=lambda one: one.__name__ if isinstance(one, type) else "",
)
def test_every_word_is_explained(words: type[StrEnum], explained: dict[StrEnum, object]) -> None:
    assert set(explained) == set(words)


def test_nothing_but_a_visit_is_said_to_be_one() -> None:
    for resource, known in RESOURCE.items():
        assert ("never counted as a visit" in known.not_shown) == (resource is not Resource.VISIT)


def test_whatever_way_somebody_was_known_something_is_not_shown_by_it() -> None:
    for known in (*KNOWN.values(), *RESOURCE.values()):
        assert known.short
        assert known.shows.endswith(".")
        assert known.not_shown.endswith(".")
