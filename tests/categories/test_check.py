"""What a Ruleset must leave open before it may be put in force."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from categories.check import (
    Conflict,
    RulesetConflicts,
    find_conflicts,
    protected_urls,
    refuse_categories,
)
from policy.document import read_policy
from policy.errors import ListRefused
from policy.words import EntryKind
from tests.categories.compiled import compiled, sources

POLICY = read_policy()
NOW = datetime(2026, 3, 1, tzinfo=UTC)
HELP = "gamblersaid.test\nwww.clinic.test\nexample.org/help"


def conflicts(folder: Path, lists: dict[str, str]) -> list[tuple[str, str, int, str]]:
    ruleset = compiled(folder, lists)
    found = find_conflicts(ruleset, sources(folder, lists), POLICY, NOW)
    return [(each.host, each.list, each.line, each.entry) for each in found]


@pytest.mark.parametrize(
    ("text", "against"),
    [
        pytest.param("bet.test", [], id="nothing"),
        pytest.param("gamblersaid.test", [("gamblersaid.test", "gamblersaid.test")], id="the-host"),
        pytest.param("clinic.test", [("www.clinic.test", "clinic.test")], id="a-parent"),
        pytest.param("a.clinic.test", [], id="a-host-beside-it"),
        pytest.param(
            "www.gamblersaid.test", [("www.gamblersaid.test", "www.gamblersaid.test")], id="a-host-below-it"
        ),
        pytest.param("notgamblersaid.test", [], id="only-the-same-ending"),
        pytest.param(
            "gamblersaid.test/talk", [("gamblersaid.test", "gamblersaid.test/talk")], id="a-part-of-it"
        ),
        pytest.param(
            "a.gamblersaid.test/b", [("a.gamblersaid.test", "a.gamblersaid.test/b")], id="a-part-below-it"
        ),
        pytest.param("www.example.org", [], id="below-a-host-of-which-a-part-is-protected"),
        pytest.param("clinic.test/", [("www.clinic.test", "clinic.test/")], id="a-prefix-of-all-of-it"),
        pytest.param("clinic.test/other", [], id="a-prefix-elsewhere"),
        pytest.param("example.org/help", [("example.org", "example.org/help")], id="a-prefix"),
        pytest.param("*gamblers*", [("gamblersaid.test", "*gamblers*")], id="a-wildcard"),
        pytest.param("/aid\\.test/", [("gamblersaid.test", "/aid\\.test/")], id="an-expression"),
        pytest.param("path:/help/", [("example.org", "/help/")], id="a-path"),
        pytest.param("keyword:help", [("example.org", "help")], id="a-keyword"),
    ],
)
def test_each_kind_of_entry_against_a_help_host_is_a_conflict(
    tmp_path: Path, text: str, against: list[tuple[str, str]]
) -> None:
    found = conflicts(tmp_path, {"gambling": text, "help": HELP})
    assert found == [(host, "gambling", 2, entry) for host, entry in against]


def test_every_entry_against_a_host_is_named_and_allowing_ones_are_not(tmp_path: Path) -> None:
    lists = {
        "gambling": "clinic.test\nwww.clinic.test",
        "forums": "clinic.test",
        "pornography": "clinic.test",
        "help": HELP,
    }
    assert [(name, line) for _, name, line, _ in conflicts(tmp_path, lists)] == [
        ("gambling", 2),
        ("gambling", 3),
        ("pornography", 2),
    ]


def test_an_essential_host_is_open_whatever_a_list_says(tmp_path: Path) -> None:
    """By step 0 of the judgement; so is a host below it."""
    assert conflicts(tmp_path, {"malware": "update.test", "essential": "a.update.test\nupdate.test"}) == []


def test_lines_left_out_are_no_conflict(tmp_path: Path) -> None:
    lists = {"gambling": "bet.test", "help": "help.test\nkeyword:help"}
    ruleset = compiled(tmp_path, lists)
    kept = [type(each)(each.record, each.text, left_out=frozenset({3})) for each in sources(tmp_path, lists)]
    assert find_conflicts(ruleset, kept, POLICY, NOW) == ()


@pytest.mark.parametrize("category", ["essential", "help", "privileged"])
@pytest.mark.parametrize("text", ["keyword:update", "path:/update/", "file:*.exe", "*update*", "/up.*date/"])
def test_only_hosts_prefixes_and_addresses_can_be_protected(tmp_path: Path, category: str, text: str) -> None:
    """A keyword would open every page that has it in its address."""
    with pytest.raises(ListRefused, match=f"{category} line 3: .* could make any host {category}"):
        list(protected_urls(sources(tmp_path, {category: f"a.test\n{text}"}), POLICY))


def test_protected_urls_are_those_of_essential_and_help_lists(tmp_path: Path) -> None:
    lists = {
        "essential": "update.test\naddress:192.0.2.0/24",
        "help": "example.org/help",
        "privileged": "union.test",
        "gambling": "bet.test",
    }
    found = [
        (each.name, host, target) for each, host, target in protected_urls(sources(tmp_path, lists), POLICY)
    ]
    assert found == [("essential", "update.test", "/"), ("help", "example.org", "/help")]


def test_a_category_without_a_rule_is_refused_and_the_policys_are_named(tmp_path: Path) -> None:
    its_sources = sources(tmp_path, {"gambling": "bet.test", "poker": "bet.test"})
    refuse_categories([each for each in its_sources if each.category == "gambling"], POLICY)
    with pytest.raises(
        ListRefused, match=r"poker: the policy has no category 'poker'; choose one of .*gambling"
    ):
        refuse_categories(its_sources, POLICY)


def test_the_message_names_ten_conflicts_and_counts_the_others() -> None:
    many = tuple(
        Conflict(f"h{at}.test", "help", "gambling", at, EntryKind.PATTERN, "*", "gambling")
        for at in range(1, 13)
    )
    refused = RulesetConflicts(many)
    assert refused.conflicts == many
    text = str(refused)
    assert "would not allow 12 essential or help hosts" in text
    assert "h1.test (help) by gambling line 1: *" in text
    assert "h10.test" in text
    assert "h11.test" not in text
    assert "and 2 more" in text
    assert "\n" not in text
