"""The Ruleset: two structures, one answer; small lists here, the real ones in `test_real_lists.py`."""

import gc
import weakref
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from categories import compile as compile_module
from categories.index.specificity import specificity
from categories.readers import read_blocks
from categories.ruleset import Ruleset
from policy.match import Match
from policy.words import EntryKind, FoundBy
from tests.categories.compiled import BUILT_AT, compiled, sources
from tests.categories.oracle import Hit, Oracle

LISTS = {
    "gambling": """
bet.test
deep.bet.test
192.0.2.7
address:192.0.2.0/24
example.org/casino
path:/online-casino/
keyword:free-bets
*casino-online*
/slots?[0-9]+/
""",
    "gambling.more": "bet.test\nbet.test\nother.test",
    "software_downloads": "file:*.msi\nfile:setup.exe\nother.test\nsearch:crack serial",
}


@pytest.fixture(scope="module")
def ruleset(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    return compiled(tmp_path_factory.mktemp("ruleset"), LISTS)


def hits(matches: tuple[Match, ...]) -> set[Hit]:
    return {(match.list, match.line, match.kind, match.name) for match in matches}


def test_every_term_is_known_with_its_line_and_hosts_and_prefixes_are_none(ruleset: Ruleset) -> None:
    assert {(term.list, term.line, term.kind, term.entry) for term in ruleset.terms()} == {
        ("gambling", 8, EntryKind.PATH, "/online-casino/"),
        ("gambling", 9, EntryKind.KEYWORD, "free-bets"),
        ("gambling", 10, EntryKind.PATTERN, "*casino-online*"),
        ("gambling", 11, EntryKind.PATTERN, "/slots?[0-9]+/"),
        ("software_downloads", 2, EntryKind.FILE_NAME, "*.msi"),
        ("software_downloads", 3, EntryKind.FILE_NAME, "setup.exe"),
        ("software_downloads", 5, EntryKind.SEARCH_TERM, "crack serial"),
    }


def test_it_says_what_it_is_made_of(ruleset: Ruleset) -> None:
    assert len(ruleset.digest) == 64
    assert ruleset.built_at == BUILT_AT
    assert [(each.name, each.category, each.entries) for each in ruleset.lists] == [
        ("gambling", "gambling", 9),
        ("gambling.more", "gambling", 3),
        ("software_downloads", "software_downloads", 4),
    ]


def test_a_match_says_category_list_line_entry_and_what_found_it(ruleset: Ruleset) -> None:
    assert ruleset.matches("www.bet.test", "/") == (
        Match(
            category="gambling",
            list="gambling",
            line=3,
            entry="bet.test",
            kind=EntryKind.HOST,
            found_by=FoundBy.HOST_INDEX,
            name="www.bet.test",
            specificity=specificity(EntryKind.HOST, "bet.test"),
        ),
        Match(
            category="gambling",
            list="gambling.more",
            line=2,
            entry="bet.test",
            kind=EntryKind.HOST,
            found_by=FoundBy.HOST_INDEX,
            name="www.bet.test",
            specificity=specificity(EntryKind.HOST, "bet.test"),
        ),
    )


@pytest.mark.parametrize(
    ("host", "target", "entries"),
    [
        pytest.param("example.test", "/", [], id="nothing"),
        pytest.param("a.deep.bet.test", "/", ["bet.test", "deep.bet.test", "bet.test"], id="lists-in-order"),
        pytest.param("other.test", "/a.msi", ["other.test", "*.msi", "other.test"], id="both-structures"),
        pytest.param("192.0.2.7", "/", ["192.0.2.7", "192.0.2.0/24"], id="an-address"),
        pytest.param("www.example.org", "/casino", ["example.org/casino"], id="a-prefix"),
        pytest.param(
            "x.test", "/online-casino/free-bets", ["/online-casino/", "free-bets"], id="path-and-word"
        ),
        pytest.param("my-casino-online.test", "/", ["*casino-online*"], id="a-wildcard"),
        pytest.param("x.test", "/slot7", ["/slots?[0-9]+/"], id="an-expression"),
        pytest.param("bet.test", "", ["bet.test", "bet.test"], id="names-only"),
        pytest.param("example.org", "", [], id="names-only-and-a-prefix"),
        pytest.param("my-casino-online.test", "", ["*casino-online*"], id="names-only-and-a-wildcard"),
        pytest.param("x.test", "/?u=http://bet.test/", ["bet.test", "bet.test"], id="inside"),
        pytest.param("x.test", "/?u=http://example.org/casino", ["example.org/casino"], id="a-prefix-inside"),
        pytest.param("bet-test.translate.goog", "", ["bet.test", "bet.test"], id="a-name-that-carries"),
    ],
)
def test_every_entry_that_covers_a_url_is_given_in_the_order_of_lists_and_lines(
    ruleset: Ruleset, host: str, target: str, entries: list[str]
) -> None:
    assert [match.entry for match in ruleset.matches(host, target)] == entries


def test_a_match_inside_a_url_carries_the_inner_host(ruleset: Ruleset) -> None:
    assert {match.name for match in ruleset.matches("x.test", "/?u=http://www.bet.test/")} == {"www.bet.test"}


def test_an_entry_is_named_once_and_for_the_url_itself(ruleset: Ruleset) -> None:
    matches = ruleset.matches("www.bet.test", "/?u=http://bet.test/")
    assert [match.name for match in matches] == ["www.bet.test", "www.bet.test"]


def test_the_more_specific_of_two_entries_says_so(ruleset: Ruleset) -> None:
    wide, narrow, _ = ruleset.matches("deep.bet.test", "/")
    assert (wide.entry, narrow.entry) == ("bet.test", "deep.bet.test")
    assert narrow.specificity > wide.specificity
    host, network = ruleset.matches("192.0.2.7", "/")
    assert host.specificity > network.specificity


def test_prefixes_give_the_same_matches_from_either_structure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = {"gambling": "example.org/casino\nexample.org/casino/a\nwww.two.test/b\nthree.test/\nkeyword:abc"}
    urls = [
        ("example.org", "/casino/a/b"),
        ("www.example.org", "/casino?a"),
        ("two.test", "/b;c"),
        ("three.test", "/abc"),
        ("example.org", "/casinos"),
        ("three.test", ""),
    ]
    in_automaton = compiled(tmp_path / "automaton", lists)
    monkeypatch.setattr(compile_module, "MOST_LETTERS", 20)
    in_index = compiled(tmp_path / "index", lists)
    found_by = set()
    for url in urls:
        assert hits(in_automaton.matches(*url)) == hits(in_index.matches(*url))
        found_by |= {(match.kind, match.found_by) for match in in_index.matches(*url)}
    assert found_by == {
        (EntryKind.PREFIX, FoundBy.PREFIX_INDEX),
        (EntryKind.KEYWORD, FoundBy.AUTOMATON),
    }


def test_a_ruleset_that_was_replaced_is_freed_at_once(tmp_path: Path) -> None:
    """Not by the garbage collector: 45 MB of mapped files hang on it."""
    gc.disable()
    try:
        replaced = compiled(tmp_path, LISTS)
        replaced.matches("bet.test", "/")
        gone = weakref.ref(replaced._of_host)
        del replaced
        assert gone() is None
    finally:
        gc.enable()


LABELS = ["abc", "b", "bcd", "www", "abc-bcd"]
HOSTS = st.lists(st.sampled_from(LABELS), min_size=1, max_size=3).map(
    lambda labels: ".".join([*labels, "test"])
)
SEGMENTS = ["abc", "b", "bcd", "abc-bcd", "abc.bcd", "abc;b", "abcb"]
PATHS = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3).map("/".join)
ENTRIES = st.one_of(
    HOSTS,
    st.tuples(HOSTS, PATHS).map("/".join),
    PATHS.filter(lambda path: ";" not in path and path != "b").map(lambda path: f"path:/{path}/"),
    st.sampled_from(["file:abc", "file:*.bcd", "file:*cd"]),
    st.sampled_from(["keyword:abc", "keyword:abc-bcd", "keyword:test"]),
    st.sampled_from(["*abc-b*", "abc.*", "*.abc.*", "*.test/abc*", "*.test/*bcd", "abc*.test"]),
    st.sampled_from(
        ["/ab[cd]+b/", "/^abc/", "/bcd\\.test$/", "/c-b\\/(abc|b)/", "/[abc]{5}/", "/test\\/ab|c\\.b/"]
    ),
    st.sampled_from(["search:abc", "search:abc bcd", "search:bcd abc b", "www.google.com/search"]),
    st.sampled_from(["address:192.0.2.0/24", "192.0.2.7", "address:192.0.0.0/16", "2001:db8::7"]),
)
TARGETS = st.tuples(
    PATHS, st.sampled_from(["", "/", "?", "?b", "?abc=abc-bcd", "?u=http://abc.test/abc"])
).map(lambda parts: "/" + "".join(parts))
ADDRESSES = st.sampled_from(["192.0.2.7", "192.0.2.8", "192.0.9.1", "2001:db8::7"])
TYPED = st.lists(st.sampled_from(["abc", "bcd", "b", "abcb"]), max_size=5)
SEARCHES = st.tuples(
    st.sampled_from(["www.google.com", "abc.test"]),
    st.builds(
        lambda words, between: "/search?q=" + between.join(words),
        TYPED,
        st.sampled_from(["+", "%20", "-", "&q="]),
    ),
)
URLS = st.one_of(
    st.tuples(st.one_of(HOSTS, ADDRESSES), st.one_of(TARGETS, st.just("/"), st.just(""))), SEARCHES
)


@settings(max_examples=60, deadline=None)
@given(
    lists=st.dictionaries(
        st.sampled_from(["one", "two", "three"]), st.lists(ENTRIES, min_size=1), min_size=1
    ),
    urls=st.lists(URLS, min_size=10, max_size=40),
    index_prefixes=st.booleans(),
)
def test_the_answer_is_that_of_sets_and_loops(
    tmp_path_factory: pytest.TempPathFactory,
    lists: dict[str, list[str]],
    urls: list[tuple[str, str]],
    *,
    index_prefixes: bool,
) -> None:
    folder = tmp_path_factory.mktemp("small")
    texts = {name: "\n".join(entries) for name, entries in lists.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compile_module, "MOST_LETTERS", 0 if index_prefixes else 10_000)
        ruleset = compiled(folder, texts)
    oracle = Oracle(
        {each.name: read_blocks(each.blocks(), each.name).entries for each in sources(folder, texts)}
    )
    for host, target in urls:
        assert hits(ruleset.matches(host, target)) == oracle.hits(host, target), (host, target)
