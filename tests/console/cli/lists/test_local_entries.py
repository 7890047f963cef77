"""An administrator's own word on a host."""

import json
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
