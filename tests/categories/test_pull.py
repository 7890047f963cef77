"""Taking Rulesets from a shared folder: what is whole comes, all else changes nothing."""

import json
import logging
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from categories.build import activate
from categories.confidential.key import make_key
from categories.durable import unfinished
from categories.library import ListLibrary
from categories.pull import keep_pulling, pull
from categories.store import CurrentRuleset, RulesetStore
from policy.document import SHIPPED
from policy.errors import ListRefused
from tests.categories.compiled import source as list_source


@pytest.fixture
def shared(tmp_path: Path) -> RulesetStore:
    store = RulesetStore(tmp_path / "shared" / "rulesets")
    put(tmp_path, store, "bet.test")
    return store


@pytest.fixture
def own(tmp_path: Path) -> RulesetStore:
    return RulesetStore(tmp_path / "own")


def put(tmp_path: Path, store: RulesetStore, text: str) -> str:
    library = ListLibrary(tmp_path / "shared" / "lists", shipped=None)
    return activate(library, store, SHIPPED, staged=[list_source(library, tmp_path, "gambling", text)]).digest


def test_what_is_in_force_there_is_in_force_here_and_needs_nothing_from_there(
    shared: RulesetStore, own: RulesetStore, tmp_path: Path
) -> None:
    assert pull(shared, own) == shared.current_digest() == own.current_digest()
    assert pull(shared, own) is None
    worker = CurrentRuleset(own)
    shutil.rmtree(tmp_path / "shared")
    assert worker.ruleset.matches("bet.test")
    assert own.open_current().matches("bet.test")


def test_another_one_is_taken_and_going_back_copies_nothing(
    shared: RulesetStore, own: RulesetStore, tmp_path: Path
) -> None:
    first = pull(shared, own)
    assert first is not None
    second = put(tmp_path, shared, "other.test")
    assert pull(shared, own) == second
    shared.put_in_force(first)
    for path in shared.folder(first).iterdir():
        if path.name != "manifest.json":
            path.unlink()
    assert pull(shared, own) == first


