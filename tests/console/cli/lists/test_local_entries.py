"""An administrator's own word on a host."""

import json
import os
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli


def test_a_host_is_blocked_and_forgotten_again(cli: Cli, state: Path) -> None:
    ran = cli("lists", "block", "https://Bad.test/", "--because", "a phishing mail", "--until", "+2h")
    assert ran.code == 0
    assert ran.out.startswith("bad.test and its subdomains blocked by ")
    assert "until 20" in ran.out
    forgotten = cli("lists", "forget", "bad.test")
    assert (forgotten.code, forgotten.out) == (
        0,
        "bad.test: no longer blocked; the lists decide again\n",
    )


def test_json_gives_the_entry(cli: Cli, state: Path) -> None:
    entry = json.loads(cli("lists", "allow", "a.test/Docs", "--because", "ticket 7", "--json").out)
    assert {key: entry[key] for key in ("action", "kind", "target", "until", "because")} == {
        "action": "allow",
        "kind": "prefix",
        "target": "a.test/docs",
        "until": None,
        "because": "ticket 7",
    }


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(("forget", "a.test"), 1, "no local entry stands for a.test", id="nothing-to-forget"),
        pytest.param(("block", "a b", "--because", "x"), 2, "Invalid value for TARGET", id="no-host"),
        pytest.param(("block", "a.test"), 2, "--because", id="no-reason"),
        pytest.param(("block", "a.test", "--because", " "), 1, "say in a sentence why", id="an-empty-reason"),
        pytest.param(("block", "a.test", "--because", "x", "--until", "soon"), 2, "--until", id="no-time"),
        pytest.param(
            ("block", "a.test", "--because", "x", "--until", "2020-01-01"), 1, "later time", id="a-past-time"
        ),
        *(
            pytest.param((word, target, "--because", "x"), 1, says, id=f"{word}-{target}")
            for word, target, says in [
                ("allow", "com", "com is a public suffix"),
                ("allow", "co.uk", "co.uk is a public suffix"),
                ("allow", "github.io", "github.io is a public suffix"),
                ("allow", "www.metfed.org.uk", "open to everyone already"),
                ("allow", "samaritans.org", "open to everyone already"),
                ("block", "www.samaritans.org", "protected by the category help (samaritans.org)"),
                ("block", "samaritans.org/contact", "protected by the category help"),
                ("block", "metfed.org.uk", "protected by the category privileged"),
                ("block", "org", "lies under it"),
                ("block", "a.windowsupdate.com", "is essential (windowsupdate.com) and stays open"),
            ]
        ),
    ],
)
def test_what_cannot_be_entered_is_one_line(
    cli: Cli, state: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ran = cli("lists", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("target", "said"), [("10.0.0.1", False), ("[2001:db8::1]", False), ("a.test", True)]
)
def test_an_address_has_no_subdomains(cli: Cli, state: Path, target: str, *, said: bool) -> None:
    ran = cli("lists", "block", target, "--because", "x")
    assert ran.code == 0
    assert ("and its subdomains" in ran.out) is said


@pytest.fixture
def _two_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__TWO_PEOPLE", "true")


@pytest.mark.usefixtures("_two_people")
@pytest.mark.parametrize("word", ["allow", "block"])
def test_where_two_people_are_asked_it_is_proposed(cli: Cli, state: Path, word: str) -> None:
    ran = cli("lists", word, "news.test", "--because", "a complaint")
    assert ran.code == 0
    assert ran.out.startswith("news.test: proposed as ")
    assert "nothing has changed" in ran.out
    assert "sluicegate lists approve " in ran.out
    assert cli("lists", "forget", "news.test").err == "sluicegate: no local entry stands for news.test\n"
    proposed = json.loads(cli("lists", word, "other.test", "--because", "x", "--json").out)
    assert proposed["target"] == "other.test"
    assert len(proposed["proposal"]) == 8


@pytest.mark.usefixtures("_two_people")
def test_what_was_proposed_holds_once_another_approved_it(
    cli: Cli, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = json.loads(cli("lists", "block", "news.test", "--because", "a complaint", "--json").out)[
        "proposal"
    ]
    assert "your own proposal" in cli("lists", "approve", reference, "--because", "me").err
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    entry = json.loads(cli("lists", "approve", reference, "--because", "agreed", "--json").out)
    assert (entry["action"], entry["target"], entry["by"]) == ("block", "news.test", "uid 12345")
    ending = json.loads(cli("lists", "forget", "news.test", "--json").out)["proposal"]
    assert "nothing waits" not in cli("lists", "pending").out
    assert "your own proposal" in cli("lists", "approve", ending, "--because", "me").err


@pytest.mark.usefixtures("_two_people")
def test_an_emergency_is_confirmed_by_somebody_else(
    cli: Cli, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = cli("lists", "allow", "custody.test", "--emergency", "--until", "+2h", "--because", "ticket 1")
    assert ran.code == 0
    assert ran.out.startswith("custody.test and its subdomains allowed by ")
    assert "Somebody else has to confirm it by 20" in ran.out
    assert "sluicegate lists confirm custody.test" in ran.out
    own = cli("lists", "confirm", "custody.test", "--because", "fine")
    assert (own.code, own.out) == (1, "")
    assert "nobody confirms what they allowed themselves" in own.err
    again = cli("lists", "allow", "custody.test", "--emergency", "--because", "ticket 2")
    assert again.code == 1
    assert "nobody has confirmed that" in again.err
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    confirmed = cli("lists", "confirm", "custody.test", "--because", "agreed")
    assert (confirmed.code, confirmed.out) == (0, "custody.test: confirmed by uid 12345\n")
    assert "another account, not another person" in confirmed.err
    twice = cli("lists", "confirm", "custody.test", "--because", "agreed", "--json")
    assert (twice.code, twice.out) == (1, "")
    assert "is confirmed already, by uid 12345" in twice.err


@pytest.mark.usefixtures("_two_people")
def test_json_gives_the_emergency(cli: Cli, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = json.loads(cli("lists", "allow", "a.test", "--emergency", "--because", "ticket 1", "--json").out)
    assert set(made) == {"entry", "at", "confirm_by", "ended", "confirmed"}
    assert made["entry"]["target"] == "a.test"
    assert made["confirmed"] is None
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert json.loads(cli("lists", "confirm", "a.test", "--because", "agreed", "--json").out)["confirmed"][
        "by"
    ]


@pytest.mark.usefixtures("_two_people")
@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(
            ("allow", "a.test", "--emergency", "--until", "13h"), 1, "12 hours at most", id="too-long"
        ),
        pytest.param(("allow", "amtso.eicar.org", "--emergency"), 1, "never exempts", id="never-exempt"),
        pytest.param(("block", "a.test", "--emergency"), 2, "--emergency", id="a-block"),
        pytest.param(
            ("confirm", "a.test"), 1, "nothing was allowed in an emergency for a.test", id="nothing"
        ),
    ],
)
def test_what_is_no_emergency_is_one_line(
    cli: Cli, state: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ran = cli("lists", *arguments, "--because", "x")
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1
