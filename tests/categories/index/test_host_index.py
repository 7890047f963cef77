"""The host index: suffixes at label boundaries, address ranges, and URL prefixes where there are many."""

from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.index.host_index import HostIndex, index_key, write_host_index
from policy.words import EntryKind, FoundBy

HOST, PREFIX, ADDRESS = EntryKind.HOST, EntryKind.PREFIX, EntryKind.ADDRESS


def index_of(folder: Path, *entries: tuple[EntryKind, str, int]) -> HostIndex:
    """Entries with their places; a hundred places make a list."""
    keys = [index_key(kind, text) for kind, text, _ in entries]
    write_host_index(folder, keys, array("I", [place for _, _, place in entries]), lambda place: place // 100)
    assert keys == [], "the keys are used up"
    return HostIndex(folder)


def texts(index: HostIndex, host: str) -> set[str]:
    return {found.text for found in index.find(host)[0]}


@pytest.mark.parametrize(
    ("host", "found"),
    [
        pytest.param("bet.test", {"bet.test"}, id="the-host-itself"),
        pytest.param("www.bet.test", {"bet.test"}, id="a-subdomain"),
        pytest.param("a.b.c.bet.test", {"bet.test"}, id="far-below"),
        pytest.param("x.deep.bet.test", {"bet.test", "deep.bet.test"}, id="a-listed-parent-and-its-parent"),
        pytest.param("notbet.test", set(), id="only-the-same-ending"),
        pytest.param("bet.test.evil.test", set(), id="only-the-same-beginning"),
        pytest.param("test", set(), id="a-parent-of-what-is-listed"),
        pytest.param("bet-test", set(), id="another-separator"),
        pytest.param("xn--bcher-kva.test", {"xn--bcher-kva.test"}, id="an-A-label"),
        pytest.param(
            "192.0.2.7", {"192.0.2.7", "192.0.2.0/24", "192.0.0.0/16"}, id="an-address-and-its-ranges"
        ),
        pytest.param("192.0.3.7", {"192.0.0.0/16"}, id="the-wider-range-only"),
        pytest.param("192.1.2.70", set(), id="another-address"),
        pytest.param("2001:db8::7", {"2001:db8::7", "2001:db8::/32"}, id="IPv6"),
        pytest.param("2001:db9::7", set(), id="another-IPv6"),
    ],
)
def test_a_host_is_found_by_itself_and_its_parents_and_an_address_by_its_ranges(
    tmp_path: Path, host: str, found: set[str]
) -> None:
    index = index_of(
        tmp_path,
        (HOST, "bet.test", 1),
        (HOST, "deep.bet.test", 2),
        (HOST, "xn--bcher-kva.test", 3),
        (HOST, "192.0.2.7", 4),
        (HOST, "2001:db8::7", 5),
        (ADDRESS, "192.0.2.0/24", 6),
        (ADDRESS, "192.0.0.0/16", 7),
        (ADDRESS, "2001:db8::/32", 8),
    )
    assert texts(index, host) == found


def test_a_host_in_several_lists_is_found_in_each_at_its_first_line(tmp_path: Path) -> None:
    index = index_of(
        tmp_path,
        (HOST, "bet.test", 5),
        (HOST, "bet.test", 9),
        (HOST, "bet.test", 105),
        (HOST, "bet.test", 207),
    )
    found, _ = index.find("www.bet.test")
    assert [(each.place, each.text, each.found_by) for each in found] == [
        (place, "bet.test", FoundBy.HOST_INDEX) for place in (5, 105, 207)
    ]


def test_what_found_an_entry_is_told_by_its_kind(tmp_path: Path) -> None:
    index = index_of(tmp_path, (HOST, "192.0.2.7", 1), (ADDRESS, "192.0.2.0/24", 2), (PREFIX, "a.test/b", 3))
    assert {each.found_by for each in index.find("192.0.2.7")[0]} == {
        FoundBy.HOST_INDEX,
        FoundBy.ADDRESS_TABLE,
    }
    assert [each.found_by for each in index.find_prefixes("a.test", "/b")] == [FoundBy.PREFIX_INDEX]


@pytest.mark.parametrize(
    ("host", "target", "found"),
    [
        pytest.param("example.org", "/casino", {"example.org/casino"}, id="the-prefix-itself"),
        pytest.param("www.example.org", "/casino", {"example.org/casino"}, id="with-www"),
        pytest.param("example.org", "/casino/a", {"example.org/casino", "example.org/casino/a"}, id="two"),
        pytest.param("example.org", "/casino?x", {"example.org/casino"}, id="with-a-query"),
        pytest.param("example.org", "/casinos", set(), id="a-longer-word"),
        pytest.param("a.example.org", "/casino", set(), id="a-subdomain"),
        pytest.param("org", "/casino", set(), id="a-parent"),
        pytest.param("example.org", "", set(), id="names-only"),
        pytest.param("whole.test", "/any", {"whole.test/"}, id="all-of-one-host"),
        pytest.param("whole.test", "", {"whole.test/"}, id="all-of-one-host-by-its-name"),
    ],
)
def test_prefixes_are_found_for_their_host_only(
    tmp_path: Path, host: str, target: str, found: set[str]
) -> None:
    index = index_of(
        tmp_path,
        (PREFIX, "example.org/casino", 1),
        (PREFIX, "www.example.org/casino/a", 2),
        (PREFIX, "whole.test/", 3),
        (HOST, "org", 4),
    )
    assert {each.text for each in index.find_prefixes(host, target)} == found


@pytest.mark.parametrize(
    ("host", "has_prefixes"),
    [("example.org", True), ("www.example.org", True), ("a.example.org", False), ("bet.test", False)],
)
def test_a_host_says_whether_it_has_prefixes(tmp_path: Path, host: str, *, has_prefixes: bool) -> None:
    index = index_of(tmp_path, (PREFIX, "example.org/casino", 1), (HOST, "bet.test", 2), (HOST, "org", 3))
    assert index.find(host)[1] is has_prefixes


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = index_of(tmp_path)
    assert index.find("bet.test") == ((), False)
    assert index.find("192.0.2.7") == ((), False)


LABELS = st.lists(st.sampled_from(["a", "b", "ab", "ba", "a-b"]), min_size=1, max_size=4).map(".".join)


@given(st.lists(LABELS, max_size=12), st.lists(LABELS, min_size=1, max_size=12))
def test_the_index_answers_as_a_walk_up_the_labels_does(
    tmp_path_factory: pytest.TempPathFactory, listed: list[str], asked: list[str]
) -> None:
    index = index_of(
        tmp_path_factory.mktemp("index"), *((HOST, host, place) for place, host in enumerate(listed))
    )
    for host in asked:
        labels = host.split(".")
        parents = {".".join(labels[at:]) for at in range(len(labels))}
        assert texts(index, host) == parents & set(listed)


def test_what_is_listed_under_a_host_can_be_enumerated(tmp_path: Path) -> None:
    index = index_of(
        tmp_path,
        (HOST, "help.test", 1),
        (HOST, "www.help.test", 2),
        (PREFIX, "help.test/talk", 3),
        (PREFIX, "a.help.test/b", 4),
        (HOST, "nothelp.test", 5),
        (HOST, "test", 6),
    )
    below = set(index.below("help.test"))
    assert {
        ("help.test", "/"),
        ("www.help.test", "/"),
        ("help.test", "/talk"),
        ("a.help.test", "/b"),
    } <= below
    assert not {host for host, _ in below} - {"help.test", "www.help.test", "a.help.test"}
