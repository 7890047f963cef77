"""Which changes need a second person, by what they do and not by what they are called."""

from datetime import UTC, datetime

import pytest

from categories.library_state import LibraryState, changed, list_and_text
from categories.list_change import (
    Disable,
    ListChange,
    ListRecord,
    NeverDecrypt,
    Put,
    Remove,
    WithheldWhy,
    Withhold,
)
from console.lists.two_people import category_of, lists_that_differ, second_person_because
from policy.document import SHIPPED, read_policy
from policy.words import EntryKind

POLICY = read_policy(SHIPPED)
SHIPPED_LISTS = frozenset({"shipped.essential", "shipped.games", "shipped.help.uk"})


def record(name: str, category: str, sha256: str = "a") -> ListRecord:
    return ListRecord(
        name=name,
        category=category,
        format="hosts",
        entries=2,
        bad_lines=0,
        lines=2,
        size=9,
        sha256=sha256 * 64,
    )


BEFORE = LibraryState(records={"bets": record("bets", "gambling"), "open": record("open", "essential")})


def withhold(name: str) -> Withhold:
    return Withhold(list=name, kind=EntryKind.HOST, entry="a.test", why=WithheldWhy.WITHDRAWN)


@pytest.mark.parametrize(
    ("change", "why", "why_always"),
    [
        pytest.param(Put(record=record("bets", "gambling", "b")), None, "two_people", id="an-update"),
        pytest.param(Put(record=record("new", "games")), None, "two_people", id="a-new-list"),
        pytest.param(Put(record=record("bets", "gambling")), None, None, id="the-same-text"),
        pytest.param(Put(record=record("new", "help")), "is help", "is help", id="a-help-list"),
        pytest.param(Put(record=record("new", "privileged")), "is priv", "is priv", id="a-privileged-list"),
        pytest.param(Put(record=record("bets", "essential")), "is essential", "is ess", id="to-essential"),
        pytest.param(Put(record=record("open", "games")), "is essential", "is ess", id="from-essential"),
        pytest.param(Remove(name="bets"), None, "two_people", id="removed"),
        pytest.param(Remove(name="open"), "is essential", "is essential", id="an-essential-one-removed"),
        pytest.param(Disable(name="shipped.games"), None, "two_people", id="a-shipped-list-disabled"),
        pytest.param(Disable(name="shipped.essential"), "is ess", "is ess", id="essential-disabled"),
        pytest.param(Disable(name="shipped.help.uk"), "is help", "is help", id="one-of-several-of-help"),
        pytest.param(withhold("bets"), None, "two_people", id="an-entry-withdrawn"),
        pytest.param(withhold("shipped.essential"), "is ess", "is ess", id="an-essential-entry-withdrawn"),
        pytest.param(NeverDecrypt(text="# a"), "never decrypted", "never decrypted", id="never-decrypt"),
    ],
)
def test_what_a_change_does_says_whether_one_person_is_enough(
    change: ListChange, why: str | None, why_always: str | None
) -> None:
    after = changed(BEFORE, change, SHIPPED_LISTS, at=datetime.now(UTC), because="so")
    for always, expected in ((False, why), (True, why_always)):
        found = second_person_because(BEFORE, after, POLICY, always=always)
        assert (found is None) == (expected is None)
        assert expected is None or (found is not None and expected in found)


def test_lines_left_out_of_a_list_that_is_there_count_and_others_do_not() -> None:
    def with_lines(name: str) -> LibraryState:
        return BEFORE.model_copy(update={"left_out": {list_and_text(name, "a" * 64): frozenset({1})}})

    assert lists_that_differ(BEFORE, with_lines("open")) == ["open"]
    assert lists_that_differ(BEFORE, with_lines("gone")) == []


def test_the_category_of_a_list_that_is_not_there_is_none() -> None:
    assert [category_of(BEFORE, name) for name in ("bets", "shipped.help.uk", "gone")] == [
        "gambling",
        "help",
        "",
    ]


def test_to_mark_what_a_held_entry_decided_is_a_change() -> None:
    held = changed(
        BEFORE,
        withhold("open").model_copy(update={"why": WithheldWhy.REFUSED}),
        SHIPPED_LISTS,
        at=datetime.now(UTC),
        because="so",
    )
    withdrawn = changed(held, withhold("open"), SHIPPED_LISTS, at=datetime.now(UTC), because="so")
    assert lists_that_differ(held, withdrawn) == ["open"]


def test_a_restored_record_that_knows_less_of_the_same_text_is_no_change() -> None:
    known = record("open", "essential").model_copy(update={"not_applicable": 7, "exceptions": 2})
    assert (
        lists_that_differ(BEFORE, BEFORE.model_copy(update={"records": {**BEFORE.records, "open": known}}))
        == []
    )
