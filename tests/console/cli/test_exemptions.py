"""Exemptions, from the grant to the end."""

import json
import os
import pwd
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli

GRANT = ("exemptions", "grant")
PERSON = ("--person", "officer7", "--category", "social_media")
ENDING = ("--until", "7d", "--purpose", "community engagement")
ME = pwd.getpwuid(os.getuid()).pw_name


def test_an_exemption_is_granted_listed_and_revoked_in_any_case(cli: Cli) -> None:
    ran = cli(*GRANT, *PERSON, *ENDING)
    assert ran.code == 0
    assert "social_media opened for person officer7 from " in ran.out
    assert ran.out.rstrip().endswith(f"granted by {ME}")
    reference = ran.out.partition(":")[0]
    assert reference in cli("exemptions", "list").out
    revoked = cli("exemptions", "revoke", reference.lower().replace("-", " "), "--because", "it is over")
    assert revoked.code == 0
    assert reference not in cli("exemptions", "list").out
    everything = json.loads(cli("exemptions", "list", "--all", "--json").out)
    assert (everything["state"], everything["ended"]["because"]) == ("revoked", "it is over")


def test_json_gives_the_exemption(cli: Cli, state: Path) -> None:
    granted = json.loads(
        cli(*GRANT, "--everyone", "--prefix", "A.test/Games", "--from", "+1h", *ENDING, "--json").out
    )
    assert (granted["grantee_kind"], granted["grantee"]) == ("everyone", "")
    assert (granted["kind"], granted["target"]) == ("prefix", "a.test/games")
    assert json.loads(cli("exemptions", "list", "--json").out)["state"] == "to come"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param((*PERSON, "--role", "r", *ENDING), 2, "one of --person, --role", id="two-grantees"),
        pytest.param(("--category", "games", *ENDING), 2, "one of --person, --role", id="no-grantee"),
        pytest.param((*PERSON, "--host", "a.test", *ENDING), 2, "one of --category", id="two-targets"),
        pytest.param(("--person", "p", *ENDING), 2, "one of --category", id="no-target"),
        pytest.param((*PERSON, "--purpose", "x"), 2, "--until", id="no-end"),
        pytest.param((*PERSON, "--until", "7d"), 2, "--purpose", id="no-purpose"),
        pytest.param((*PERSON, "--until", "x", "--purpose", "x"), 2, "--until", id="no-time"),
        pytest.param((*PERSON, "--from", "x", *ENDING), 2, "--from", id="no-time-to-begin"),
        pytest.param(("--person", ME, "--host", "a.test", *ENDING), 1, "nobody grants their own", id="mine"),
        pytest.param(
            ("--person", "p", "--category", "malware", *ENDING), 1, "no exemption", id="never-exempt"
        ),
        pytest.param(
            ("--role", "r", "--category", "gambling", *ENDING), 1, "named person", id="needs-a-name"
        ),
        pytest.param(
            ("--person", "p", "--category", "nonsense", *ENDING), 1, "no category", id="no-category"
        ),
        *(
            pytest.param(("--person", "p", "--category", name, *ENDING), 1, "needs no exemption", id=name)
            for name in ("privileged", "help", "essential")
        ),
        *(
            pytest.param(("--person", "p", *target, *ENDING), 1, says, id=target[1])
            for target, says in [
                (("--host", "www.metfed.org.uk"), "www.metfed.org.uk is privileged"),
                (("--prefix", "metfed.org.uk/discipline"), "metfed.org.uk is privileged"),
                (("--host", "samaritans.org"), "samaritans.org is privileged (help)"),
                (
                    ("--prefix", "facebook.com/share/https://www.metfed.org.uk/discipline"),
                    "www.metfed.org.uk is privileged",
                ),
                (("--host", "com"), "com is a public suffix"),
                (("--host", "github.io"), "github.io is a public suffix"),
            ]
        ),
    ],
)
def test_what_cannot_be_granted_is_one_line(
    cli: Cli, state: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ran = cli(*GRANT, *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert cli("exemptions", "list", "--all", "--json").out == ""


@pytest.mark.parametrize(("identifier", "code"), [("nonsense!", 2), ("K7QF-2M9T", 1)])
def test_what_does_not_stand_cannot_be_revoked(cli: Cli, identifier: str, code: int) -> None:
    assert cli("exemptions", "revoke", identifier).code == code
