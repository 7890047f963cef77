"""Rows in numbers: each once, and as a visit only what counts as one."""

from datetime import timedelta

from console.evidence.summary import summary
from policy.words import PersonHow, RecordLevel, Resource, Verdict
from tests.console.evidence.found import AT, ROWS, row


def test_each_row_is_counted_as_one_thing() -> None:
    found = summary(ROWS)
    assert found.rows == len(ROWS)
    assert found.visits == {Verdict.ALLOW: 1, Verdict.BLOCK: 1}
    assert (found.beside, found.other, found.not_final, found.withdrawn) == (1, 1, 1, 1)
    assert found.counted + found.beside + found.other + found.not_final + found.withdrawn == found.rows


def test_what_bears_on_them_is_counted_over_all() -> None:
    found = summary(ROWS)
    assert found.hows == {PersonHow.BASIC: 5, PersonHow.DEVICE: 1}
    assert found.resources == {Resource.VISIT: 4, Resource.EMBEDDED: 1, Resource.BACKGROUND: 1}
    assert found.levels == {RecordLevel.SITE: 1, RecordLevel.FULL: 5}
    assert (found.held, found.without_outcome) == (1, 0)
    assert (found.first, found.last) == (AT, AT + timedelta(seconds=120))


def test_people_stand_by_name_and_never_by_number() -> None:
    rows = [row(person="zoe"), row(person="zoe"), row(person="bob"), row(person=None)]
    assert summary(rows).people == ("bob", "zoe")


def test_nothing_is_nothing() -> None:
    found = summary([])
    assert (found.rows, found.counted, found.first, found.people) == (0, 0, None, ())


def test_unknown_is_never_a_visit() -> None:
    assert summary([row(resource=Resource.UNKNOWN)]).counted == 0
