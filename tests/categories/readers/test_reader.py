"""The quick way through a list gives what the long one gives, or leaves the line to it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.readers import READERS
from categories.readers.reader import NO_LINE, PLAIN_NAME, Reader
from categories.urls.normalise import normalise_host
from tests.categories.readers.reading import outcome

LINES = st.text(alphabet="abc0-_.*|^ \t/x1270:#n", max_size=30)
# What the formats are made of, put together as no writer of a list would.
WORDS = """
    bet.test a.b é ß 0.0.0.0 127.0.0.1 :: %lo localhost ip6-x 192.0.2.0/24 :80 || | @@ ^ $all $script
    * . / // # ! ; [ ] ( ) " ' - + , = % %2f $ $ORIGIN $TTL @ SOA NS A AAAA TXT CNAME IN 1h rpz-ip
    rpz-passthru. local-zone: local-data: static transparent redirect address=/ server=/ local=/ acl
    dstdomain http_access http:// |https:// include: DOMAIN-SUFFIX, full: { } domains urls expressions
"""
PIECES = st.lists(st.sampled_from([*WORDS.split(), " ", "\t", "  ", "\udce9"]), max_size=10).map("".join)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("bet.test", True),
        ("a_b.xn--bcher-kva.x1", True),
        ("bet", False),
        ("Bet.test", False),
        ("bet.test.", False),
        ("bet..test", False),
        ("192.0.2.7", False),
        ("bet.1test", False),
        ("localhost.localdomain", False),
        (f"{'a' * 64}.test", False),
        ("bet.test\n", False),
    ],
)
def test_a_plain_name_is_a_host_as_it_stands(text: str, plain: bool) -> None:
    assert (re.fullmatch(PLAIN_NAME, text) is not None) is plain
    if plain:
        assert normalise_host(text) == text


def test_no_line_is_none() -> None:
    assert not any(NO_LINE(line) for line in ("", "bet.test"))


@pytest.mark.parametrize("kind", READERS, ids=lambda kind: kind.name)
@given(line=PIECES | LINES | st.text(max_size=60))
def test_the_quick_way_agrees_with_the_long_one(kind: type[Reader], line: str) -> None:
    """And nothing but the ways out of a line is ever raised."""
    outcome(kind(), line)


@pytest.mark.parametrize("kind", READERS, ids=lambda kind: kind.name)
@given(
    lines=st.lists(
        LINES | st.text(alphabet="#\"\r,;'[]- {}=:.ab0", max_size=20) | st.text(max_size=40), max_size=5
    )
)
def test_recognition_counts_lines_and_raises_nothing(kind: type[Reader], lines: list[str]) -> None:
    assert 0 <= kind.recognise(lines) <= 10 * len(lines)


def test_the_names_of_formats_are_stored_and_so_never_change() -> None:
    assert [kind.name for kind in READERS] == [
        "sluicegate",
        "squidguard",
        "confidential",
        "json",
        "csv",
        "surge",
        "clash",
        "v2fly",
        "hosts",
        "adblock",
        "dnsmasq",
        "unbound",
        "rpz",
        "squid",
        "addresses",
        "domains",
        "urls",
    ]
