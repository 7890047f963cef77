"""Which lists are in force, how many entries, how old."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from addons.observe.lists import ListsInForce
from categories.manifest import ListInfo, write_manifest

BUILT = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def info(name: str, category: str, entries: int) -> ListInfo:
    return ListInfo(
        name=name,
        category=category,
        format="native",
        entries=entries,
        bad_lines=0,
        lines=entries,
        sha256="0" * 64,
    )


def put_in_force(rulesets: Path, digest: str, *lists: ListInfo) -> None:
    """A folder with a manifest, and the link to it."""
    (rulesets / digest).mkdir(parents=True)
    write_manifest(rulesets / digest, digest, BUILT, lists)
    link = rulesets / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(digest)


def read_in(lists: Path, name: str, at: datetime) -> None:
    lists.mkdir(exist_ok=True)
    (lists / f"{name}.json").write_text("{}")
    os.utime(lists / f"{name}.json", (at.timestamp(), at.timestamp()))


def test_lists_are_counted_by_category_and_dated_by_when_they_were_read(tmp_path: Path) -> None:
    rulesets, lists = tmp_path / "rulesets", tmp_path / "lists"
    put_in_force(
        rulesets,
        "d1",
        info("ut1", "gambling", 50),
        info("own", "gambling", 3),
        info("shipped.help", "help", 7),
    )
    read_in(lists, "ut1", BUILT - timedelta(days=9))
    read_in(lists, "own", BUILT - timedelta(days=1))
    read_in(lists, "not-in-force", BUILT - timedelta(days=99))
    found = ListsInForce(rulesets, lists).look()
    assert found is not None
    assert (found.digest, found.built_at) == ("d1", BUILT)
    assert (found.lists, found.entries) == ({"gambling": 2, "help": 1}, {"gambling": 53, "help": 7})
    assert found.oldest == BUILT - timedelta(days=9)


def test_a_feed_that_confirms_what_there_is_is_as_good_as_one_that_brings_it(tmp_path: Path) -> None:
    rulesets, lists = tmp_path / "rulesets", tmp_path / "lists"
    put_in_force(rulesets, "d1", info("ut1", "gambling", 50), info("own", "gambling", 3))
    read_in(lists, "ut1", BUILT - timedelta(days=90))
    read_in(lists, "own", BUILT - timedelta(days=9))
    well_at = {"ut1": BUILT, "own": BUILT - timedelta(days=10), "shipped.help": BUILT}
    found = ListsInForce(rulesets, lists).look(well_at)
    assert found is not None
    assert found.oldest == BUILT - timedelta(days=9)


def test_lists_that_came_with_the_product_have_no_age_of_their_own(tmp_path: Path) -> None:
    put_in_force(tmp_path, "d1", info("shipped.help", "help", 7))
    found = ListsInForce(tmp_path, tmp_path / "lists").look()
    assert found is not None
    assert found.oldest is None


def test_another_ruleset_is_seen_with_the_next_look(tmp_path: Path) -> None:
    put_in_force(tmp_path, "d1", info("ut1", "gambling", 50))
    in_force = ListsInForce(tmp_path, tmp_path)
    assert in_force.look() == in_force.look()
    put_in_force(tmp_path, "d2", info("ut1", "gambling", 51))
    found = in_force.look()
    assert found is not None
    assert (found.digest, found.entries) == ("d2", {"gambling": 51})


def test_no_ruleset_and_one_that_does_not_read_are_unknown(tmp_path: Path) -> None:
    assert ListsInForce(tmp_path, tmp_path).look() is None
    put_in_force(tmp_path, "d1", info("ut1", "gambling", 50))
    in_force = ListsInForce(tmp_path, tmp_path)
    (tmp_path / "d1" / "manifest.json").write_text("{}")
    assert in_force.look() is None
