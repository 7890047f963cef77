"""What each change makes of a library's state, and what it refuses to make."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from categories.library_state import LibraryState, changed, leaving_out, list_and_text
from categories.list_change import (
    Disable,
    Enable,
    LetIn,
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
from policy.errors import ListRefused
from policy.words import EntryKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHIPPED = frozenset({"shipped.gambling", "shipped.games"})
HOST = EntryKind.HOST


def record(name: str, sha256: str = "a") -> ListRecord:
    return ListRecord(
        name=name,
        category="gambling",
        format="hosts",
        entries=2,
        bad_lines=0,
        lines=2,
        size=9,
        sha256=sha256 * 64,
    )


def info(name: str, sha256: str = "a", left_out: tuple[int, ...] = ()) -> ListInfo:
    known = record(name, sha256).model_dump(include=set(ListInfo.model_fields))
    return ListInfo(**known, left_out=left_out)


def state_with(*names: str, disabled: frozenset[str] = frozenset()) -> LibraryState:
    return LibraryState(records={name: record(name) for name in names}, disabled=disabled)


def after(state: LibraryState, *changes: ListChange) -> LibraryState:
    for change in changes:
        state = changed(state, change, SHIPPED, at=NOW, because="it says so")
    return state


def test_an_update_is_all_its_lists_at_once() -> None:
    puts = (Put(record=record("bets", "b"), left_out=(1,)), Put(record=record("games", "c")))
    state = state_with("bets", "other", disabled=frozenset({"games"}))
    assert after(state, Update(puts=puts)) == after(state, *puts)


def withhold(entry: str, why: WithheldWhy = WithheldWhy.WITHDRAWN, name: str = "bets") -> Withhold:
    return Withhold(list=name, kind=HOST, entry=entry, why=why)


def test_a_list_that_is_put_replaces_the_one_of_its_name_and_takes_part() -> None:
    state = after(
        state_with("bets", "games", disabled=frozenset({"bets"})),
        Put(record=record("bets", "b"), left_out=(3,)),
    )
    assert {name: one.sha256[0] for name, one in state.records.items()} == {"bets": "b", "games": "a"}
    assert state.disabled == frozenset()
    assert state.left_out == {list_and_text("bets", "b" * 64): frozenset({3})}


def test_lines_left_out_add_up_for_one_text_and_not_for_another() -> None:
    state = leaving_out(state_with("bets"), record("bets"), frozenset({1}))
    state = leaving_out(state, record("bets"), frozenset({4}))
    state = leaving_out(state, record("bets", "b"), frozenset({2}))
    assert sorted(map(sorted, state.left_out.values())) == [[1, 4], [2]]


def test_a_removed_list_is_forgotten_with_its_being_disabled() -> None:
    state = after(state_with("bets", "games", disabled=frozenset({"bets"})), Remove(name="bets"))
    assert (set(state.records), state.disabled) == ({"games"}, frozenset())


def test_a_shipped_list_is_disabled_and_enabled() -> None:
    off = after(state_with(), Disable(name="shipped.games"))
    assert off.disabled == {"shipped.games"}
    assert after(off, Enable(name="shipped.games")) == state_with()


def test_a_withheld_entry_says_who_withheld_it_why_and_when() -> None:
    change = withhold("bet.test")
    (held,) = after(state_with("bets"), change).withheld
    assert (held.id, held.entry, held.why, held.at) == (change.id, "bet.test", WithheldWhy.WITHDRAWN, NOW)
    assert (held.because, held.text, held.lines) == ("it says so", "", ())


def test_a_later_word_on_an_entry_replaces_the_earlier() -> None:
    waiting = after(state_with("bets"), withhold("bet.test", WithheldWhy.QUARANTINED), withhold("other.test"))
    refused = after(waiting, withhold("bet.test", WithheldWhy.REFUSED))
    assert [(held.entry, held.why.value) for held in refused.withheld] == [
        ("other.test", "withdrawn"),
        ("bet.test", "refused"),
    ]


def test_a_released_entry_comes_in_and_a_withdrawn_one_goes_out_again() -> None:
    release = Release(list="bets", kind=HOST, entry="bet.test")
    released = after(state_with("bets"), withhold("bet.test", WithheldWhy.WAITING), release)
    assert released.withheld == ()
    assert released.let_in == (LetIn(list="bets", kind=HOST, entry="bet.test"),)
    assert after(released, withhold("bet.test")).let_in == ()


def test_a_restored_ruleset_brings_its_imported_lists_and_their_lines_left_out() -> None:
    now = leaving_out(state_with("bets", "games"), record("bets"), frozenset({1, 9}))
    then = Restore(
        digest="d" * 64, lists=(info("bets", left_out=(9,)), info("old", "c"), info("shipped.games"))
    )
    state = after(now, then)
    assert {name: one.sha256[0] for name, one in state.records.items()} == {"bets": "a", "old": "c"}
    assert state.left_out == {list_and_text("bets", "a" * 64): frozenset({9})}


def test_a_restored_ruleset_keeps_what_is_disabled_and_what_is_withheld() -> None:
    """An entry found wrong stays out, also of the lists of a time when nobody knew it."""
    now = after(state_with("bets", "games"), withhold("bet.test"), Disable(name="games"))
    state = after(now, Restore(digest="d" * 64, lists=(info("bets", "c"),), disabled=("shipped.games",)))
    assert set(state.records) == {"bets", "games"}
    assert state.disabled == {"games", "shipped.games"}
    assert [held.entry for held in state.withheld] == ["bet.test"]


def test_a_restored_ruleset_enables_the_lists_it_had() -> None:
    now = state_with("bets", disabled=frozenset({"bets", "shipped.games"}))
    state = after(now, Restore(digest="d" * 64, lists=(info("bets"), info("shipped.games"))))
    assert state.disabled == frozenset()


def test_the_never_decrypt_list_is_put_and_taken_away() -> None:
    put = after(state_with(), NeverDecrypt(text="# ours\n"))
    assert put.never_decrypt == "# ours\n"
    assert after(put, NeverDecrypt(text="")) == state_with()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(lambda: Remove(name="other"), "no list has this name; there are: bets", id="remove"),
        pytest.param(
            lambda: Remove(name="shipped.games"), "lists disable shipped.games", id="remove-shipped"
        ),
        pytest.param(lambda: Disable(name="other"), "no list has this name", id="disable"),
        pytest.param(lambda: Disable(name="shipped.chess"), "no list has this name", id="disable-shipped"),
        pytest.param(lambda: Enable(name="bets"), "bets: is not disabled", id="enable"),
        pytest.param(lambda: withhold("a.test", name="other"), "no list has this name", id="withhold"),
        pytest.param(
            lambda: Release(list="bets", kind=HOST, entry="a.test"), "is not withheld", id="release"
        ),
        pytest.param(lambda: NeverDecrypt(text=""), "is this one already", id="never-decrypt"),
    ],
)
def test_what_would_change_nothing_is_refused(change: Callable[[], ListChange], why: str) -> None:
    with pytest.raises(ListRefused, match=why):
        after(state_with("bets"), change())


def test_what_is_so_already_is_refused() -> None:
    off = state_with("bets", disabled=frozenset({"bets"}))
    with pytest.raises(ListRefused, match="bets: is disabled already"):
        after(off, Disable(name="bets"))
    out = after(off, withhold("bet.test"))
    with pytest.raises(ListRefused, match=r"bet\.test: is withdrawn already"):
        after(out, withhold("bet.test"))
    with pytest.raises(ListRefused, match=r"bet\.test: is withdrawn and stays out as it is"):
        after(out, withhold("bet.test", WithheldWhy.REFUSED))


def test_no_list_takes_the_place_of_a_shipped_one() -> None:
    with pytest.raises(ListRefused, match=r"shipped\.games: lists that come with the product begin so"):
        after(state_with("bets"), Put(record=record("shipped.games")))


@pytest.mark.parametrize("name", ["../../etc/cron", "a/b", ".becoming", ""])
def test_a_ruleset_that_nobody_can_have_had_in_force_is_not_restored(name: str) -> None:
    made_up = info("bets").model_copy(update={"name": name})
    with pytest.raises(ListRefused, match="cannot be a list of a Ruleset"):
        after(state_with("bets"), Restore(digest="d" * 64, lists=(made_up,)))


def test_what_is_known_of_a_text_beyond_a_ruleset_is_not_lost_by_restoring_it() -> None:
    known = record("bets").model_copy(update={"not_applicable": 7, "exceptions": 2})
    now = LibraryState(records={"bets": known})
    assert after(now, Restore(digest="d" * 64, lists=(info("bets"),))).records == {"bets": known}
