"""Digests meet where entries would: the same hosts and targets, held against the rules in clear."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.confidential.digests import DIGEST_BYTES, SITE_BYTES, Digester
from categories.entries import LONGEST_ENTRY
from categories.index.terms import hits
from policy.words import EntryKind

DIGESTER = Digester(bytes(range(32)))
HOSTS = st.lists(st.sampled_from(["www", "a", "bet", "test", "x-y"]), min_size=1, max_size=4).map(".".join)
PATHS = st.text(alphabet="ab/?;&=.", max_size=12).map(lambda text: f"/{text}")


def test_a_digest_has_a_length_of_its_own_and_tells_kinds_apart() -> None:
    digests = {
        DIGESTER.of_host("bet.test"),
        DIGESTER.of_prefix("bet.test", ""),
        DIGESTER.of_prefix("bet.test", "/"),
        DIGESTER.of_host("bet.test/"),
    }
    assert {len(each) for each in digests} == {DIGEST_BYTES}
    assert len(digests) == 4
    assert len(DIGESTER.of_site("bet.test")) == SITE_BYTES
    assert not any(each.startswith(DIGESTER.of_site("bet.test")) for each in digests)


@pytest.mark.parametrize(
    ("host", "covering"),
    [
        ("www.bet.test", ["www.bet.test", "bet.test", "test"]),
        ("test", ["test"]),
        ("192.0.2.7", ["192.0.2.7"]),
        ("2001:db8::7", ["2001:db8::7"]),
    ],
)
def test_a_host_is_covered_by_itself_and_its_parents(host: str, covering: list[str]) -> None:
    assert list(DIGESTER.covering_hosts(host)) == [(each, DIGESTER.of_host(each)) for each in covering]


def test_www_is_one_with_its_parent_for_prefixes_alone() -> None:
    assert DIGESTER.of_site("www.bet.test") == DIGESTER.of_site("bet.test")
    assert DIGESTER.of_prefix("www.bet.test", "/a") == DIGESTER.of_prefix("bet.test", "/a")
    assert DIGESTER.of_host("www.bet.test") != DIGESTER.of_host("bet.test")


@given(HOSTS, PATHS, HOSTS, PATHS | st.just(""))
def test_a_prefix_is_met_by_its_digest_exactly_where_it_would_be_in_clear(
    host: str, path: str, asked: str, target: str
) -> None:
    path = path if "?" in path else path.rstrip("/") or "/"  # as an entry's text is
    met = DIGESTER.of_prefix(host, path) in {digest for _, digest in DIGESTER.covering_paths(asked, target)}
    assert met == hits(EntryKind.PREFIX, host + path, asked, target)


def test_the_path_that_was_met_is_told_with_its_digest() -> None:
    found = dict(DIGESTER.covering_paths("bet.test", "/a/b?c=d"))
    assert list(found) == ["/", "/a", "/a/b", "/a/b?c", "/a/b?c=d"]
    assert all(digest == DIGESTER.of_prefix("bet.test", path) for path, digest in found.items())


def test_a_target_of_boundaries_alone_takes_no_longer_than_its_length() -> None:
    began = time.process_time()
    found = list(DIGESTER.covering_paths("bet.test", "/" + "=" * 65_000))
    assert len(found) <= LONGEST_ENTRY + 1
    assert time.process_time() - began < 0.5
