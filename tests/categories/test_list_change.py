"""Changes of lists are stored while they wait, so what is read again is what was asked for."""

import json

import pytest
from pydantic import ValidationError

from categories.list_change import (
    CHANGE,
    Disable,
    Enable,
    ListChange,
    ListRecord,
    NeverDecrypt,
    Put,
    Release,
    Remove,
    Restore,
    Update,
    WithheldWhy,
    Withhold,
)
from categories.manifest import ListInfo
from policy.words import EntryKind

RECORD = ListRecord(
    name="bets",
    category="gambling",
    format="hosts",
    entries=2,
    bad_lines=0,
    lines=2,
    size=20,
    sha256="a" * 64,
)
INFO = ListInfo(
    name="bets", category="gambling", format="hosts", entries=2, bad_lines=0, lines=2, sha256="a" * 64
)
CHANGES: list[ListChange] = [
    Put(record=RECORD, left_out=(3, 4), leave_out_protected=True),
    Update(puts=(Put(record=RECORD), Put(record=RECORD, left_out=(1,)))),
    Remove(name="bets"),
    Disable(name="shipped.gambling"),
    Enable(name="shipped.gambling"),
    Restore(digest="b" * 64, lists=(INFO,), disabled=("shipped.games",)),
    Withhold(list="bets", kind=EntryKind.HOST, entry="bet.test", why=WithheldWhy.WITHDRAWN),
    Release(list="bets", kind=EntryKind.PREFIX, entry="example.org/casino"),
    NeverDecrypt(text="# none\n"),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.what)
def test_a_stored_change_is_read_again_as_it_was(change: ListChange) -> None:
    stored = json.loads(json.dumps(change.model_dump(mode="json")))
    assert CHANGE.validate_python(stored) == change


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param({"what": "purge", "name": "bets"}, id="an-unknown-change"),
        pytest.param({"name": "bets"}, id="no-change-named"),
        pytest.param({"what": "remove", "name": "bets", "also": "games"}, id="more-than-is-known"),
        pytest.param({"what": "withhold", "list": "a", "kind": "host", "entry": "b"}, id="no-why"),
    ],
)
def test_what_is_no_change_is_not_read(stored: object) -> None:
    with pytest.raises(ValidationError):
        CHANGE.validate_python(stored)


def test_each_withholding_has_a_reference_of_its_own() -> None:
    one, other = (
        Withhold(list="bets", kind=EntryKind.HOST, entry="bet.test", why=WithheldWhy.REFUSED) for _ in "12"
    )
    assert one.id != other.id


def test_quarantined_and_waiting_entries_are_undecided_and_no_others() -> None:
    assert [why.value for why in WithheldWhy if why.undecided] == ["quarantined", "waiting"]


@pytest.mark.parametrize(
    "part",
    [{"name": "../own"}, {"name": "a/b"}, {"name": "own\n"}, {"sha256": "../" + "a" * 61}, {"sha256": ""}],
)
def test_what_is_no_name_of_a_file_is_no_record(part: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="should match pattern"):
        ListRecord(**{**RECORD.model_dump(), **part})
