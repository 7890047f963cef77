"""The library: every list that takes part, with its text."""

import gzip
from pathlib import Path

import pytest

from categories.library import SHIPPED, ListLibrary
from categories.readers import read_blocks
from policy.errors import ConfigurationError, ListRefused
from tests.categories.compiled import source


@pytest.fixture
def library(tmp_path: Path) -> ListLibrary:
    return ListLibrary(tmp_path / "lists", shipped=None)


def text_of(library: ListLibrary, name: str) -> str:
    (found,) = [each for each in library.items() if each.name == name]
    return b"".join(found.blocks()).decode()


def test_a_list_takes_part_once_it_is_put(library: ListLibrary, tmp_path: Path) -> None:
    read = source(library, tmp_path, "gambling", "bet.test\nnot an entry\nother.test\nthird.test")
    assert library.items() == ()
    library.put(read)
    (found,) = library.items()
    assert found.record == read.record
    assert (found.record.format, found.record.entries, found.record.bad_lines) == ("sluicegate", 3, 1)
    assert found.record.lines == 5
    assert [bad.number for bad in read.bad_lines] == [3]
    assert text_of(library, "gambling") == (tmp_path / "gambling.txt").read_text()


def test_a_list_of_the_same_name_takes_its_place_and_the_old_text_stays(
    library: ListLibrary, tmp_path: Path
) -> None:
    old = source(library, tmp_path, "gambling", "bet.test")
    library.put(old)
    new = source(library, tmp_path, "gambling", "other.test")
    assert text_of(library, "gambling").endswith("bet.test\n"), "until it is put"
    library.put(new)
    assert text_of(library, "gambling").endswith("other.test\n")
    assert b"bet.test" in b"".join(old.blocks())


def test_a_staged_list_stands_in_for_the_one_of_its_name(library: ListLibrary, tmp_path: Path) -> None:
    library.put(source(library, tmp_path, "gambling", "bet.test"))
    library.put(source(library, tmp_path, "games", "play.test"))
    staged = source(library, tmp_path, "gambling", "other.test")
    assert [each.record.sha256 for each in library.items([staged])] == [
        staged.record.sha256,
        library.items()[1].record.sha256,
    ]


def test_a_squidguard_folder_is_one_list(library: ListLibrary, tmp_path: Path) -> None:
    folder = tmp_path / "gambling"
    folder.mkdir()
    (folder / "domains").write_text("bet.test\n")
    (folder / "urls").write_text("example.org/casino\n")
    library.put(library.read_in("ut1.gambling", "gambling", folder))
    (found,) = library.items()
    assert [entry.text for entry in read_blocks(found.blocks(), "").entries] == [
        "bet.test",
        "example.org/casino",
    ]


@pytest.mark.parametrize("name", ["shipped.gambling", "../etc", "Gambling", "", ".hidden", "a" * 65, "a/b"])
def test_a_name_that_is_no_file_name_or_is_kept_for_shipped_lists_is_refused(
    library: ListLibrary, tmp_path: Path, name: str
) -> None:
    (tmp_path / "list").write_text("bet.test\n")
    with pytest.raises(ListRefused, match="cannot be the name of a list"):
        library.read_in(name, "gambling", tmp_path / "list")


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"bet.test\n\0\n", b"a,b,c\n1,2,3\n" * 9])
def test_what_is_no_list_leaves_nothing_behind(library: ListLibrary, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list").write_bytes(content)
    with pytest.raises(ListRefused):
        library.read_in("gambling", "gambling", tmp_path / "list")
    assert [path for path in (tmp_path / "lists").rglob("*") if path.is_file()] == []


def test_what_a_killed_import_left_is_cleared_away_by_the_next(library: ListLibrary, tmp_path: Path) -> None:
    left = tmp_path / "lists" / "texts" / ".unfinished-00"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    source(library, tmp_path, "gambling", "bet.test")
    assert not left.exists()


def test_a_list_that_is_removed_takes_no_part_and_its_text_stays(
    library: ListLibrary, tmp_path: Path
) -> None:
    read = source(library, tmp_path, "gambling", "bet.test")
    library.put(read)
    library.remove("gambling")
    assert library.items() == ()
    assert read.text.exists()
    with pytest.raises(ListRefused, match=r"gambling: no imported list has this name \(imported: none\)"):
        library.remove("gambling")


def test_lines_left_out_stay_left_out_as_long_as_the_text_is_the_same(
    library: ListLibrary, tmp_path: Path
) -> None:
    """The same line of another text is another entry."""
    read = source(library, tmp_path, "gambling", "bet.test\nhelp.test")
    library.put(read)
    (found,) = library.items()
    assert found.left_out == frozenset()
    library.leave_out([type(found)(found.record, found.text, left_out=frozenset({3}))])
    assert [each.left_out for each in library.items()] == [frozenset({3})]
    library.put(source(library, tmp_path, "gambling", "bet.test\nother.test\nhelp.test"))
    assert [each.left_out for each in library.items()] == [frozenset()]


def test_shipped_lists_take_part_under_names_of_their_own(tmp_path: Path) -> None:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "gambling.txt").write_text("# sluicegate-list: 1\nbet.test\n")
    (shipped / "gambling.words.txt").write_text("# sluicegate-list: 1\nkeyword:casino\n")
    library = ListLibrary(tmp_path / "lists", shipped=shipped)
    library.put(source(library, tmp_path, "gambling", "other.test"))
    assert [(each.name, each.category) for each in library.items()] == [
        ("gambling", "gambling"),
        ("shipped.gambling", "gambling"),
        ("shipped.gambling.words", "gambling"),
    ]


def test_the_shipped_lists_are_read_without_a_bad_line() -> None:
    lists = ListLibrary(Path("/nonexistent"), shipped=SHIPPED).items()
    assert lists
    assert [(each.name, each.record.bad_lines) for each in lists if each.record.bad_lines] == []


@pytest.mark.parametrize("name", ["gambling.json", "left-out"])
def test_a_damaged_file_of_the_library_is_a_configuration_error(
    library: ListLibrary, tmp_path: Path, name: str
) -> None:
    library.put(source(library, tmp_path, "gambling", "bet.test"))
    (tmp_path / "lists" / name).write_text("{")
    with pytest.raises(ConfigurationError, match=f"{name}: damaged"):
        library.items()


def test_texts_are_kept_compressed_under_their_own_digest(library: ListLibrary, tmp_path: Path) -> None:
    read = source(library, tmp_path, "gambling", "bet.test")
    assert read.text == tmp_path / "lists" / "texts" / f"{read.record.sha256}.gz"
    assert gzip.decompress(read.text.read_bytes()) == (tmp_path / "gambling.txt").read_bytes()
