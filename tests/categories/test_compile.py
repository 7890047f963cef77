"""From the texts of lists to a compiled folder."""

from dataclasses import replace
from pathlib import Path

import pytest

from categories import compile as compile_module
from categories.compile import Progress, compile_lists
from categories.library import ListLibrary, SourceList
from categories.ruleset import Ruleset
from policy.errors import ListRefused
from tests.categories.compiled import BUILT_AT, sources


def compile_into(folder: Path, its_sources: list[SourceList]) -> tuple[Ruleset, list[Progress]]:
    folder.mkdir()
    progress: list[Progress] = []
    compile_lists(folder, "digest", BUILT_AT, its_sources, progress.append)
    return Ruleset.open(folder), progress


def test_progress_goes_from_nothing_to_everything(tmp_path: Path) -> None:
    its_sources = sources(tmp_path, {"gambling": "bet.test", "games": "play.test"})
    _, progress = compile_into(tmp_path / "out", its_sources)
    total = sum(each.record.size for each in its_sources)
    assert [(each.step, each.name) for each in progress] == [
        ("read", "gambling"),
        ("read", "games"),
        ("index", ""),
    ]
    assert [each.done for each in progress] == sorted(each.done for each in progress)
    assert progress[-1].done == progress[-1].total == total


def test_lines_left_out_have_no_effect_and_the_others_keep_their_numbers(tmp_path: Path) -> None:
    its_sources = sources(tmp_path, {"gambling": "a.test\nb.test\nc.test\nkeyword:casino"})
    its_sources = [replace(each, left_out=frozenset({3, 5})) for each in its_sources]
    ruleset, _ = compile_into(tmp_path / "out", its_sources)
    assert [match.line for match in ruleset.matches("a.test", "/casino")] == [2]
    assert ruleset.matches("b.test", "/") == ()
    assert [match.line for match in ruleset.matches("c.test", "/")] == [4]
    assert ruleset.lists[0].left_out == (3, 5)


def test_of_an_entry_that_a_list_has_twice_the_first_line_counts(tmp_path: Path) -> None:
    text = "a.test\na.test\nwww.b.test/x\nb.test/x\nkeyword:casino\nkeyword:casino"
    ruleset, _ = compile_into(tmp_path / "out", sources(tmp_path, {"gambling": text}))
    assert [match.line for match in ruleset.matches("a.test", "/")] == [2]
    assert [match.line for match in ruleset.matches("b.test", "/x")] == [4]
    assert [match.line for match in ruleset.matches("c.test", "/casino")] == [6]


def test_an_exception_takes_away_entries_of_its_own_list_and_of_no_other(tmp_path: Path) -> None:
    library = ListLibrary(tmp_path / "library", shipped=None)
    (tmp_path / "rules").write_text(
        "@@||a.test^\n@@||sub.b.test^\n||a.test^\n||www.a.test/x/\n||b.test^\n||c.test^\n"
    )
    (tmp_path / "names").write_text("a.test\nd.test\n")
    rules = library.read_in("rules", "gambling", tmp_path / "rules")
    names = library.read_in("names", "games", tmp_path / "names")
    assert (rules.record.entries, names.record.entries) == (2, 2)
    ruleset, _ = compile_into(tmp_path / "out", [names, rules])
    found = {
        host: [(match.list, match.line) for match in ruleset.matches(host, "/x/")]
        for host in ("a.test", "www.a.test", "sub.b.test", "c.test")
    }
    assert found == {
        "a.test": [("names", 1)],
        "www.a.test": [("names", 1)],
        "sub.b.test": [("rules", 5)],
        "c.test": [("rules", 6)],
    }


def test_a_text_that_is_not_what_was_read_in_is_refused(tmp_path: Path) -> None:
    (read,) = sources(tmp_path, {"gambling": "bet.test"})
    other = tmp_path / "other.txt"
    other.write_text("# sluicegate-list: 1\nother.test\n")
    (tmp_path / "out").mkdir()
    with pytest.raises(ListRefused, match="not the text that was read in; import gambling again"):
        compile_lists(tmp_path / "out", "digest", BUILT_AT, [replace(read, text=other)], lambda _: None)


def test_more_lines_than_can_be_numbered_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_module, "MOST_PLACES", 3)
    (tmp_path / "out").mkdir()
    with pytest.raises(ListRefused, match=r"^games: it has 3 lines; all lists may have 3"):
        compile_lists(
            tmp_path / "out",
            "digest",
            BUILT_AT,
            sources(tmp_path, {"games": "a.test\nb.test"}),
            lambda _: None,
        )


def test_more_patterns_than_can_be_tried_are_refused_before_they_are_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compile_module, "MOST_PATTERNS", 3)
    lists = {"games": "/casino-one/", "gambling": "/casino-two/\n*casino-three*"}
    assert compile_into(tmp_path / "out", sources(tmp_path, lists))
    lists["gambling"] += "\nbet-*.test"
    (tmp_path / "more").mkdir()
    its_sources = sources(tmp_path, lists)
    with pytest.raises(
        ListRefused, match=r"^gambling: it has 3 wildcards .* all lists have 4, and at most 3 "
    ):
        compile_lists(tmp_path / "more", "digest", BUILT_AT, its_sources, lambda _: None)
    assert not list((tmp_path / "more").iterdir())


def test_lists_without_an_entry_of_some_kind_compile_too(tmp_path: Path) -> None:
    ruleset, _ = compile_into(tmp_path / "out", sources(tmp_path, {"games": "keyword:casino"}))
    assert ruleset.matches("any.test", "/casino")
    ruleset, _ = compile_into(tmp_path / "none", [])
    assert ruleset.matches("any.test", "/?u=http://casino.test/") == ()
