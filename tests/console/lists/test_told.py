"""What the change log says of a change: before and after, and nothing of confidential entries."""

import json
from datetime import UTC, datetime

import pytest

from categories.library_state import LibraryState, changed, leaving_out
from categories.list_change import ListRecord, Put, Remove, WithheldWhy, Withhold
from console.lists.told import shown_change, shown_entry, told
from policy.words import EntryKind

RECORD = ListRecord(
    name="bets", category="gambling", format="hosts", entries=2, bad_lines=0, lines=2, size=9, sha256="a" * 64
)
NOW = datetime.now(UTC)


def test_a_list_is_told_as_it_was_and_as_it_is() -> None:
    before = leaving_out(LibraryState(records={"bets": RECORD}), RECORD, frozenset({4, 5}))
    put = Put(record=RECORD.model_copy(update={"sha256": "b" * 64, "entries": 3}))
    was, now = told(before, changed(before, put, frozenset(), at=NOW, because=""))
    assert was == {
        "bets": {
            "category": "gambling",
            "format": "hosts",
            "entries": 2,
            "sha256": "a" * 64,
            "left_out": 2,
            "disabled": False,
            "withheld": [],
        }
    }
    after = now["bets"]
    assert isinstance(after, dict)
    assert (after["sha256"], after["entries"], after["left_out"]) == ("b" * 64, 3, 0)
    assert json.loads(json.dumps([was, now])) == [was, now], "plain JSON"


def test_a_list_that_ends_is_nothing_afterwards() -> None:
    before = LibraryState(records={"bets": RECORD})
    was, now = told(before, changed(before, Remove(name="bets"), frozenset(), at=NOW, because=""))
    assert (list(was), now) == (["bets"], {"bets": None})


def test_the_never_decrypt_list_is_told_as_text() -> None:
    assert told(LibraryState(), LibraryState(never_decrypt="# ours")) == (
        {"never-decrypt": ""},
        {"never-decrypt": "# ours"},
    )


def test_an_entry_of_a_confidential_list_is_not_even_told_as_a_digest() -> None:
    entry = "confidential:" + "ab" * 16
    change = Withhold(list="bets", kind=EntryKind.HOST, entry=entry, why=WithheldWhy.QUARANTINED)
    before = LibraryState(records={"bets": RECORD})
    sides = told(before, changed(before, change, frozenset(), at=NOW, because=""))
    assert "abab" not in json.dumps(sides)
    assert shown_change(change.model_dump(mode="json")) == "withhold confidential of bets"
    assert (shown_entry(entry), shown_entry("bet.test")) == ("confidential", "bet.test")


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"what": "put", "record": RECORD.model_dump()}, "put bets: 2 entries of gambling"),
        ({"what": "update", "puts": [{"record": RECORD.model_dump()}]}, "update bets"),
        ({"what": "restore", "digest": "d" * 64}, "roll back to dddddddddddd"),
        ({"what": "disable", "name": "bets"}, "disable bets"),
        ({"what": "never-decrypt", "text": ""}, "no never-decrypt list"),
        ({"what": "local-entry", "action": "block", "target": "a.test"}, "local-entry block a.test"),
    ],
)
def test_a_change_is_shown_in_a_few_words(change: dict[str, object], shown: str) -> None:
    assert shown_change(change) == shown


@pytest.mark.parametrize(
    "change",
    [
        {"what": "put"},
        {"what": "put", "record": "own"},
        {"what": "put", "record": {"name": "own", "entries": "many", "category": "games"}},
        {"what": "update", "puts": 3},
        {"what": "restore", "digest": None},
        {"what": "release", "list": "own", "entry": ["a.test"]},
        {"what": "never-decrypt"},
    ],
    ids=lambda change: json.dumps(change)[:40],
)
def test_a_change_that_somebody_wrote_by_hand_is_told_all_the_same(change: dict[str, object]) -> None:
    assert shown_change(change) == "a change that this release does not know"
