"""Lists are recognised by their content, read to their end, and refused when they are none."""

import hashlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.entries import Entry
from categories.packed import list_blocks, list_size
from categories.readers import (
    BAD_LINES_KEPT,
    MOST_BAD,
    ReadList,
    read_blocks,
    read_list,
)
from policy.errors import ListRefused
from policy.words import EntryKind

HOST = EntryKind.HOST


def read(content: str | bytes) -> tuple[ReadList, list[Entry]]:
    blocks = [content.encode() if isinstance(content, str) else content]
    being_read = read_blocks(blocks, "a list")
    return being_read, list(being_read.entries)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("# sluicegate-list: 1\nbet.test\n", "sluicegate"),
        ("# squidguard: domains\nbet.test\n", "squidguard"),
        ("# A list\n127.0.0.1 localhost\n0.0.0.0 bet.test\n", "hosts"),
        ("[Adblock Plus]\n! Title: A list\n||bet.test^\n", "adblock"),
        ("# A list\nbet.test\n", "domains"),
        ("*.bet.test\n*.casino.test\n", "domains"),
        ("bet.test\n0.0.0.0 casino.test\n||poker.test^\n", "domains"),
        ("0.0.0.0 bet.test\n" * 10 + "casino.test\n", "hosts"),
        ("# A list\nlocal=/bet.test/\naddress=/casino.test/\n", "dnsmasq"),
        ('server:\nlocal-zone: "bet.test" static\n', "unbound"),
        ("$TTL 3600\n@ SOA localhost. root.localhost. 1 2 3 4 5\n  NS localhost.\nbet.test CNAME .\n", "rpz"),
        (".bet.test\n.casino.test\n", "squid"),
        ("acl gambling dstdomain .bet.test\nhttp_access deny gambling\n", "squid"),
        ("192.0.2.7\n192.0.2.8\n", "addresses"),
        ("# drop\n192.0.2.0/24 ; SB1\n2001:db8::/32 ; SB2\n", "addresses"),
        ("192.0.2.7\nbet.test\ncasino.test\n", "domains"),
        ("DOMAIN-SUFFIX,bet.test\nDOMAIN-KEYWORD,casino\n", "surge"),
        ("[Rule]\nHOST-SUFFIX,bet.test,REJECT\nFINAL,DIRECT\n", "surge"),
        ("payload:\n  - '+.bet.test'\n  - 'casino.test'\n", "clash"),
        ("bet.test\nfull:www.casino.test\npoker.test @ads\n", "v2fly"),
        ("# v2fly: casinos\nbet.test\n", "v2fly"),
        ("# json: domain_suffix\nbet.test\n", "json"),
        ("id,url\n1,http://bet.test/a\n2,http://casino.test/b\n", "csv"),
        ("# id;host\n1;bet.test\n", "csv"),
        ("# csv-column: name\nname,x\nbet.test,1\n", "csv"),
        ("bet.test\nexample.org/a\nexample.org/b\n", "urls"),
        ("https://bet.test/\n", "urls"),
        ("\ufeffbet.test\r\ncasino.test\r\n", "domains"),
    ],
)
def test_a_format_is_recognised_by_content(content: str, name: str) -> None:
    assert read(content)[0].format == name


@pytest.mark.parametrize("size", [1, 3, 11, 1000])
def test_a_format_is_the_same_however_the_text_comes_in_blocks(size: int) -> None:
    """The first lines would be names, taken alone."""
    text = b"bet.test\ncasino.test\n" + b"||poker.test^$script\nexample.org##.ad\n" * 10
    being_read = read_blocks([text[at : at + size] for at in range(0, len(text), size)], "a list")
    assert being_read.format == "adblock"


def test_a_format_is_recognised_within_a_bound() -> None:
    """What comes behind a mebibyte of nothing is not looked for."""
    with pytest.raises(ListRefused, match="no entries"):
        read_blocks([b"\n" * 2**20, b"\n" * 10 + b"bet.test\n"], "a list")


def test_entries_carry_the_numbers_of_their_lines() -> None:
    being_read, entries = read("# one\n\nbet.test\n# four\nBÜCHER.test\n192.0.2.7\n")
    assert entries == [
        Entry(HOST, "bet.test", 3),
        Entry(HOST, "xn--bcher-kva.test", 5),
        Entry(HOST, "192.0.2.7", 6),
    ]
    assert (being_read.lines, being_read.entry_count, being_read.bad_count) == (6, 3, 0)


