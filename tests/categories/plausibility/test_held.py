"""An entry that is held back."""

from dataclasses import replace

from categories.check import Conflict
from categories.list_change import WithheldWhy
from categories.plausibility.held import Held, held
from categories.readers.confidential import ENTRY
from policy.match import Match
from policy.words import EntryKind, FoundBy

MATCH = Match("malware", "feed", 7, "com.cn", EntryKind.HOST, FoundBy.HOST_INDEX, "com.cn")


def test_what_is_held_is_the_entry_of_a_match_and_why() -> None:
    one = held(MATCH, WithheldWhy.REFUSED, "com.cn", "a public suffix")
    assert one == Held(
        "feed", 7, EntryKind.HOST, "com.cn", "malware", WithheldWhy.REFUSED, "com.cn", "a public suffix"
    )
    assert str(one) == "feed line 7: com.cn: refused: a public suffix"


def test_of_a_confidential_entry_only_where_it_is_is_told() -> None:
    entry = f"{ENTRY}{'0a' * 16}"
    match = replace(MATCH, entry=entry, found_by=FoundBy.CONFIDENTIAL, name="clinic.test")
    conflict = Conflict("clinic.test", "help", "feed", 7, EntryKind.HOST, entry, "malware")
    for found in (match, conflict):
        one = held(found, WithheldWhy.QUARANTINED, "clinic.test", "it covers clinic.test, which is help")
        assert (one.line, one.key, one.host) == (7, ("feed", EntryKind.HOST, entry), "")
        assert "clinic" not in str(one)


def test_the_key_of_an_entry_is_not_its_line() -> None:
    """The next text has it elsewhere."""
    one = held(MATCH, WithheldWhy.REFUSED, "com.cn", "a public suffix")
    assert one.key == ("feed", EntryKind.HOST, "com.cn")
