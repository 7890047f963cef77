"""Where lists disagree: much visited hosts one by one, all others counted by category."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import categories.compile
from categories.build import digest_of
from categories.compile import compile_lists
from categories.confidential.key import make_key
from categories.library import ListLibrary
from categories.ruleset import Ruleset
from console.lists.conflicting import Between, conflicts_between, visited_conflicts
from db.visited import VisitedHost
from policy.document import read_policy
from policy.words import Action, Verdict
from tests.categories.compiled import compiled

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = read_policy(Path(__file__).parents[3] / "policy" / "policy.toml")
LISTS = {
    "gambling": "bet.test\nexample.org/casino\nboth.test\nother.test",
    "games": "both.test",
    "advertising_tracking": "www.bet.test\nads.test\nboth.test\nother.test\nexample.org/casino",
    "malware": "worse.test",
    "malware.second": "worse.test",
}


def visited(host: str, visits: int) -> VisitedHost:
    return VisitedHost(host, visits, 10)


def test_a_visited_host_is_named_where_the_actions_differ_be_it_by_a_parent(tmp_path: Path) -> None:
    ruleset = compiled(tmp_path, LISTS)
    asked = [
        visited("www.bet.test", 70),
        visited("bet.test", 50),
        visited("ads.test", 40),
        visited("x.test", 1),
    ]
    (found,) = visited_conflicts(ruleset, POLICY, asked, NOW)
    assert (found.host, found.visits, found.category, found.verdict) == (
        "www.bet.test",
        70,
        "gambling",
        Verdict.BLOCK,
    )
    assert [(side.category, side.action, side.list, side.line) for side in found.sides] == [
        ("advertising_tracking", Action.ALLOW, "advertising_tracking", 2),
        ("gambling", Action.BLOCK, "gambling", 2),
    ]


@pytest.mark.parametrize("indexed", [False, True])
def test_hosts_in_several_lists_are_counted_by_their_categories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, indexed: bool
) -> None:
    if indexed:  # URL prefixes then stand in the same index
        monkeypatch.setattr(categories.compile, "MOST_LETTERS", 0)
    ruleset = compiled(tmp_path, LISTS)
    found = conflicts_between(ruleset, POLICY)
    assert sorted(found, key=lambda one: one.examples) == [
        Between(
            (("gambling", Action.BLOCK), ("games", POLICY.rules["games"].action), ALLOWED), 1, ("both.test",)
        ),
        Between((("gambling", Action.BLOCK), ALLOWED), 1, ("other.test",)),
    ]


ALLOWED = ("advertising_tracking", Action.ALLOW)


def test_lists_of_one_action_do_not_disagree(tmp_path: Path) -> None:
    ruleset = compiled(
        tmp_path, {"gambling": "bet.test", "pornography": "bet.test", "gambling.two": "bet.test"}
    )
    assert conflicts_between(ruleset, POLICY) == ()
    assert list(visited_conflicts(ruleset, POLICY, [visited("bet.test", 9)], NOW)) == []


def test_a_category_that_the_policy_no_longer_has_says_nothing(tmp_path: Path) -> None:
    ruleset = compiled(tmp_path, {"gambling": "bet.test", "forgotten": "bet.test"})
    assert conflicts_between(ruleset, POLICY) == ()


def test_of_many_hosts_three_are_named(tmp_path: Path) -> None:
    hosts = "\n".join(f"h{number}.test" for number in range(10))
    (found,) = conflicts_between(
        compiled(tmp_path, {"gambling": hosts, "advertising_tracking": hosts}), POLICY
    )
    assert (found.hosts, len(found.examples)) == (10, 3)


def test_a_confidential_list_names_no_host_here(tmp_path: Path) -> None:
    """It would be shown beside the name of the list that has it."""
    digester = make_key(tmp_path / "key")
    library = ListLibrary(tmp_path / "library", shipped=None)
    (tmp_path / "hidden.txt").write_text("bet.test\n")
    hidden = library.read_in("hidden", "gambling", tmp_path / "hidden.txt", digester=digester)
    (tmp_path / "ads.txt").write_text("bet.test\n")
    ads = library.read_in("ads", "advertising_tracking", tmp_path / "ads.txt")
    (tmp_path / "ruleset").mkdir()
    compile_lists(tmp_path / "ruleset", digest_of([ads, hidden]), NOW, [ads, hidden], lambda progress: None)
    ruleset = Ruleset.open(tmp_path / "ruleset", tmp_path / "key")
    assert [match.list for match in ruleset.matches("bet.test")] == ["ads", "hidden"]
    assert list(visited_conflicts(ruleset, POLICY, [visited("bet.test", 90)], NOW)) == []
    assert conflicts_between(ruleset, POLICY) == ()
