"""The library: every list that takes part, with its text."""

import gzip
import os
from pathlib import Path

import pytest

from categories.confidential.digests import Digester
from categories.library import SHIPPED, ListLibrary, SourceList
from categories.list_change import Disable, Release, Remove, WithheldWhy, Withhold
from categories.readers import read_blocks
from policy.errors import ConfigurationError, ListRefused
from policy.words import EntryKind
from tests.categories.compiled import source


@pytest.fixture
def library(tmp_path: Path) -> ListLibrary:
    return ListLibrary(tmp_path / "lists", shipped=None)


def text_of(library: ListLibrary, name: str) -> str:
    (found,) = [each for each in library.items() if each.name == name]
    return b"".join(found.blocks()).decode()


def withdrawn(name: str, entry: str) -> Withhold:
    return Withhold(list=name, kind=EntryKind.HOST, entry=entry, why=WithheldWhy.WITHDRAWN)


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


def test_what_is_known_of_a_list_counts_what_was_no_entry(library: ListLibrary, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(
        "||bet.test^\n||a.test^\n@@||a.test^\n@@||www.bet.test^\n##.ad\n||a..test^\n"
    )
    record = library.read_in("rules", "gambling", tmp_path / "list").record
    assert (record.entries, record.not_applicable, record.bad_lines) == (1, 1, 1)
    assert (record.exceptions, record.without_effect) == (2, 1)


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
    os.utime(left, (0, 0))
    source(library, tmp_path, "gambling", "bet.test")
    assert not left.exists()


def test_two_lists_may_be_read_in_at_once(library: ListLibrary, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("bet.test\n")
    other.write_text("game.test\n")
    meanwhile = list[SourceList]()

    def read_another(_: int) -> None:
        if not meanwhile:
            meanwhile.append(library.read_in("games", "games", other))

    first = library.read_in("gambling", "gambling", one, read_another)
    assert [each.text.exists() for each in (first, *meanwhile)] == [True, True]


def test_a_list_that_is_removed_takes_no_part_and_its_text_stays(
    library: ListLibrary, tmp_path: Path
) -> None:
    read = source(library, tmp_path, "gambling", "bet.test")
    library.put(read)
    library.apply(Remove(name="gambling"))
    assert library.items() == ()
    assert read.text.exists()
    with pytest.raises(ListRefused, match="gambling: no list has this name; there are: none"):
        library.apply(Remove(name="gambling"))


def test_the_lists_as_they_would_be_touch_nothing(library: ListLibrary, tmp_path: Path) -> None:
    library.put(source(library, tmp_path, "gambling", "bet.test"))
    library.put(source(library, tmp_path, "games", "play.test"))
    assert [each.name for each in library.with_(Disable(name="games"))] == ["gambling"]
    assert [each.name for each in library.items()] == ["gambling", "games"]


def test_a_withheld_entry_stays_out_of_whatever_text_comes(library: ListLibrary, tmp_path: Path) -> None:
    """By what it says, wherever it stands, and however often."""
    library.put(source(library, tmp_path, "gambling", "bet.test\nhelp.test\nhelp.test/a"))
    library.apply(withdrawn("gambling", "help.test"), because="a help line")
    assert [each.left_out for each in library.items()] == [{3}]
    library.put(source(library, tmp_path, "gambling", "help.test\nbet.test\nother.test\nHELP.test"))
    assert [each.left_out for each in library.items()] == [{2, 5}]
    (held,) = library.files.state().withheld
    assert (held.because, held.lines) == ("a help line", (2, 5)), "found once, and kept"
    library.apply(Release(list="gambling", kind=EntryKind.HOST, entry="help.test"))
    assert [each.left_out for each in library.items()] == [frozenset()]


def test_an_entry_of_a_shipped_list_is_withheld_from_the_next_release_too(tmp_path: Path) -> None:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    text = shipped / "gambling.txt"
    text.write_text("# sluicegate-list: 1\nbet.test\nhelp.test\n")
    library = ListLibrary(tmp_path / "lists", shipped)
    library.apply(withdrawn("shipped.gambling", "help.test"))
    assert [each.left_out for each in library.items()] == [{3}]
    text.write_text("# sluicegate-list: 1\nhelp.test\nbet.test\n")
    assert [each.left_out for each in library.items()] == [{2}]


def test_a_disabled_shipped_list_takes_no_part(tmp_path: Path) -> None:
    library = ListLibrary(tmp_path / "lists")
    library.apply(Disable(name="shipped.gambling"))
    assert "shipped.gambling" not in {each.name for each in library.items()}


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


# Confidential lists -------------------------------------------------------------------------------


def confidential(library: ListLibrary, folder: Path, text: str) -> SourceList:
    path = folder / "secret.txt"
    path.write_text(text)
    return library.read_in("secret", "games", path, digester=Digester(bytes(32)))


def test_of_a_confidential_list_only_digests_are_kept(tmp_path: Path) -> None:
    library = ListLibrary(tmp_path / "lists")
    source = confidential(library, tmp_path, "# sluicegate-list: 1\nbet.test\nexample.org/casino\n")
    assert (source.record.format, source.record.entries, source.record.lines) == ("confidential", 2, 3)
    library.put(source)
    for path in (tmp_path / "lists").rglob("*"):
        if path.is_file():
            text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            assert b"bet" not in text
            assert b"casino" not in text


def test_a_confidential_list_does_not_become_an_open_one(tmp_path: Path) -> None:
    library = ListLibrary(tmp_path / "lists")
    library.put(confidential(library, tmp_path, "bet.test\n"))
    with pytest.raises(ListRefused, match="secret: this list is confidential; import it with --confidential"):
        library.read_in("secret", "games", tmp_path / "secret.txt")
    library.apply(Remove(name="secret"))
    assert library.read_in("secret", "games", tmp_path / "secret.txt").record.format == "domains"


def test_digests_are_taken_from_nobody(tmp_path: Path) -> None:
    """A feed of digests would make Rulesets that open with its own key alone."""
    library = ListLibrary(tmp_path / "lists")
    source = confidential(library, tmp_path, "bet.test\n")
    (tmp_path / "feed.txt").write_bytes(b"".join(source.blocks()))
    before = set((tmp_path / "lists").rglob("*"))
    with pytest.raises(ListRefused, match="kept of a confidential list, and nobody's list"):
        library.read_in("feed", "games", tmp_path / "feed.txt")
    assert set((tmp_path / "lists").rglob("*")) == before


def test_a_text_is_found_by_its_digest_also_that_of_a_shipped_list(tmp_path: Path) -> None:
    library = ListLibrary(tmp_path / "lists")
    shipped = library.shipped_list("shipped.games")
    assert shipped is not None
    found = library.kept_text("shipped.games", shipped.record.sha256)
    assert found is not None
    assert b"".join(found) == (SHIPPED / "games.txt").read_bytes()
    assert library.kept_text("shipped.games", "0" * 64) is None
    assert library.kept_text("games", shipped.record.sha256) is None
    library.keep(shipped)
    assert library.kept_text("shipped.games", shipped.record.sha256) is not None
