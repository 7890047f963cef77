"""A SquidGuard folder is one text, with its changes applied."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.packed import squidguard as module
from categories.packed.squidguard import squidguard_files, squidguard_text
from policy.errors import ListRefused


def text_of(folder: Path, **files: str) -> str:
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)
    return b"".join(squidguard_text(folder, "a list")).decode()


def test_files_stand_one_after_another_under_their_names(tmp_path: Path) -> None:
    text = text_of(tmp_path, domains="bet.test", urls="", expressions="casino\n", usage="black\n")
    assert text == (
        "# squidguard: domains\nbet.test\n# squidguard: urls\n# squidguard: expressions\ncasino\n"
    )


@pytest.mark.parametrize(
    ("domains", "diff", "after"),
    [
        pytest.param("a.test\nb.test\n", "-a.test\n", ["b.test"], id="taken-away"),
        pytest.param("a.test\n", "+b.test\n", ["a.test", "b.test"], id="added"),
        pytest.param("a.test", "+b.test", ["a.test", "b.test"], id="no-line-ends"),
        pytest.param("a.test\nb.test\n", "+c.test\n-a.test\n", ["b.test", "c.test"], id="both"),
        pytest.param("A.test\r\nb.test\r\n", "-a.TEST\r\n", ["b.test"], id="spelt-otherwise"),
        pytest.param("a.test\n", "+a.test\n", ["a.test"], id="there-already"),
        pytest.param("a.test\n", "-b.test\n", ["a.test"], id="not-there"),
        pytest.param("a.test\n", "-a.test\n+a.test\n", ["a.test"], id="the-last-word-holds"),
        pytest.param("a.test\n", "+b.test\n-b.test\n", ["a.test"], id="the-last-word-holds-the-other-way"),
        pytest.param("a.test\n", "# why\n\n", ["a.test"], id="nothing-said"),
        pytest.param("nota.test\na.test\n", "-a.test\n", ["nota.test"], id="whole-lines"),
    ],
)
def test_changes_are_applied(tmp_path: Path, domains: str, diff: str, after: list[str]) -> None:
    text = text_of(tmp_path, domains=domains, domains_diff=diff)
    assert text.split() == ["#", "squidguard:", "domains", *after]


@pytest.mark.parametrize(
    ("diff", "why"),
    [
        ("+a.test\nb.test\n", "line 2 of domains.diff begins with neither"),
        ("+\n", "line 1 of domains.diff"),
        ("<html>", "line 1 of domains.diff"),
    ],
)
def test_changes_that_cannot_be_read_are_refused(tmp_path: Path, diff: str, why: str) -> None:
    with pytest.raises(ListRefused, match=why):
        text_of(tmp_path, domains="a.test\n", domains_diff=diff)


def test_changes_without_their_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ListRefused, match=r"urls\.diff without the file"):
        text_of(tmp_path, domains="a.test\n", urls_diff="+a.test/b\n")


def test_changes_without_bound_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LARGEST_DIFF", 1 << 20)
    with pytest.raises(ListRefused, match="longer than 1 MiB"):
        text_of(tmp_path, domains="a.test\n", domains_diff="+a.test\n" * 200_000)


def test_a_line_without_end_passes_to_be_refused_where_lines_are_read(tmp_path: Path) -> None:
    text = text_of(tmp_path, domains="a" * 200_000, domains_diff="-b.test\n")
    assert "a" * 200_000 in text


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListRefused, match="without any of domains, urls, expressions"):
        squidguard_files(tmp_path, "a list")


HOSTS = st.lists(st.sampled_from(["a.test", "b.test", "c.test", "d.test"]), max_size=6)


@given(HOSTS, st.lists(st.tuples(st.booleans(), st.sampled_from(["a.test", "b.test", "e.test"])), max_size=6))
def test_after_changes_just_that_is_there_which_sets_would_hold(
    tmp_path_factory: pytest.TempPathFactory, hosts: list[str], changes: list[tuple[bool, str]]
) -> None:
    expected = set(hosts)
    for added, host in changes:
        (expected.add if added else expected.discard)(host)
    diff = "".join(f"{'+' if added else '-'}{host}\n" for added, host in changes)
    folder = tmp_path_factory.mktemp("folder")
    assert set(text_of(folder, domains="\n".join(hosts), domains_diff=diff).split()[3:]) == expected
