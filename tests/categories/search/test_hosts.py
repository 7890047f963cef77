"""What covers a host and what lies below it, the same however the Ruleset keeps it."""

from pathlib import Path

import pytest

import categories.compile
from categories.search import hosts
from categories.search.hosts import look_up
from categories.search.term import HostTerm
from tests.categories.compiled import compiled

GAMBLING = """bet.test
www.bet.test
far.below.bet.test
notbet.test
example.org/casino
example.org/casino/poker
example.org/casinos
sub.example.org/
*lucky*
192.0.2.0/24"""


@pytest.fixture(params=["in-the-automaton", "in-the-host-index"])
def indexed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "in-the-host-index":
        monkeypatch.setattr(categories.compile, "MOST_LETTERS", 0)


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    ("host", "target", "covering", "below"),
    [
        ("bet.test", "/", ["bet.test"], ["www.bet.test", "far.below.bet.test"]),
        ("below.bet.test", "/", ["bet.test"], ["far.below.bet.test"]),
        ("www.bet.test", "/", ["bet.test", "www.bet.test"], []),
        ("t.test", "/", [], []),
        ("lucky.notbet.test", "/", ["notbet.test", "*lucky*"], []),
        (
            "example.org",
            "/",
            [],
            ["example.org/casino", "example.org/casinos", "example.org/casino/poker", "sub.example.org/"],
        ),
        (
            "www.example.org",
            "/",
            [],
            ["example.org/casino", "example.org/casinos", "example.org/casino/poker"],
        ),
        ("sub.example.org", "/", ["sub.example.org/"], []),
        ("example.org", "/casino", ["example.org/casino"], ["example.org/casino/poker"]),
        ("example.org", "/casino/poker/1", ["example.org/casino", "example.org/casino/poker"], []),
    ],
)
def test_what_covers_and_what_lies_below(
    tmp_path: Path, host: str, target: str, covering: list[str], below: list[str]
) -> None:
    ruleset = compiled(tmp_path, {"gambling": GAMBLING.replace("192.0.2.0/24", "address:192.0.2.0/24")})
    answer = look_up(ruleset, HostTerm(host, target), 10)
    assert [hit.entry for hit in answer.covering] == covering
    assert sorted(hit.entry for hit in answer.below) == sorted(below)
    assert (answer.below_count, answer.counted_all) == (len(below), True)


def test_every_list_that_has_it_is_named_with_its_line(tmp_path: Path) -> None:
    ruleset = compiled(tmp_path, {"gambling": "a.test\nbet.test", "games": "bet.test\nx.bet.test"})
    answer = look_up(ruleset, HostTerm("bet.test", "/"), 10)
    assert [(hit.list, hit.category, hit.line) for hit in answer.covering] == [
        ("gambling", "gambling", 3),
        ("games", "games", 2),
    ]
    assert [(hit.list, hit.line, hit.entry) for hit in answer.below] == [("games", 3, "x.bet.test")]


def test_of_many_below_the_nearest_are_kept_and_the_rest_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"a{number:03}.bet.test" for number in range(50)] + [f"b.a{n}.bet.test" for n in range(50)]
    ruleset = compiled(tmp_path, {"gambling": "\n".join(reversed(names))})
    answer = look_up(ruleset, HostTerm("bet.test", "/"), 3)
    assert [hit.entry for hit in answer.below] == ["a000.bet.test", "a001.bet.test", "a002.bet.test"]
    assert (answer.below_count, answer.counted_all) == (100, True)
    monkeypatch.setattr(hosts, "MOST_COUNTED", 99)
    answer = look_up(ruleset, HostTerm("bet.test", "/"), 3)
    assert (answer.below_count, answer.counted_all) == (99, False)


def test_a_host_inside_a_url_is_another_question(tmp_path: Path) -> None:
    ruleset = compiled(tmp_path, {"gambling": "bet.test"})
    term = HostTerm("web.archive.org", "/web/https://bet.test/")
    assert ruleset.matches(term.host, term.target)
    assert look_up(ruleset, term, 10).covering == ()
