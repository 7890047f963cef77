"""
Another filter's own test cases for its lists, line by line, and where we differ on purpose.

They are read out of its test files: what a line is, and the names that come of it. Below them the cases of
a browser for its list of trackers and its rules about requests.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import re2

from categories.entries import expression
from categories.readers import read_blocks
from categories.readers.domains import DomainsReader
from categories.readers.hosts import HostsReader
from categories.readers.reader import Reader
from categories.urls.normalise import normalise_url
from policy.words import EntryKind
from tests.categories.readers.reading import BAD, outcome

pytestmark = pytest.mark.real_data

BLOCKY = Path("vectors") / "blocky"
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"|`([^`]*)`')

# What it refuses and we take: a label that decodes to nothing, which answers all the same, and a wildcard.
TAKEN_BY_US = {"xn---mllerk1va.com", "invalid.*.wildcard"}


def strings(go: str) -> list[str]:
    """The texts of a piece of Go, comments left out; none that is put together from several."""
    lines = [
        line for line in go.splitlines() if not line.strip().startswith("//") and "strings.Repeat" not in line
    ]
    return [
        found[1] or found[2] or "" for line in lines for found in STRING.finditer(line.partition(" // ")[0])
    ]


def described(go: str, name: str) -> str:
    """The part of a test file about one thing."""
    return go.split(f'var _ = Describe("{name}"', 1)[1].split("\nvar _ = ", 1)[0]


def valid(part: str) -> tuple[list[str], dict[int, list[str]]]:
    """The lines of its first valid list, and what comes of them by line."""
    lines = strings(re.split(r"linesReader\(", part, maxsplit=1)[1].split("\n\t\t\t)", 1)[0])
    succeeds = part.split('It("succeeds"', 1)[1].split("io.EOF", 1)[0]
    found: dict[int, list[str]] = {}
    names: list[str] = []
    for line in succeeds.splitlines():
        if place := re.search(r'Equal\("line (\d+)"\)', line):
            found[int(place[1])], names = names, []
        elif "Equal(" in line and "ParseIP" not in line:
            names += strings(line.split("Equal(", 1)[1].replace("[]string", ""))
    return lines, found


def ours(reader: Reader, line: str) -> list[str]:
    found = outcome(reader, line)
    return [text for _, text in found] if isinstance(found, list) else []


def as_ours(names: list[str]) -> list[str]:
    """A word without a dot is no entry to us, and `*.` in front is what every host means."""
    return [name.removeprefix("*.") for name in names if "." in name]


@pytest.mark.parametrize(
    ("name", "reader", "lines", "with_names"),
    [("Hosts", DomainsReader, 11, 9), ("HostsFile", HostsReader, 5, 3), ("HostList", DomainsReader, 10, 8)],
)
def test_its_valid_lines_give_the_same_names(
    real_data: Path, name: str, reader: type[Reader], lines: int, with_names: int
) -> None:
    part = described((real_data / BLOCKY / "lists" / "parsers" / "hosts_test.go").read_text("utf-8"), name)
    written, found = valid(part)
    assert (len(written), len(found)) == (lines, with_names)
    assert {number: ours(reader(), line) for number, line in enumerate(written, 1) if number in found} == {
        number: as_ours(names) for number, names in found.items()
    }
    assert [ours(reader(), line) for number, line in enumerate(written, 1) if number not in found] == [[]] * (
        lines - with_names
    )


@pytest.mark.parametrize(
    ("name", "reader", "count"),
    [("Hosts", DomainsReader, 4), ("HostsFile", HostsReader, 4), ("HostList", DomainsReader, 4)],
)
def test_its_invalid_lines_are_bad_lines(
    real_data: Path, name: str, reader: type[Reader], count: int
) -> None:
    part = described((real_data / BLOCKY / "lists" / "parsers" / "hosts_test.go").read_text("utf-8"), name)
    lines = strings(part.split("lines := []string{", 1)[1].split("\n\t\t\t}", 1)[0])
    assert len(lines) == count
    not_bad = {line for line in lines if outcome(reader(), line) != BAD}
    # A computer's own name behind its own address is what every hosts file begins with.
    assert not_bad - {"127.0.0.1 localhost", "::1 # localhost # comment"} <= TAKEN_BY_US


def test_its_list_of_every_edge_case_gives_the_same_entries(real_data: Path) -> None:
    """A mixed list: names, a hosts file's lines, blockers' rules, wildcards, expressions, addresses."""
    folder = real_data / BLOCKY / "cache" / "stringcache" / "testdata" / "golden"
    read = read_blocks([(folder / "edge_cases.txt").read_bytes()], "edge cases")
    found = {(entry.kind, entry.text) for entry in read.entries}
    golden = [line.split("\t") for line in (folder / "edge_cases.golden").read_text("utf-8").splitlines()]
    assert len(golden) == 31
    expected = {
        (EntryKind.PATTERN, f"/{text}/") if kind == "regex" else (EntryKind.HOST, text.removesuffix("."))
        for kind, text in golden
        if "." in text or ":" in text
    }
    assert found == expected
    # A word without a dot, and a label of 64 characters.
    assert [bad.text[:17] for bad in read.bad_lines] == ["single-label-host", "a" * 17]
    assert read.format == "domains"


# A browser's cases --------------------------------------------------------------------------------

BROWSER = Path("vectors") / "ddg-privacy-reference-tests"

# What a browser knows of a request and we do not, or will not tell apart.
OF_BROWSERS = {
    "which page asks": {
        ("Basic", "matching rule, matching domain"),
        ("Basic", "matching rule, matching subdomain"),
        ("Basic", "matching rule, matching (non-eTLD+1) domain"),
        ("Basic", "matching rule, matching (non-eTLD+1) subdomain"),
        ("Trackers", "matching rule, first-party request"),
        ("Incorrect", "rules don't match main_frame requests (aka navigations)"),
    },
    "ports": {
        ("Basic", "non-matching rule due to port"),
        ("Incorrect", "incorrect rule that includes redundant port in URL"),
    },
    "capital letters": {("Basic", "non-matching rule due to case")},
    "its own file's properties": {
        ("Incorrect", "incorrect rule that has extra property"),
        ("Incorrect", "incorrect entry under subdomain (instead of etld+1)"),
    },
}


def loaded(path: Path) -> Any:  # JSON
    return json.loads(path.read_text("utf-8"))


def test_hosts_of_its_requests_are_listed_where_it_knows_a_tracker(real_data: Path) -> None:
    """At the boundaries of labels: `randomsub.tracker.test`, and not `also.bad.cnames.test`."""
    folder = real_data / BROWSER / "tracker-radar-tests" / "TR-domain-matching"
    trackers = "".join(f"{host}\n" for host in loaded(folder / "tracker_radar_reference.json")["trackers"])
    listed = {f".{entry.text}" for entry in read_blocks([trackers.encode()], "trackers").entries}
    tests = [
        (normalise_url(test["requestURL"]).host, test["expectAction"] is not None)
        for group in loaded(folder / "domain_matching_tests.json").values()
        for test in group["tests"]
        if test["requestURL"].split("/")[2] != "bad.cnames.test"  # listed by what its name leads to
    ]
    assert len(tests) == 131
    assert [
        (host, known) for host, known in tests if any(f".{host}".endswith(each) for each in listed) != known
    ] == []


def test_its_rules_about_requests_hold_where_they_do_not_depend_on_the_page(real_data: Path) -> None:
    folder = real_data / BROWSER / "request-blocklist"
    config = loaded(folder / "config-reference.json")["features"]["requestBlocklist"]["settings"]
    rules = [
        f"||{rule['rule'].removeprefix('||')}\n"
        for site in config["blockedRequests"].values()
        for rule in site["rules"]
        if rule.get("domains") == ["<all>"]
    ]
    read = read_blocks(["".join(rules).encode()], "rules")
    expressions = [expression(entry.text) for entry in read.entries]
    assert (read.format, read.entry_count, read.bad_count) == ("adblock", 13, 1)
    different = set()
    groups = [group for group in loaded(folder / "tests.json").values() if group["name"] != "Allowlisting"]
    for group in groups:
        for test in group["tests"]:
            url = normalise_url(test["requestUrl"])
            blocked = any(re2.search(each, url.host + url.target) for each in expressions)
            if blocked != (test["expectAction"] == "block"):
                different.add((group["name"], test["name"]))
    assert sum(len(group["tests"]) for group in groups) == 35
    assert different == set.union(*OF_BROWSERS.values())
