"""Compiled Rulesets, and the one that is in force."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from categories.build import digest_of
from categories.compile import compile_lists
from categories.durable import unfinished
from categories.manifest import NAME
from categories.store import CurrentRuleset, RulesetStore
from policy.errors import ListRefused
from tests.categories.compiled import BUILT_AT, sources


@pytest.fixture
def store(tmp_path: Path) -> RulesetStore:
    return RulesetStore(tmp_path / "rulesets")


def build(store: RulesetStore, lists: Mapping[str, str]) -> str:
    its_sources = sources(store.root.parent / "texts", lists)
    digest = digest_of(its_sources)
    with store.building() as folder:
        compile_lists(folder, digest, BUILT_AT, its_sources, lambda progress: None)
        store.adopt(folder, digest)
    return digest


def damage(store: RulesetStore, digest: str) -> None:
    (store.folder(digest) / "hosts.trie").write_bytes(b"damaged")


def test_without_a_ruleset_one_line_says_what_to_do(store: RulesetStore) -> None:
    assert store.current_digest() is None
    with pytest.raises(ListRefused, match="no Ruleset is in force; build one: sluicegate lists activate"):
        store.open_current()


def test_what_is_put_in_force_is_what_is_opened(store: RulesetStore) -> None:
    first, second = build(store, {"gambling": "bet.test"}), build(store, {"gambling": "other.test"})
    store.put_in_force(first)
    assert store.open_current().matches("bet.test")
    store.put_in_force(second)
    assert store.current_digest() == second
    assert not store.open_current().matches("bet.test")


@pytest.mark.parametrize("digest", ["0" * 64, "damaged"])
def test_what_does_not_open_is_not_put_in_force(store: RulesetStore, digest: str) -> None:
    good = build(store, {"gambling": "bet.test"})
    store.put_in_force(good)
    if digest == "damaged":
        digest = build(store, {"gambling": "other.test"})
        damage(store, digest)
    with pytest.raises(ListRefused):
        store.put_in_force(digest)
    assert store.current_digest() == good
    assert unfinished(store.root) == []


def test_a_build_that_stops_leaves_no_folder_and_the_next_one_clears_up(store: RulesetStore) -> None:
    with pytest.raises(KeyError), store.building() as folder:
        (folder / "half").write_bytes(b"")
        raise KeyError
    assert [path.name for path in store.root.iterdir()] == [".lock"]
    killed = store.root / ".unfinished-0123"
    killed.mkdir()
    with store.building():
        assert not killed.exists()


def test_only_one_builds_at_a_time(store: RulesetStore) -> None:
    with store.building(), pytest.raises(ListRefused, match="another build is running"), store.building():
        pass
    with store.building():
        pass


def test_a_damaged_folder_is_replaced_by_a_new_one_of_its_name(store: RulesetStore) -> None:
    digest = build(store, {"gambling": "bet.test"})
    damage(store, digest)
    assert build(store, {"gambling": "bet.test"}) == digest
    store.put_in_force(digest)
    with store.building():
        pass
    assert sorted(path.name for path in store.root.iterdir()) == sorted([".lock", "current", digest])


def test_pruning_keeps_the_one_in_force_and_the_newest_others(store: RulesetStore) -> None:
    digests = [build(store, {"gambling": f"bet{number}.test"}) for number in range(5)]
    for age, digest in enumerate(reversed(digests)):
        os.utime(store.folder(digest), (1000 - age, 1000 - age))
    store.put_in_force(digests[0])
    store.prune(keep=2)
    assert {path.name for path in store.root.iterdir() if path.name in digests} == {
        digests[0],
        digests[3],
        digests[4],
    }


def test_a_worker_sees_the_next_ruleset_and_only_then_says_so(store: RulesetStore) -> None:
    store.put_in_force(build(store, {"gambling": "bet.test"}))
    current = CurrentRuleset(store)
    assert current.refresh() is False
    store.put_in_force(build(store, {"gambling": "other.test"}))
    assert current.ruleset.matches("bet.test")
    assert current.refresh() is True
    assert not current.ruleset.matches("bet.test")
    assert current.refresh() is False


def test_a_worker_goes_on_with_a_ruleset_whose_folder_is_removed(store: RulesetStore) -> None:
    """Its files live as long as they are mapped."""
    store.put_in_force(build(store, {"gambling": "bet.test\nkeyword:casino"}))
    current = CurrentRuleset(store)
    store.put_in_force(build(store, {"gambling": "other.test"}))
    store.prune(keep=0)
    assert current.ruleset.matches("www.bet.test", "/casino")
    assert not store.folder(current.ruleset.digest).exists()


def test_a_ruleset_that_does_not_open_changes_nothing_and_is_reported_once(
    store: RulesetStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.put_in_force(build(store, {"gambling": "bet.test"}))
    current = CurrentRuleset(store)
    digest = build(store, {"gambling": "other.test"})
    store.put_in_force(digest)
    damage(store, digest)
    with caplog.at_level(logging.ERROR):
        assert [current.refresh() for _ in range(3)] == [False] * 3
    assert current.ruleset.matches("bet.test")
    assert len(caplog.messages) == 1
    assert "hosts.trie: is damaged" in caplog.messages[0]


def test_once_it_is_mended_and_put_in_force_again_it_is_taken(store: RulesetStore) -> None:
    store.put_in_force(build(store, {"gambling": "bet.test"}))
    current = CurrentRuleset(store)
    digest = build(store, {"gambling": "other.test"})
    store.put_in_force(digest)
    manifest = store.folder(digest) / NAME
    content = manifest.read_bytes()
    manifest.unlink()
    assert not current.refresh()
    manifest.write_bytes(content)
    store.put_in_force(digest)
    assert current.refresh()
    assert current.ruleset.digest == digest


def test_a_worker_without_any_ruleset_does_not_start(store: RulesetStore) -> None:
    with pytest.raises(ListRefused, match="no Ruleset is in force"):
        CurrentRuleset(store)
