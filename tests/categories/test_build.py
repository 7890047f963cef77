"""Building, in a process of its own, and putting in force."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from categories import ENGINE
from categories import build as build_module
from categories.build import activate, build, build_lists, digest_of
from categories.check import RulesetConflicts
from categories.compile import Progress
from categories.confidential.key import make_key
from categories.durable import unfinished
from categories.library import ListLibrary, SourceList
from categories.list_change import LetIn
from categories.plausibility.yardstick import Yardstick
from categories.ruleset import Ruleset
from categories.store import RulesetStore
from policy.document import SHIPPED
from policy.errors import ConfigurationError, ListRefused
from policy.words import EntryKind
from tests.categories.compiled import source


@pytest.fixture
def library(tmp_path: Path) -> ListLibrary:
    return ListLibrary(tmp_path / "lists", shipped=None)


@pytest.fixture
def store(tmp_path: Path) -> RulesetStore:
    return RulesetStore(tmp_path / "rulesets")


def test_a_build_is_reported_and_found_again(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    library.put(source(library, tmp_path, "gambling", "bet.test\nnot an entry\na.test\nb.test"))
    progress: list[Progress] = []
    report = build(library, store, SHIPPED, progress.append)
    assert report.built
    assert [(each.name, each.entries, each.bad_lines) for each in report.lists] == [("gambling", 3, 1)]
    assert report.seconds > 0
    assert report.peak_bytes > 10_000_000
    assert {each.step for each in progress} == {"read", "index", "check"}
    assert Ruleset.open(store.folder(report.digest)).matches("bet.test")
    assert store.current_digest() is None, "nothing is put in force by building"
    again = build(library, store, SHIPPED)
    assert not again.built
    assert again.digest == report.digest


def test_what_is_activated_is_kept_and_in_force(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    report = activate(library, store, SHIPPED, staged=[source(library, tmp_path, "gambling", "bet.test")])
    assert store.current_digest() == report.digest
    assert [each.name for each in library.items()] == ["gambling"]
    assert store.open_current().matches("www.bet.test")


@pytest.mark.parametrize("conflict", [True, False], ids=["a-conflict", "no-rule"])
def test_a_refused_ruleset_changes_nothing(
    library: ListLibrary, store: RulesetStore, tmp_path: Path, *, conflict: bool
) -> None:
    help_list = source(library, tmp_path, "help", "help.test")
    before = activate(library, store, SHIPPED, staged=[help_list]).digest
    category = "gambling" if conflict else "no_such"
    staged = [source(library, tmp_path, "more", "help.test", category)]
    with pytest.raises(ListRefused, match=r"help\.test \(help\) by more line 2" if conflict else "no_such"):
        activate(library, store, SHIPPED, staged=staged)
    assert store.current_digest() == before
    assert [each.name for each in library.items()] == ["help"]
    assert sorted(path.name for path in store.root.iterdir()) == sorted([".lock", "current", before])


def test_conflicts_are_data_and_lines_left_out_stay_so(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    staged = [
        source(library, tmp_path, "gambling", "bet.test\nhelp.test\nother.test"),
        source(library, tmp_path, "help", "help.test"),
    ]
    with pytest.raises(RulesetConflicts) as refused:
        activate(library, store, SHIPPED, staged=staged)
    (conflict,) = refused.value.conflicts
    assert (conflict.host, conflict.list, conflict.line, conflict.category) == (
        "help.test",
        "gambling",
        3,
        "gambling",
    )
    report = activate(library, store, SHIPPED, staged=staged, without={(conflict.list, conflict.line)})
    in_force = store.open_current()
    assert in_force.matches("bet.test")
    assert [match.category for match in in_force.matches("help.test")] == ["help"]
    assert build(library, store, SHIPPED).digest == report.digest, "the choice is remembered"


def test_with_a_yardstick_entries_are_held_back_and_nothing_is_built_until_they_are_left_out(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    helping = source(library, tmp_path, "help", "help.test")
    before = activate(library, store, SHIPPED, staged=[helping]).digest
    text = "bet.test\ncom.cn\nhelp.test\nshop.test\ngithub.io"
    feed = source(library, tmp_path, "gambling", text)
    yardstick = Yardstick(visited=("www.shop.test",))
    report = build_lists([feed, helping], store, SHIPPED, yardstick=yardstick)
    assert [(each.line, each.entry, each.why.value) for each in report.held] == [
        (3, "com.cn", "refused"),
        (4, "help.test", "quarantined"),
        (6, "github.io", "waiting"),
        (5, "shop.test", "waiting"),
    ]
    assert not report.built
    assert not store.folder(report.digest).exists()
    assert store.current_digest() == before
    rest = replace(feed, left_out=frozenset(each.line for each in report.held))
    report = build_lists([rest, helping], store, SHIPPED, yardstick=yardstick)
    assert (report.built, report.held) == (True, ())
    ruleset = Ruleset.open(store.folder(report.digest))
    assert ruleset.matches("bet.test")
    assert not ruleset.matches("somebody.github.io")


def test_of_a_confidential_list_too_entries_are_held_back_and_nothing_is_told_of_them(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    path = tmp_path / "told-to-nobody.txt"
    path.write_text("bet.test\ncom.cn\nhelp.test\nshop.test\ngithub.io\n")
    digester = make_key(store.key_file)
    secret = library.read_in("told", "gambling", path, digester=digester)
    helping = source(library, tmp_path, "help", "help.test")
    activate(library, store, SHIPPED, staged=[helping])
    report = build_lists([secret, helping], store, SHIPPED, yardstick=Yardstick(visited=("shop.test",)))
    found = sorted((each.line, each.why.value) for each in report.held)
    assert found == [(2, "refused"), (3, "quarantined"), (4, "waiting"), (5, "waiting")]
    assert not any(
        word in str(each) for each in report.held for word in ("com.cn", "help.test", "shop", "github")
    )
    assert {each.host for each in report.held} == {""}


def test_what_was_let_in_is_built_and_what_is_in_force_is_no_news(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    feed = source(library, tmp_path, "gambling", "bet.test\ngithub.io")
    let_in = LetIn(list="gambling", kind=EntryKind.HOST, entry="github.io")
    report = build_lists([feed], store, SHIPPED, yardstick=Yardstick(let_in=(let_in,)))
    assert report.held == ()
    store.put_in_force(report.digest)
    newer = source(library, tmp_path, "gambling", "new.test\nbet.test\ngithub.io")
    assert build_lists([newer], store, SHIPPED, yardstick=Yardstick()).held == ()


def test_what_was_in_force_once_and_is_put_back_is_no_news(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    feed = source(library, tmp_path, "gambling", "shop.test\ngithub.io")
    games = source(library, tmp_path, "games", "play.test")
    once = build_lists([feed, games], store, SHIPPED)
    store.put_in_force(build_lists([games], store, SHIPPED).digest)
    visited = ("shop.test",)
    assert len(build_lists([feed, games], store, SHIPPED, yardstick=Yardstick(visited=visited)).held) == 2
    yardstick = Yardstick(visited=visited, known=once.lists)
    assert build_lists([feed, games], store, SHIPPED, yardstick=yardstick).held == ()


def test_a_ruleset_that_is_there_already_is_held_beside_the_one_in_force_too(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    feed = source(library, tmp_path, "gambling", "shop.test")
    built = build_lists([feed], store, SHIPPED).digest
    activate(library, store, SHIPPED, staged=[source(library, tmp_path, "games", "play.test")])
    report = build_lists([feed], store, SHIPPED, yardstick=Yardstick(visited=("shop.test",)))
    assert report.digest == built
    assert [each.entry for each in report.held] == ["shop.test"]


def test_after_an_update_of_the_product_what_is_in_force_is_no_news_either(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    """The engine cannot open the Ruleset in force, and its manifest says which lists it has."""
    feed = source(library, tmp_path, "gambling", "bet.test\ngithub.io\nshop.test")
    _of_another_engine(store, activate(library, store, SHIPPED, staged=[feed]).digest)
    yardstick = Yardstick(visited=("shop.test",))
    assert build_lists([feed], store, SHIPPED, yardstick=yardstick).held == ()
    other = source(library, tmp_path, "gambling", "new.test\nshop.test\ngithub.io")
    held = build_lists([other], store, SHIPPED, yardstick=yardstick).held
    assert [each.entry for each in held] == ["github.io"]


def test_a_list_that_lost_most_of_its_entries_is_refused_unless_that_is_accepted(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    def feed(count: int) -> SourceList:
        return source(library, tmp_path, "gambling", "\n".join(f"bet{at}.test" for at in range(count)))

    before = activate(library, store, SHIPPED, staged=[feed(200)]).digest
    for count, what in ((20, "shrunk from 200 entries to 20"), (2000, "grown from 200 entries to 2,000")):
        with pytest.raises(ListRefused, match=f"gambling: has {what}, .*--accept-size"):
            build_lists([feed(count)], store, SHIPPED, yardstick=Yardstick())
    assert build_lists([feed(20)], store, SHIPPED, yardstick=Yardstick(accept_size=True)).built
    assert build_lists([feed(150)], store, SHIPPED, yardstick=Yardstick()).built
    assert store.current_digest() == before


def test_a_list_is_not_emptied_by_one_name_that_is_held_back_on_every_line(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    """The publisher needs no more than one entry that nobody may let in, and as many others as before."""

    def feed(name: str) -> SourceList:
        text = "".join(f"0.0.0.0 bet{at}.test {name}\n" for at in range(200))
        (tmp_path / "hosts").write_text(text)
        return library.read_in("feed", "gambling", tmp_path / "hosts")

    activate(library, store, SHIPPED, staged=[feed("casino.test")])
    (held,) = build_lists([feed("www.gov.uk")], store, SHIPPED, yardstick=Yardstick()).held
    assert (
        held.because
        == "it covers www.gov.uk, which is protected; 200 others stay out with it, on the same lines"
    )
    emptied = replace(feed("www.gov.uk"), left_out=frozenset(range(1, 201)))
    with pytest.raises(ListRefused, match=r"shrunk from 400 entries to 0 besides 400 on .*--accept-size"):
        build_lists([emptied], store, SHIPPED, yardstick=Yardstick())


def test_a_list_that_comes_with_the_product_may_have_any_size(store: RulesetStore, tmp_path: Path) -> None:
    """Or the first change of any list after an update would be refused for it."""
    (shipped := tmp_path / "shipped").mkdir()
    text, library = shipped / "gambling.txt", ListLibrary(tmp_path / "library", shipped)
    for count in (200, 20):
        text.write_text("# sluicegate-list: 1\n" + "\n".join(f"bet{at}.test" for at in range(count)))
        report = build_lists(library.items(), store, SHIPPED, yardstick=Yardstick())
        store.put_in_force(report.digest)
    assert store.open_current().lists[0].entries == 20


def test_the_digest_is_of_engine_names_categories_texts_and_left_out_lines(
    library: ListLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = source(library, tmp_path, "one", "bet.test", "gambling")
    two = source(library, tmp_path, "two", "play.test", "games")

    def renamed(**changes: str) -> SourceList:
        return replace(one, record=one.record.model_copy(update=changes))

    base = digest_of([one, two])
    assert base == digest_of([two, one])
    others = [
        digest_of([one]),
        digest_of([renamed(name="other"), two]),
        digest_of([renamed(category="games"), two]),
        digest_of([source(library, tmp_path, "one", "other.test", "gambling"), two]),
        digest_of([replace(one, left_out=frozenset({2})), two]),
    ]
    monkeypatch.setattr(build_module, "ENGINE", "other")
    others.append(digest_of([one, two]))
    assert len({base, *others}) == 7


def _of_another_engine(store: RulesetStore, digest: str) -> None:
    """As another release left it."""
    path = store.folder(digest) / "manifest.json"
    path.write_text(path.read_text().replace(f'"engine": "{ENGINE}"', '"engine": "another"'))
    other = store.folder("0" * 64)
    store.folder(digest).rename(other)
    (store.root / "current").unlink()
    (store.root / "current").symlink_to(other.name)


def test_a_damaged_folder_is_built_again(library: ListLibrary, store: RulesetStore, tmp_path: Path) -> None:
    library.put(source(library, tmp_path, "gambling", "bet.test"))
    digest = build(library, store, SHIPPED).digest
    (store.folder(digest) / "hosts.columns").write_bytes(b"")
    report = build(library, store, SHIPPED)
    assert report.built
    assert Ruleset.open(store.folder(digest)).matches("bet.test")


def test_a_broken_policy_is_a_configuration_error(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    broken = tmp_path / "policy.toml"
    broken.write_text("[about")
    with pytest.raises(ConfigurationError, match=r"policy\.toml"):
        build(library, store, broken)


def test_a_build_that_dies_is_refused_with_one_line(
    library: ListLibrary, store: RulesetStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the kernel does where memory is short."""
    library.put(source(library, tmp_path, "gambling", "bet.test"))
    killing = tmp_path / "python"
    killing.write_text("#!/bin/sh\nkill -9 $$\n")
    killing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(killing))
    with pytest.raises(ListRefused, match=r"the build stopped by itself \(exit -9\); is there enough memory"):
        build(library, store, SHIPPED)