def test_bad_lines_are_counted_with_number_text_and_reason() -> None:
    being_read, entries = read("bet.test\n" * 9 + "bet..test \x1b[31m\n" + "bet.test\n")
    assert len(entries) == 10
    assert being_read.bad_count == 1
    (bad,) = being_read.bad_lines
    assert (bad.number, bad.text) == (10, "bet..test \\x1b[31m")
    assert "one domain a line" in bad.why


def test_the_first_hundred_bad_lines_are_kept_and_all_counted() -> None:
    bad = BAD_LINES_KEPT + 50
    being_read, _ = read("bet.test\n" * (10 * bad) + "two words\n" * bad)
    assert being_read.bad_count == bad
    assert [line.number for line in being_read.bad_lines] == [10 * bad + 1 + i for i in range(BAD_LINES_KEPT)]


def test_a_line_too_long_for_an_entry_is_a_bad_line_and_kept_short() -> None:
    being_read, _ = read("bet.test\n" * 9 + "a." * 5000 + "test\n")
    assert being_read.bad_count == 1
    assert len(being_read.bad_lines[0].text) == 200


def test_a_reason_that_quotes_the_line_is_made_harmless_too() -> None:
    being_read, _ = read(
        "# sluicegate-list: 1\nbet.test\ncasino.test\npoker.test\n/(\x1b[31m" + "a" * 1000 + "/\n"
    )
    (bad,) = being_read.bad_lines
    assert "RE2" in bad.why
    assert "\x1b" not in bad.text + bad.why
    assert len(bad.why) <= 200


def test_a_name_too_long_for_a_host_is_a_bad_line() -> None:
    being_read, entries = read("bet.test\n" * 9 + "a" * 60 + ("." + "a" * 60) * 4 + "\n")
    assert (len(entries), being_read.bad_count) == (9, 1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param("", "no entries", id="empty"),
        pytest.param("\n\n \n", "no entries", id="blank"),
        pytest.param("# only\n# comments\n", "no entries", id="comments"),
        pytest.param("# sluicegate-list: 1\n# nothing yet\n", "no entries", id="only-the-mark"),
        pytest.param("127.0.0.1 localhost\n", "no entries", id="only-own-names"),
        pytest.param("<html><body>Not found</body></html>", "web page", id="html"),
        pytest.param("What a fine day it is.\nAnd so on.\n", "no format that is read here", id="prose"),
        pytest.param("order allow,deny\ndeny from all\n", "no format that is read here", id="a-web-server"),
        pytest.param("name;town\nA;B\n", "no format that is read here", id="a-table-of-something-else"),
        pytest.param("url,host\nhttp://bet.test/a,bet.test\n", "say with --column which", id="csv-with-two"),
        pytest.param("# csv-column: x\na,b\n", "no one column 'x'; its columns are: a, b", id="csv-without"),
        pytest.param("include:casinos\nbet.test\n", "includes 'casinos', which is not", id="includes"),
        pytest.param("bet.test\n" * 6 + "no entry\n" * 4, "4 of 10 lines cannot be read", id="too-many-bad"),
        pytest.param("# Number of entries: 1000\n" + "bet.test\n" * 500, "promises 1,000", id="cut-off"),
        pytest.param(
            "! Blocked: 22.495 rules\n" + "||bet.test^\n" * 500, "promises 22,495", id="cut-off-rules"
        ),
    ],
)
def test_what_is_not_fit_to_be_a_list_is_refused(content: str, why: str) -> None:
    with pytest.raises(ListRefused, match=why) as refused:
        read(content)
    assert str(refused.value).startswith("a list: ")
    assert "\n" not in str(refused.value)


def test_a_list_with_all_that_it_promises_is_whole() -> None:
    being_read, _ = read("# Domains: 1,000\n" + "bet.test\n" * 950)
    assert being_read.entry_count == 950


def test_as_many_bad_lines_as_are_suffered_are_suffered() -> None:
    being_read, _ = read("bet.test\n" * 75 + "no entry\n" * 25)
    assert being_read.bad_count == MOST_BAD * 100


