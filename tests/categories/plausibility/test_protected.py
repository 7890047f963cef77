"""Hosts that must stay open, and entries that newly cover one."""

from pathlib import Path

import pytest

from categories.check import Conflict
from categories.list_change import WithheldWhy
from categories.plausibility.protected import (
    against_open_hosts,
    newly_over_open_hosts,
    newly_over_protected_hosts,
)
from policy.words import EntryKind
from tests.categories.plausibility.beside import AGAINST, newly, told

OPEN = [("login.vendor.test", "/", "essential"), ("example.test", "/help", "help")]


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        pytest.param("login.vendor.test", True, id="an-essential-host"),
        pytest.param("vendor.test", True, id="a-host-above-it"),
        pytest.param("*vendor*", True, id="a-pattern"),
        pytest.param("www.vendor.test", False, id="a-host-beside-it"),
        pytest.param("a.login.vendor.test", False, id="a-host-below-it-which-is-open-whatever-a-list-says"),
        pytest.param("example.test/help", True, id="a-part-of-a-host"),
        pytest.param("keyword:help", True, id="a-keyword-in-it"),
        pytest.param("example.test/shop", False, id="another-part"),
    ],
)
def test_an_entry_that_covers_an_open_host_is_quarantined(tmp_path: Path, entry: str, *, found: bool) -> None:
    beside = newly(tmp_path, {"malware": f"bad.test\n{entry}"}, {"malware": "bad.test"})
    held = list(newly_over_open_hosts(beside, OPEN, AGAINST))
    assert [each.why for each in held] == [WithheldWhy.QUARANTINED] * found
    assert [each.line for each in held] == [3] * found


def test_what_covered_an_open_host_before_is_not_quarantined_and_nor_is_what_allows(tmp_path: Path) -> None:
    lists = {"malware": "vendor.test", "forums": "vendor.test"}
    assert told(newly_over_open_hosts(newly(tmp_path / "a", lists, {}), OPEN, AGAINST)) == [
        ("malware", "vendor.test", "quarantined")
    ]
    before = {"malware.another": "vendor.test"}
    assert told(newly_over_open_hosts(newly(tmp_path / "b", lists, before), OPEN, AGAINST)) == []


@pytest.mark.parametrize(
    ("entry", "host"),
    [
        pytest.param("police.uk", "police.uk", id="the-host"),
        pytest.param("*.uk", "police.uk", id="above-it"),
        pytest.param("www.met.police.uk", "www.met.police.uk", id="below-it"),
        pytest.param("met.police.uk/news", "met.police.uk", id="a-part-of-one-below-it"),
        pytest.param("somewhere.police.uk", "somewhere.police.uk", id="one-that-nobody-knows"),
        pytest.param("*college*", "www.college.police.uk", id="a-pattern-over-one-of-the-sample"),
        pytest.param("/^www\\.police/", "www.police.uk", id="a-pattern-over-its-www"),
        pytest.param("notpolice.uk", "", id="only-the-same-ending"),
        pytest.param("police.uk.test", "", id="only-the-same-beginning"),
    ],
)
def test_an_entry_that_covers_a_protected_host_or_one_below_is_quarantined(
    tmp_path: Path, entry: str, host: str
) -> None:
    beside = newly(tmp_path, {"malware": f"bad.test\n{entry}"}, {"malware": "bad.test"})
    held = list(newly_over_protected_hosts(beside, ["police.uk", "other.test"], AGAINST))
    assert [each.host for each in held][:1] == [host] * bool(host)
    assert {(each.line, each.why) for each in held} == {(3, WithheldWhy.QUARANTINED)} or not host


def test_nothing_is_protected_where_nothing_is_named(tmp_path: Path) -> None:
    assert told(newly_over_protected_hosts(newly(tmp_path, {"malware": "*.uk"}), [], AGAINST)) == []


def test_what_the_ruleset_check_finds_is_quarantined() -> None:
    conflict = Conflict("help.test", "help", "feed", 9, EntryKind.PATTERN, "*help*", "gambling")
    (held,) = against_open_hosts([conflict])
    assert held.key == ("feed", EntryKind.PATTERN, "*help*")
    assert (held.line, held.category, held.host) == (9, "gambling", "help.test")
    assert held.why is WithheldWhy.QUARANTINED
    assert held.because == "it would keep help.test from being allowed, which is help"
