"""What is kept of a confidential list: its lines, its numbers, and nothing that stands in it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.confidential.digests import Digester
from categories.confidential.hiding import hidden
from categories.readers import read_blocks
from policy.errors import ListRefused
from policy.words import EntryKind

DIGESTER = Digester(bytes(32))


def kept(text: str) -> bytes:
    return b"".join(hidden([text.encode()], "own", DIGESTER))


def read(text: bytes) -> list[tuple[EntryKind, str, int]]:
    found = read_blocks([text], "own")
    assert found.format == "confidential"
    return [(entry.kind, entry.text, entry.line) for entry in found.entries]


def digest(host: str, path: str = "") -> str:
    if path:
        return f"confidential:{DIGESTER.of_site(host).hex()}/{DIGESTER.of_prefix(host, path).hex()}"
    return f"confidential:{DIGESTER.of_host(host).hex()}"


def test_entries_become_digests_on_their_own_lines() -> None:
    text = kept("# sluicegate-list: 1\n\nbet.test\n# note\nexample.org/casino\n\n\nwww.x.test\n")
    assert read(text) == [
        (EntryKind.HOST, digest("bet.test"), 3),
        (EntryKind.PREFIX, digest("example.org", "/casino"), 5),
        (EntryKind.HOST, digest("www.x.test"), 8),
    ]
    for secret in (b"bet", b"casino", b"test", b"note", b"example"):
        assert secret not in text
    assert re.fullmatch(rb"[!-~ \n]+", text)


def test_several_names_of_one_line_stay_on_it_and_the_first_line_counts_as_one() -> None:
    text = kept("0.0.0.0 a.test b.test\n0.0.0.0 c.test")
    assert read(text) == [
        (EntryKind.HOST, digest("a.test"), 1),
        (EntryKind.HOST, digest("b.test"), 1),
        (EntryKind.HOST, digest("c.test"), 2),
    ]


LINES = st.lists(st.sampled_from(["", "# note", "a.test", "b.c.test", "two words"]), max_size=40)


@given(LINES)
def test_the_counts_are_those_of_the_list_itself(lines: list[str]) -> None:
    lines = ["good.test"] * 150 + lines  # or there would be too many bad ones
    text = "\n".join(lines)
    clear = read_blocks([text.encode()], "own")
    entries = list(clear.entries)
    found = read_blocks([kept(text)], "own")
    assert [(each.kind, each.line) for each in found.entries] == [(each.kind, each.line) for each in entries]
    assert (found.lines, found.entry_count) == (clear.lines, clear.entry_count)
    assert (found.bad_count, [bad.number for bad in found.bad_lines]) == (
        clear.bad_count,
        [bad.number for bad in clear.bad_lines],
    )


def test_of_more_bad_lines_than_are_kept_the_number_stays() -> None:
    text = "bad one\n" + "good.test\ntwo words\n" * 300 + "a.test\n" * 1000 + "bad two\n"
    clear = read_blocks([text.encode()], "own")
    assert len(list(clear.entries)) == 1300
    found = read_blocks([kept(text)], "own")
    assert len(list(found.entries)) == 1300
    assert (found.bad_count, found.lines) == (clear.bad_count, clear.lines) == (302, 1602)
    assert found.bad_lines[1].text == "!"


@pytest.mark.parametrize(
    "entry",
    [
        "keyword:casino",
        "path:/casino/",
        "file:*.msi",
        "*lucky*.test",
        "/casino[0-9]/",
        "address:192.0.2.0/24",
    ],
)
def test_what_no_request_could_meet_is_refused_without_repeating_it(entry: str) -> None:
    with pytest.raises(ListRefused, match=r"own line 3: a .* has no digest") as refused:
        kept(f"# sluicegate-list: 1\nbet.test\n{entry}")
    assert entry.partition(":")[2] not in str(refused.value) or ":" not in entry


def test_what_is_no_list_is_refused_as_ever() -> None:
    with pytest.raises(ListRefused, match="a web page"):
        kept("<html>")