def test_the_digest_is_of_the_very_text(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfbet.test\r\ncasino.test"
    (tmp_path / "list").write_bytes(content)
    being_read = read_list(tmp_path / "list")
    assert being_read.sha256 == ""
    list(being_read.entries)
    assert being_read.sha256 == hashlib.sha256(content).hexdigest()


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"bet.test\n" * 300_000)
    told: list[int] = []
    list(read_list(tmp_path / "list", told.append).entries)
    assert len(told) > 1
    assert told == sorted(told)
    assert told[-1] == list_size(tmp_path / "list") == 2_700_000


# Folders -----------------------------------------------------------------------------------------


def squidguard_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "domains").write_text("bet.test\ncasino.test")  # no line end, so that one must be put there
    (folder / "urls").write_text("")
    (folder / "expressions").write_text("poker[0-9]+\n")
    (folder / "usage").write_text("black\n")
    return folder


def test_a_squidguard_folder_is_one_text(tmp_path: Path) -> None:
    folder = squidguard_folder(tmp_path / "gambling")
    being_read = read_list(folder)
    assert list(being_read.entries) == [
        Entry(HOST, "bet.test", 2),
        Entry(HOST, "casino.test", 3),
        Entry(EntryKind.PATTERN, "/poker[0-9]+/", 6),
    ]
    text = b"".join(list_blocks(folder))
    assert being_read.sha256 == hashlib.sha256(text).hexdigest()
    again = read_blocks([text], "the stored text")
    assert (again.format, len(list(again.entries))) == ("squidguard", 3)


def test_an_alias_is_the_folder_it_leads_to(tmp_path: Path) -> None:
    squidguard_folder(tmp_path / "gambling")
    (tmp_path / "betting").symlink_to("gambling")
    assert len(list(read_list(tmp_path / "betting").entries)) == 3


@pytest.mark.parametrize(
    ("name", "why"), [("missing", "no such file or folder"), ("empty", "without any of")]
)
def test_no_list_at_all_is_refused(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ListRefused, match=why):
        list(read_list(tmp_path / name).entries)


# Anything ----------------------------------------------------------------------------------------


