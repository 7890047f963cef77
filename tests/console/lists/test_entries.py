"""Finding an entry as people write it."""

from pathlib import Path

import pytest

from categories.library import ListLibrary
from console.lists.entries import FoundEntry, find_entry
from policy.errors import ListRefused
from policy.words import EntryKind

TEXT = "0.0.0.0 bet.test also.test\n0.0.0.0 xn--bcher-kva.test\n0.0.0.0 bet.test\n"


@pytest.fixture
def library(tmp_path: Path) -> ListLibrary:
    library = ListLibrary(tmp_path / "lists", None)
    for name, text in (("hosts", TEXT), ("urls", "# sluicegate-list: 1\nplay.test\nexample.org/Casino\n")):
        (tmp_path / name).write_text(text)
        library.put(library.read_in(name, "games", tmp_path / name))
    return library


@pytest.mark.parametrize("given", ["bet.test", "BET.test ", "bet.test."])
def test_an_entry_is_found_with_its_lines_and_what_stands_beside_it(library: ListLibrary, given: str) -> None:
    assert find_entry(library, "hosts", given) == FoundEntry(
        EntryKind.HOST, "bet.test", (1, 3), ((1, "also.test"),)
    )


def test_hosts_are_found_in_any_script_and_prefixes_in_any_case(library: ListLibrary) -> None:
    assert find_entry(library, "hosts", "bücher.test").entry == "xn--bcher-kva.test"
    found = find_entry(library, "urls", "example.org/casino")
    assert (found.kind, found.entry) == (EntryKind.PREFIX, "example.org/casino")


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        pytest.param("hosts", "www.bet.test", "has no entry 'www.bet.test'; another may", id="below-it"),
        pytest.param("nowhere", "bet.test", "no list has this name; there are: hosts, urls", id="no-list"),
    ],
)
def test_what_is_not_there_is_one_line(library: ListLibrary, name: str, given: str, says: str) -> None:
    with pytest.raises(ListRefused, match=says):
        find_entry(library, name, given)


def test_of_a_confidential_list_no_entry_is_looked_for(library: ListLibrary) -> None:
    record = library.files.state().records["hosts"].model_copy(update={"format": "confidential"})
    library.files.become(library.files.state().model_copy(update={"records": {"hosts": record}}))
    with pytest.raises(ListRefused, match="confidential list nobody can name an entry"):
        find_entry(library, "hosts", "bet.test")
