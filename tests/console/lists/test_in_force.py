"""Killed between any two steps: what is in force is on the record, once somebody has looked."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from categories.library_files import LibraryFiles
from categories.store import RulesetStore
from console.cli.storage import open_store
from console.cli.workplace import Workplace, workplace
from console.lists.in_force import FOUND
from db.ruleset_history import RulesetHistory
from policy.errors import Away, DatabaseAway
from tests.console.lists.changing import put


def covered(place: Workplace, host: str) -> bool:
    return bool(place.store.open_current().matches(host))


def on_record(place: Workplace) -> list[tuple[str, str]]:
    return [(past.what, past.digest) for past in open_store(RulesetHistory, place).all()]


def agrees(place: Workplace) -> bool:
    """Whether the library, the record and what is in force tell one story."""
    newest = open_store(RulesetHistory, place).newest()
    current = place.store.current_digest()
    if newest is None or current is None or newest.digest != current:
        return False
    infos = {info.name: info.sha256 for info in place.store.open_current().lists}
    return infos == {source.name: source.record.sha256 for source in place.library.items()}


def killed(call: Callable[[], object]) -> None:
    """Do it in a process that ends as by SIGKILL, without a chance to put anything right."""
    child = os.fork()
    if child == 0:
        try:
            call()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 9


def die(*_: object, **__: object) -> None:
    os._exit(9)


def before_the_step(patch: pytest.MonkeyPatch, owner: type, name: str) -> None:
    patch.setattr(owner, name, die)


def after_the_step(patch: pytest.MonkeyPatch, owner: type, name: str) -> None:
    step = getattr(owner, name)

    def then_die(*arguments: object, **named: object) -> None:
        step(*arguments, **named)
        os._exit(9)

    patch.setattr(owner, name, then_die)


@pytest.mark.parametrize(
    ("kill", "owner", "step", "new", "recorded"),
    [
        pytest.param(before_the_step, LibraryFiles, "prepare", False, None, id="before-anything"),
        pytest.param(after_the_step, LibraryFiles, "prepare", False, None, id="prepared"),
        pytest.param(after_the_step, RulesetStore, "put_in_force", True, FOUND, id="in-force-not-recorded"),
        pytest.param(before_the_step, LibraryFiles, "settle", True, "put", id="recorded-not-kept"),
        pytest.param(after_the_step, LibraryFiles, "become", True, "put", id="kept-not-tidied"),
        pytest.param(before_the_step, RulesetStore, "prune", True, "put", id="all-but-tidied"),
    ],
)
def test_a_change_that_is_killed_is_whole_or_never_was(
    place: Workplace,
    monkeypatch: pytest.MonkeyPatch,
    kill: Callable[[pytest.MonkeyPatch, type, str], None],
    owner: type,
    step: str,
    new: bool,
    recorded: str | None,
) -> None:
    before = on_record(place)

    def change() -> None:
        kill(monkeypatch, owner, step)
        put("own", "bad-one.test", "bad-two.test")

    killed(change)
    assert covered(place, "bad-two.test") is new, "what is in force is never half of anything"
    assert covered(place, "bad-one.test")
    put("other", "bad-three.test")  # whoever comes next
    assert agrees(place)
    assert covered(place, "bad-two.test") is new
    words = [what for what, _ in on_record(place)[: -len(before)]]
    assert words == (["put"] if recorded is None else ["put", recorded])


def test_what_a_first_start_built_is_found_and_recorded(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = workplace()
    first = place.store.current_digest()
    assert on_record(place) == []
    done = put("own", "bad-one.test")
    assert on_record(place) == [("put", done.digest), (FOUND, first)]
    assert agrees(place)


def test_a_commit_that_fails_puts_the_former_ruleset_back(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, former = on_record(place), place.store.current_digest()
    real = RulesetStore.put_in_force
    seen: list[str] = []

    def and_then_the_database_goes(self: RulesetStore, digest: str) -> None:
        real(self, digest)
        seen.append(digest)
        if len(seen) == 1:
            raise DatabaseAway("the database: went away at the commit")

    with monkeypatch.context() as patch:
        patch.setattr(RulesetStore, "put_in_force", and_then_the_database_goes)
        with pytest.raises(DatabaseAway):
            put("own", "bad-one.test", "bad-two.test")
    assert place.store.current_digest() == former == seen[-1]
    assert on_record(place) == before
    assert agrees(place)
    assert place.library.files.becoming() is None


def gone(self: RulesetStore, digest: str) -> None:
    """The database goes away once the Ruleset is in force."""
    put_in_force(self, digest)
    raise DatabaseAway("the database: went away at the commit")


put_in_force = RulesetStore.put_in_force


def test_a_first_ruleset_whose_commit_fails_is_not_in_force(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = workplace()
    place.store.put_back(None)
    with monkeypatch.context() as patch:
        patch.setattr(RulesetStore, "put_in_force", gone)
        with pytest.raises(DatabaseAway):
            put("own", "bad-one.test")
    assert place.store.current_digest() is None
    assert on_record(place) == []
    assert place.library.files.becoming() is None


def test_where_the_former_ruleset_does_not_open_the_new_one_stays_and_is_found(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an update of the product what is in force may be of another engine."""
    former = place.store.current_digest()
    assert former is not None
    (place.store.folder(former) / "manifest.json").write_text("{}")
    with monkeypatch.context() as patch:
        patch.setattr(RulesetStore, "put_in_force", gone)
        patch.setattr(RulesetStore, "put_back", put_in_force)
        with pytest.raises(DatabaseAway):
            put("own", "bad-one.test", "bad-two.test")
    assert covered(place, "bad-two.test")
    assert put("other", "bad-three.test").notes == ("a change that was stopped half way was finished",)
    assert agrees(place)
    assert [what for what, _ in on_record(place)][:2] == ["put", FOUND]


def test_a_disk_that_is_full_at_the_end_is_told_and_finished_by_the_next(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(LibraryFiles, "become", full)
        with pytest.raises(Away, match=r"is in force and recorded, and .* could not be written"):
            put("own", "bad-one.test", "bad-two.test")
    assert covered(place, "bad-two.test")
    assert put("other", "bad-three.test").notes == ("a change that was stopped half way was finished",)
    assert agrees(place)


def test_a_disk_that_is_full_before_anything_is_in_force_changes_nothing(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = on_record(place)
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(LibraryFiles, "prepare", full)
        with pytest.raises(OSError, match="No space left"):
            put("own", "bad-one.test", "bad-two.test")
    assert on_record(place) == before
    assert agrees(place)


def test_without_the_database_nothing_changes(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    former = place.store.current_digest()
    with monkeypatch.context() as patch:

        def away(self: RulesetHistory) -> None:
            raise DatabaseAway("the database does not answer")

        patch.setattr(RulesetHistory, "newest", away)
        with pytest.raises(DatabaseAway):
            put("own", "bad-one.test", "bad-two.test")
    assert place.store.current_digest() == former
    assert agrees(place)