@given(st.binary(max_size=300) | st.text(alphabet="aB.*|^/#! :0127\n\r\t$", max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        being_read, entries = read(content)
    except ListRefused as refused:
        assert "\n" not in str(refused)
        return
    assert being_read.entry_count == len(entries)
    assert all(1 <= entry.line <= being_read.lines and entry.text for entry in entries)


# Real lists --------------------------------------------------------------------------------------

# Entries, lines for browsers, bad lines.
REAL: list[tuple[str, str, int, int, int]] = [
    ("bigdargon-hostsVN/hosts", "hosts", 18_298, 0, 0),
    ("bigdargon-hostsVN/extensions/threat/domain-VN.txt", "domains", 4_447, 0, 0),
    ("bigdargon-hostsVN/extensions/threat/filter-VN.txt", "adblock", 4_376, 0, 0),
    ("bigdargon-hostsVN/filters/adservers-all.txt", "adblock", 8_627, 0, 0),
    ("bigdargon-hostsVN/option/dnsmasq-hostsVN.conf", "dnsmasq", 18_298, 0, 0),
    ("bigdargon-hostsVN/extensions/ip/threat.txt", "addresses", 99, 0, 0),
    ("bigdargon-hostsVN/option/dnscrypt-hostsVN.txt", "domains", 8_627, 0, 0),
    ("stevenblack-2025/extensions/social/sinfonietta/blackhole", "hosts", 3_217, 0, 1),
    ("hagezi-2026-03/adblock/nsfw.txt", "adblock", 73_591, 0, 0),
    ("hagezi-2026-03/wildcard/nsfw.txt", "domains", 73_591, 0, 0),
    ("hagezi-2026-03/hosts/doh.txt", "hosts", 3_935, 0, 0),
    ("shadowwhisperer/Lists/Risk", "domains", 1_281, 0, 4),
    ("shadowwhisperer/Lists/Top_Level", "squid", 1_301, 0, 0),
    ("hagezi-2026-03/rpz/nsfw.txt", "rpz", 73_591, 0, 0),
    ("energized-2019/porn-lite/hosts-ipv6.txt", "hosts", 40_808, 0, 0),
    ("ut1/gambling", "squidguard", 32_252, 0, 0),
    ("ut1/malware", "squidguard", 19_227, 0, 0),
    ("ut1/phishing", "squidguard", 19_460, 0, 0),
    ("ut1/publicite", "squidguard", 4_645, 0, 0),
    ("ut1/proxy", "squidguard", 132_616, 0, 0),
]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("path", "name", "entries", "not_applicable", "bad"), REAL, ids=[row[0] for row in REAL]
)
def test_a_real_list_is_read_whole(
    real_data: Path, path: str, name: str, entries: int, not_applicable: int, bad: int
) -> None:
    being_read = read_list(real_data / "lists" / path)
    counted = sum(1 for _ in being_read.entries)
    assert (being_read.format, counted, being_read.not_applicable, being_read.bad_count) == (
        name,
        entries,
        not_applicable,
        bad,
    )


@pytest.mark.real_data
@pytest.mark.parametrize(
    "path",
    [
        "bigdargon-hostsVN/README.md",
        "bigdargon-hostsVN/extensions/tmp/title-hosts-adult.txt",
        "stevenblack-2025/extensions/porn/clefspeare13/blackhole",
        "stevenblack-2025/license.txt",
        "ut1",
    ],
)
def test_real_files_that_are_no_lists_are_refused(real_data: Path, path: str) -> None:
    with pytest.raises(ListRefused) as refused:
        list(read_list(real_data / "lists" / path).entries)
    assert "\n" not in str(refused.value)


# One list in several syntaxes: the files of each, and what only some of them have.
SAME = {
    "energized": (
        "energized-2019/porn-lite",
        "domains.txt one-line.txt filter.txt hosts.txt hosts-ipv6.txt hosts.gz dnsmasq.conf unbound.conf "
        "rpz.txt",
        # It stands in a hosts file for the computer itself.
        {"localhost.localdomain"},
    ),
    "oisd": (
        "oisd/small",
        "domains domains.adblock domains.original domains.routedns domains.rpz domains.safe",
        set(),
    ),
    "oisd-top": (
        "oisd/small",
        "domains.top-n domains.top-n.adblock domains.top-n.routedns domains.top-n.rpz",
        set(),
    ),
    "oisd-nsfw": ("oisd/nsfw", "domains.top-n domains.top-n.adblock domains.top-n.routedns", set()),
    "oisd-invalid": ("oisd/nsfw", "domains.invalid domains.invalid.routedns", set()),
    "hagezi-nsfw": (
        "hagezi-2026-03",
        "adblock/nsfw.txt dnsmasq/nsfw.txt rpz/nsfw.txt wildcard/nsfw.txt",
        set(),
    ),
    "hagezi-social": (
        "hagezi-2026-03",
        "adblock/social.txt dnsmasq/social.txt rpz/social.txt wildcard/social.txt",
        set(),
    ),
    "hostsvn-rules": (
        "bigdargon-hostsVN",
        "filters/adservers-all.txt option/dnscrypt-hostsVN.txt option/hostsVN-clash-rule.yaml "
        "option/hostsVN-open-clash-rule.yaml option/hostsVN-sing-box-rule.json",
        set(),
    ),
    "hostsvn": ("bigdargon-hostsVN", "hosts option/dnsmasq-hostsVN.conf option/domain.txt", set()),
}


@pytest.mark.real_data
@pytest.mark.parametrize(("folder", "files", "differ"), SAME.values(), ids=SAME)
def test_one_list_in_several_syntaxes_has_the_same_entries(
    real_data: Path, folder: str, files: str, differ: set[str]
) -> None:
    lists = [read_list(real_data / "lists" / folder / name) for name in files.split()]
    entries = [{(entry.kind, entry.text) for entry in each.entries} for each in lists]
    assert len({each.format for each in lists}) > 1
    assert len(entries[0]) > 800
    assert [{text for _, text in entries[0] ^ each} - differ for each in entries[1:]] == [set()] * (
        len(lists) - 1
    )


@pytest.mark.real_data
def test_reading_hosts_is_quick(real_data: Path) -> None:
    """Four million hosts must be read in some ten seconds; a tenth of that speed would show here."""
    started = time.process_time()
    being_read = read_list(real_data / "scale" / "proxies_anonymisers.txt")
    count = sum(1 for _ in being_read.entries)
    assert count == 150_605
    assert count / (time.process_time() - started) > 200_000