def test_a_build_that_is_killed_at_any_moment_leaves_nothing_half_written(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    """Killed ever later, until it is done first; each time the Ruleset in force opens and is the old one."""
    before = activate(
        library, store, SHIPPED, staged=[source(library, tmp_path, "gambling", "bet.test")]
    ).digest
    library.put(
        source(library, tmp_path, "games", "\n".join(f"play{number}.test" for number in range(30_000)))
    )
    killed = done = 0
    while not done:
        job = build_module._Job(
            root=store.root, key_file=store.key_file, policy_file=SHIPPED, sources=library.items()
        )
        with subprocess.Popen(
            [sys.executable, "-m", "categories.build"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            stop = threading.Timer(0.1 + killed * 0.05, os.kill, (process.pid, signal.SIGKILL))
            stop.start()
            output, _ = process.communicate(job.model_dump_json())
            stop.cancel()
        if process.returncode == 0:
            done = 1
        else:
            assert process.returncode == -signal.SIGKILL
            killed += 1
        assert store.current_digest() == before
        store.open_current()
        for folder in store.root.iterdir():
            if folder.is_dir() and not folder.name.startswith("."):
                Ruleset.open(folder)
    assert killed >= 3
    assert '"report"' in output
    report = activate(library, store, SHIPPED)
    assert store.open_current().digest == report.digest != before
    assert unfinished(store.root) == []


def test_giving_up_ends_the_building_process(
    library: ListLibrary, store: RulesetStore, tmp_path: Path
) -> None:
    library.put(
        source(library, tmp_path, "games", "\n".join(f"play{number}.test" for number in range(30_000)))
    )

    def give_up(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(library, store, SHIPPED, give_up)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            with store.building():
                break
        except ListRefused:
            time.sleep(0.05)
    with store.building():
        pass
    assert store.current_digest() is None