def test_a_ruleset_with_confidential_lists_is_taken_with_their_key_alone(
    shared: RulesetStore, own: RulesetStore, tmp_path: Path
) -> None:
    before = pull(shared, own)
    library = ListLibrary(tmp_path / "shared" / "lists", shipped=None)
    (tmp_path / "hidden.txt").write_text("hidden.test\n")
    digester = make_key(shared.key_file)
    hidden = library.read_in("hidden", "gambling", tmp_path / "hidden.txt", digester=digester)
    digest = activate(library, shared, SHIPPED, staged=[hidden]).digest
    with pytest.raises(ListRefused, match="has confidential lists, and their key is not here"):
        pull(shared, own)
    assert own.current_digest() == before
    make_key(own.key_file)
    with pytest.raises(ListRefused, match="its confidential lists are of the key"):
        pull(shared, own)
    own.key_file.unlink()
    shutil.copy(shared.key_file, own.key_file)
    assert pull(shared, own) == digest
    assert own.open_current().matches("www.hidden.test")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Nothing in the folder may take long, or more memory or disk than a Ruleset does."""

    def too_long(*_: object) -> None:
        raise AssertionError("it took too long")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _gone(store: RulesetStore) -> None:
    shutil.rmtree(store.root.parent)


def _an_empty_mount_point(store: RulesetStore) -> None:
    shutil.rmtree(store.root.parent)
    store.root.parent.mkdir()


def _of(name: str, change: Callable[[Path], object]) -> Callable[[RulesetStore], None]:
    def damage(store: RulesetStore) -> None:
        change(store.folder(store.current_digest() or "") / name)

    return damage


def _linked(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _names_a_file_above(path: Path) -> None:
    path.write_text(path.read_text().replace('"hosts.trie"', '"../hosts.trie"'))


def _a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _says(size: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        content = json.loads(path.read_text())
        content["files"]["hosts.trie"]["size"] = size
        path.write_text(json.dumps(content))

    return change


def _without_end(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(1 << 40)  # takes no room there, and would here


def _larger_than_a_disk(path: Path) -> None:
    _says(1 << 40)(path)
    _without_end(path.with_name("hosts.trie"))


def _less_than_nothing(path: Path) -> None:
    _says(-1)(path)
    _without_end(path.with_name("hosts.trie"))


def _leads_elsewhere(store: RulesetStore) -> None:
    (store.root / "current").unlink()
    (store.root / "current").symlink_to("..")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(_gone, id="gone"),
        pytest.param(_an_empty_mount_point, id="an-empty-mount-point"),
        pytest.param(_leads_elsewhere, id="a-link-that-leads-elsewhere"),
        pytest.param(_of("hosts.trie", Path.unlink), id="a-file-missing"),
        pytest.param(_of("hosts.trie", _flipped), id="a-bit-flipped"),
        pytest.param(_of("hosts.trie", _linked), id="a-link-to-a-file-of-this-machine"),
        pytest.param(_of("hosts.trie", lambda path: path.write_bytes(b"")), id="cut-off"),
        pytest.param(_of("manifest.json", lambda path: path.write_bytes(b"{}")), id="no-manifest"),
        pytest.param(_of("manifest.json", _names_a_file_above), id="a-manifest-that-names-a-file-above"),
        pytest.param(_of("manifest.json", _a_pipe), id="a-manifest-that-is-a-pipe"),
        pytest.param(_of("manifest.json", _without_end), id="a-manifest-without-end"),
        pytest.param(_of("manifest.json", _larger_than_a_disk), id="larger-than-a-disk"),
        pytest.param(_of("manifest.json", _less_than_nothing), id="less-than-nothing"),
    ],
)
def test_a_shared_folder_that_is_away_or_damaged_changes_nothing(
    shared: RulesetStore, own: RulesetStore, tmp_path: Path, damage: Callable[[RulesetStore], None]
) -> None:
    before = pull(shared, own)
    put(tmp_path, shared, "other.test")
    damage(shared)
    with pytest.raises((ListRefused, OSError)), within(2.0):
        pull(shared, own)
    assert own.current_digest() == before
    assert own.open_current().matches("bet.test")
    assert unfinished(own.root) == []


def test_a_ruleset_under_another_ones_name_is_refused(
    shared: RulesetStore, own: RulesetStore, tmp_path: Path
) -> None:
    first = shared.current_digest() or ""
    second = put(tmp_path, shared, "other.test")
    shutil.rmtree(shared.folder(second))
    shutil.copytree(shared.folder(first), shared.folder(second))
    with pytest.raises(ListRefused, match="another Ruleset than its name says"):
        pull(shared, own)
    assert own.current_digest() is None


def _note(well: list[str | None], own: RulesetStore) -> None:
    well.append(own.current_digest())


def test_trouble_is_said_once_and_when_it_is_over(
    shared: RulesetStore, own: RulesetStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    away = shared.root.with_name("away")
    shared.root.rename(away)
    stop = threading.Event()
    well: list[str | None] = []
    look = partial(_note, well, own)
    pulling = threading.Thread(target=keep_pulling, args=(shared, own, stop, look))
    pulling.start()
    time.sleep(1.3)
    away.rename(shared.root)
    until = time.monotonic() + 5
    while own.current_digest() is None and time.monotonic() < until:
        time.sleep(0.02)
    stop.set()
    pulling.join()
    assert own.current_digest() == shared.current_digest()
    assert set(well) == {shared.current_digest()}, "all is well once it is in force here, and not before"
    said = [record.getMessage() for record in caplog.records if record.name == "categories.pull"]
    assert len(said) == 3
    assert "the Ruleset in force stays" in said[0]
    assert said[1] == "Rulesets are taken from the shared folder again"
    assert said[2].endswith("is in force")


def test_a_damaged_ruleset_is_said_once_and_by_the_name_that_it_has_there(
    shared: RulesetStore, own: RulesetStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("categories.pull.AGAIN_SECONDS", 0.05)
    _of("hosts.trie", _flipped)(shared)
    stop = threading.Event()
    well: list[str | None] = []
    look = partial(_note, well, own)
    pulling = threading.Thread(target=keep_pulling, args=(shared, own, stop, look))
    pulling.start()
    time.sleep(1.2)
    stop.set()
    pulling.join()
    (said,) = [record.getMessage() for record in caplog.records if record.name == "categories.pull"]
    assert f"{shared.root / (shared.current_digest() or '')}/hosts.trie: is damaged" in said
    assert well == []
