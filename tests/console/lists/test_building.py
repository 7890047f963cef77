"""What could be in force is built without what is held back, and nothing is changed by it."""

import pytest

from categories.list_change import NeverDecrypt, Release, WithheldWhy
from console.cli.storage import open_store
from console.cli.workplace import Workplace, workplace
from console.lists.building import Builder, Built
from db.ruleset_history import RulesetHistory
from policy.errors import ConfigurationError, ListRefused
from policy.words import EntryKind
from tests.console.lists.changing import put_of


def builder() -> Builder:
    place = workplace()
    return Builder(place, place.library, open_store(RulesetHistory, place))


def built_with(*hosts: str, leave_out_protected: bool = False) -> Built:
    at = builder()
    change = put_of("own", *hosts).model_copy(update={"leave_out_protected": leave_out_protected})
    return at.of_change(at.library.files.state(), change, "a test", accept_size=True)


def test_what_is_held_back_is_withheld_in_the_state_that_is_built(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__PROTECTED_HOSTS", '["town.test"]')
    built = built_with("bad-one.test", "town.test")
    assert [held.entry for held in built.held] == ["town.test"]
    assert [(each.entry, each.why, each.lines) for each in built.state.withheld] == [
        ("town.test", WithheldWhy.QUARANTINED, (2,))
    ]
    assert built.report is not None
    assert place.store.opens(built.report.digest)
    assert place.library.files.state().withheld == (), "nothing has changed"
    quietly = built_with("bad-one.test", "town.test", leave_out_protected=True)
    assert [each.why for each in quietly.state.withheld] == [WithheldWhy.REFUSED]
    assert quietly.report is not None
    assert quietly.report.digest == built.report.digest


def test_what_can_never_be_let_in_is_refused(place: Workplace) -> None:
    at = builder()
    built = built_with("bad-one.test", "co.uk")
    assert [(held.entry, held.why) for held in built.held] == [("co.uk", WithheldWhy.REFUSED)]
    release = Release(list="own", kind=EntryKind.HOST, entry="co.uk")
    with pytest.raises(ListRefused, match=r"co\.uk cannot be let in: "):
        at.of_change(built.state, release, "a test", accept_size=True)


def test_a_never_decrypt_list_is_read_and_not_built(place: Workplace) -> None:
    at, before = builder(), place.library.files.state()
    assert at.of_change(before, NeverDecrypt(text="# none"), "a test", accept_size=True).report is None
    with pytest.raises(ConfigurationError, match="not a TOML file"):
        at.of_change(before, NeverDecrypt(text="[["), "a test", accept_size=True)
