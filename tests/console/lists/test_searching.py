"""Since when a list has had an entry, from the history and the texts that were in force."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from categories.search.since import Since, Version
from categories.search.term import HostTerm, TextTerm
from console.lists.searching import search_host, search_text, versions_of
from db.ruleset_history import PastRuleset
from tests.categories.compiled import compiled

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def history(*lists_of_days: Mapping[str, str]) -> list[PastRuleset]:
    """One Ruleset a day, newest first as it is read: the text of each list, named by itself."""
    return [
        PastRuleset(
            id=UUID(int=number),
            at=day(number),
            actor="ann",
            what="put",
            digest=f"{number:064x}",
            engine="3",
            lists=tuple({"name": name, "sha256": text} for name, text in lists.items()),
            entries=1,
            proposal=None,
            proposed_by=None,
            because="a test",
        )
        for number, lists in reversed(list(enumerate(lists_of_days)))
    ]


def text_of(name: str, sha256: str) -> list[bytes] | None:
    return None if sha256 == "gone" else [sha256.replace(" ", "\n").encode()]


def test_the_versions_of_a_list_are_its_different_texts_since_it_was_taken_in() -> None:
    past = history({"a": "1"}, {}, {"a": "1", "b": "x"}, {"a": "2", "b": "x"}, {"a": "2", "b": "x"})
    assert versions_of("a", past) == ([Version(day(2), "1"), Version(day(3), "2")], True)
    assert versions_of("b", past) == ([Version(day(2), "x")], True)
    assert versions_of("c", past) == ([], True)


def test_where_the_history_begins_with_a_list_there_may_have_been_more() -> None:
    assert versions_of("a", history({"a": "1"}, {"a": "1"})) == ([Version(day(0), "1")], False)
    assert versions_of("a", []) == ([], False)


def test_each_entry_has_its_own_since(tmp_path: Path) -> None:
    ruleset = compiled(tmp_path, {"gambling": "bet.test\nwww.bet.test", "games": "bet.test"})
    past = history(
        {},
        {"gambling": "bet.test"},
        {"gambling": "bet.test www.bet.test"},
        {"gambling": "bet.test www.bet.test x.test", "games": "bet.test"},
    )
    found = search_host(ruleset, HostTerm("www.bet.test", "/"), past, text_of, most=5, seconds=9)
    assert [(each.hit.list, each.hit.entry, each.since) for each in found.covering] == [
        ("gambling", "bet.test", Since(day(1), exact=True)),
        ("gambling", "www.bet.test", Since(day(2), exact=True)),
        ("games", "bet.test", Since(day(3), exact=True)),
    ]


def test_an_entry_that_was_left_out_meanwhile_is_there_since_it_was_let_in_again(tmp_path: Path) -> None:
    ruleset = compiled(tmp_path, {"gambling": "bet.test\nx.test"})
    past = history(*[{"gambling": "bet.test x.test"}] * 4)
    withheld = {"name": "gambling", "sha256": "bet.test x.test", "left_out": [1]}
    past[1] = replace(past[1], lists=(withheld,))  # the third day of four

    def begins(host: str) -> Since | None:
        found = search_host(ruleset, HostTerm(host, "/"), past, text_of, most=5, seconds=9)
        return found.covering[0].since

    assert begins("bet.test") == Since(day(3), exact=True)
    assert begins("x.test") == Since(day(0), exact=False), "its own line was never left out"


def test_without_time_or_texts_it_is_said_that_it_may_be_older(tmp_path: Path) -> None:
    ruleset = compiled(tmp_path, {"gambling": "bet.test"})
    past = history({}, {"gambling": "gone"}, {"gambling": "bet.test"})
    for seconds in (9, -1):
        found = search_host(ruleset, HostTerm("bet.test", "/"), past, text_of, most=5, seconds=seconds)
        assert found.covering[0].since == Since(day(2), exact=False)
    found = search_host(ruleset, HostTerm("bet.test", "/"), [], text_of, most=5, seconds=9)
    assert found.covering[0].since is None


def test_a_text_is_counted_in_every_list_and_shown_from_the_first_ones(tmp_path: Path) -> None:
    ruleset = compiled(
        tmp_path, {"gambling": "casino.test\nbet.test", "games": "a-casino.test\ncasino.x.test"}
    )
    texts = {info.sha256: list_text for info, list_text in zip(ruleset.lists, TEXTS, strict=True)}
    found = search_text(ruleset.lists, TextTerm("casino"), lambda name, sha256: [texts[sha256]], most=2)
    assert [(one.list, one.category, one.count) for one in found] == [
        ("games", "games", 2),
        ("gambling", "gambling", 1),
    ]
    assert [(one.list, line.number, line.text) for one in found for line in one.lines] == [
        ("games", 2, "a-casino.test"),
        ("gambling", 2, "casino.test"),
    ]
    assert search_text(ruleset.lists, TextTerm("poker"), lambda name, sha256: [texts[sha256]], most=2) == ()
    assert search_text(ruleset.lists, TextTerm("casino"), lambda name, sha256: None, most=2) == ()


TEXTS = (
    b"# sluicegate-list: 1\ncasino.test\nbet.test\n",
    b"# sluicegate-list: 1\na-casino.test\ncasino.x.test\n",
)
