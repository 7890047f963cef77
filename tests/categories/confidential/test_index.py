"""A Ruleset of digests answers as one in clear does, and names no entry."""

from array import array
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from categories.confidential.digests import Digester
from categories.confidential.hiding import hidden
from categories.confidential.index import COLUMNS, ConfidentialEntries, ConfidentialIndex
from categories.readers import read_blocks
from policy.errors import ListRefused
from policy.words import FoundBy
from tests.categories.compiled import compiled

DIGESTER = Digester(bytes(32))


def index_of(folder: Path, *lists: str) -> ConfidentialIndex:
    """A hundred places make a list; an entry's place in its list is its line."""
    entries = ConfidentialEntries()
    for number, text in enumerate(lists):
        for entry in read_blocks(list(hidden([text.encode()], "own", DIGESTER)), "own").entries:
            entries.add(entry.text, 100 * number + entry.line)
    entries.write(folder / COLUMNS, DIGESTER.name, lambda place: place // 100)
    return ConfidentialIndex(folder / COLUMNS, DIGESTER)


def test_hosts_and_their_parents_are_found_with_their_places(tmp_path: Path) -> None:
    index = index_of(tmp_path, "bet.test\nx.bet.test\nbet.test\n", "other.test\nbet.test\n")
    found, has_prefixes = index.find("www.x.bet.test")
    assert sorted(each.place for each in found) == [1, 2, 102], "of one list, the first line"
    assert {each.found_by for each in found} == {FoundBy.CONFIDENTIAL}
    assert all(each.text.startswith("confidential:") and "bet" not in each.text for each in found)
    assert has_prefixes is False
    assert index.find("notbet.test") == ((), False)
    assert index.find("test") == ((), False)


def test_prefixes_are_looked_for_where_their_host_has_some(tmp_path: Path) -> None:
    index = index_of(tmp_path, "# sluicegate-list: 1\nexample.org/casino\nbet.test\nexample.net/")
    assert index.find("www.example.org") == ((), True)
    assert index.find("sub.example.org") == ((), False)
    (found,) = index.find_prefixes("www.example.org", "/casino/7?a=b")
    assert (found.place, found.hit) == (2, "example.org/casino")
    assert index.find_prefixes("example.org", "/casinos") == ()
    assert index.find_prefixes("example.org", "") == ()
    assert [each.place for each in index.find_prefixes("example.net", "")] == [4]


def test_an_index_opens_with_its_own_key_alone(tmp_path: Path) -> None:
    index_of(tmp_path, "bet.test")
    with pytest.raises(ListRefused, match=f"of the key {DIGESTER.name}, and the key here is"):
        ConfidentialIndex(tmp_path / COLUMNS, Digester(bytes(31) + b"x"))


def test_digests_that_begin_alike_are_told_apart(tmp_path: Path) -> None:
    entries = ConfidentialEntries()
    wanted = DIGESTER.of_host("bet.test").hex()
    for place, digest in enumerate([wanted[:16] + "0" * 16, wanted, wanted[:16] + "f" * 16]):
        entries.add(f"confidential:{digest}", place)
    entries.write(tmp_path / COLUMNS, DIGESTER.name, lambda place: place)
    found, _ = ConfidentialIndex(tmp_path / COLUMNS, DIGESTER).find("bet.test")
    assert [each.place for each in found] == [1]


LABELS = st.sampled_from(["a", "bet", "www", "test"])
HOSTS = st.lists(LABELS, min_size=2, max_size=4).map(".".join)
PATHS = st.lists(st.sampled_from(["a", "casino", "b?c=d"]), max_size=2).map(
    lambda parts: "/" + "/".join(parts)
)
ENTRIES = st.lists(st.one_of(HOSTS, st.builds(lambda host, path: host + path, HOSTS, PATHS)), min_size=1)


@settings(max_examples=40)
@given(entries=ENTRIES, asked=st.lists(st.tuples(HOSTS, PATHS | st.just("")), min_size=1))
def test_digests_answer_as_the_list_in_clear(
    tmp_path_factory: pytest.TempPathFactory, entries: list[str], asked: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("index")
    text = "\n".join(entries)
    ruleset = compiled(folder, {"gambling": text})
    index = index_of(folder, f"# sluicegate-list: 1\n{text}")
    for host, target in asked:
        found, has_prefixes = index.find(host)
        here = [*found, *(index.find_prefixes(host, target) if has_prefixes else ())]
        clear = [match for match in ruleset.matches(host, target) if match.name == host]
        assert sorted(each.place for each in here) == [match.line for match in clear]
        assert sorted(each.hit for each in here) == sorted(match.entry for match in clear)


def test_without_entries_it_is_empty(tmp_path: Path) -> None:
    ConfidentialEntries().write(tmp_path / COLUMNS, DIGESTER.name, lambda place: 0)
    assert ConfidentialIndex(tmp_path / COLUMNS, DIGESTER).find("bet.test") == ((), False)
    assert array("Q").itemsize == 8
