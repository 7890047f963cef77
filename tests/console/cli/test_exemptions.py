"""Exemptions, from the grant to the end."""

import json
import os
import pwd
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.cli.storage import registers_now
from console.cli.workplace import workplace
from policy.facts import Who
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


def as_somebody_else(monkeypatch: pytest.MonkeyPatch, uid: int) -> str:
    """From here on commands are this account's, which the system does not know; its login."""
    monkeypatch.setattr(os, "getuid", lambda: uid)
    return f"uid {uid}"


def request(cli: Cli, *arguments: str) -> str:
    asked = ("exemptions", "request", "--person", "officer7", "--purpose", "a campaign", *arguments, "--json")
    return str(json.loads(cli(*asked).out)["id"])


def waiting(cli: Cli) -> list[str]:
    lines = cli("exemptions", "list", "--waiting", "--json").out.splitlines()
    return [str(json.loads(line)["state"]) for line in lines]


def standing(cli: Cli) -> list[dict[str, object]]:
    return [json.loads(line) for line in cli("exemptions", "list", "--json").out.splitlines()]


def test_a_request_is_granted_by_somebody_else_as_it_was_asked(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = request(cli, "--category", "social_media")
    own = cli(*GRANT, reference, "--until", "7d")
    assert own.code == 1
    assert "nobody grants what they asked for" in own.err
    other = as_somebody_else(monkeypatch, 12345)
    ran = cli(*GRANT, reference, "--until", "7d", "--review", "3d")
    assert ran.code == 0
    (one,) = standing(cli)
    assert (one["grantee"], one["target"], one["purpose"]) == ("officer7", "social_media", "a campaign")
    assert (one["requested_by"], one["granted_by"]) == (ME, other)
    assert one["review"]
    assert waiting(cli) == []
    assert "granted already" in cli(*GRANT, reference, "--until", "7d").err


def test_a_request_may_be_granted_more_narrowly(
    cli: Cli, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = request(cli, "--category", "social_media")
    as_somebody_else(monkeypatch, 12345)
    assert cli(*GRANT, reference, "--host", "facebook.com", "--until", "7d").code == 0
    assert [one["target"] for one in standing(cli)] == ["facebook.com"]


MESSAGING = ("--category", "messaging", "--until", "7d", "--procedure", "SOP-9", "--purpose", "a pilot")


@pytest.fixture
def officers(cli: Cli, tmp_path: Path) -> None:
    """Two people of the register with the offices that the shipped policy asks for."""
    lines = ("uid 111,Information Security Officer", "uid 222,Operational Security Officer", "uid 333,")
    (tmp_path / "people.csv").write_text("\n".join(("login,roles", *lines)), "utf-8")
    assert cli("people", "import", tmp_path / "people.csv").code == 0


@pytest.mark.usefixtures("officers")
def test_two_offices_have_to_say_yes_and_the_second_to_what_the_first_said(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_somebody_else(monkeypatch, 111)
    first = cli(*GRANT, "--person", "officer7", *MESSAGING)
    assert first.code == 0
    reference = first.out.partition(":")[0]
    assert "opens nothing before the second office's word" in first.out
    assert standing(cli) == []
    assert waiting(cli) == ["second office"]
    assert "the second is somebody else's" in cli(*GRANT, reference).err
    as_somebody_else(monkeypatch, 333)
    assert "the register gives you no such role" in cli(*GRANT, reference).err
    as_somebody_else(monkeypatch, 222)
    assert cli(*GRANT, reference, "--until", "30d").code == 2, "what was granted stands as it is"
    said = json.loads(cli(*GRANT, reference, "--json").out)
    assert (said["granted_by"], said["second_by"], said["procedure"]) == ("uid 111", "uid 222", "SOP-9")
    assert [one["target"] for one in standing(cli)] == ["messaging"]


@pytest.mark.usefixtures("officers")
@pytest.mark.parametrize(
    ("uid", "arguments", "says"),
    [
        pytest.param(333, MESSAGING, "gives you no such role", id="no-office"),
        pytest.param(222, MESSAGING, "gives you no such role", id="the-other-office"),
        pytest.param(111, MESSAGING[:4] + MESSAGING[6:], "the reference of a procedure", id="no-procedure"),
        pytest.param(111, (*MESSAGING, "--restricted"), "names whose word", id="restricted-for-nobody"),
        pytest.param(111, (*MESSAGING, "--review", "30d"), "review date lies", id="review-after-its-end"),
    ],
)
def test_what_an_office_may_not_grant_is_one_line(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, uid: int, arguments: tuple[str, ...], says: str
) -> None:
    as_somebody_else(monkeypatch, uid)
    ran = cli(*GRANT, "--person", "officer7", *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert waiting(cli) == []


@pytest.mark.usefixtures("officers")
def test_a_restricted_one_waits_for_the_second_word_of_who_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_somebody_else(monkeypatch, 111)
    first = cli(*GRANT, "--person", "officer7", *MESSAGING, "--restricted", "--second", "UID 222")
    reference = first.out.partition(":")[0]
    as_somebody_else(monkeypatch, 333)
    assert waiting(cli) == []
    assert "there is no request" in cli(*GRANT, reference).err
    as_somebody_else(monkeypatch, 222)
    assert waiting(cli) == ["second office"]
    assert cli(*GRANT, reference).code == 0


@pytest.mark.usefixtures("officers")
def test_an_office_that_has_run_out_grants_nothing(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("people", "disable", "uid 111", "--because", "on leave").code == 0
    as_somebody_else(monkeypatch, 111)
    assert cli(*GRANT, "--person", "officer7", *MESSAGING).code == 1


def test_a_restricted_one_is_seen_by_its_approvers_alone(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    granted = cli(*GRANT, *PERSON, "--until", "7d", "--purpose", "operation Elm", "--restricted")
    reference = granted.out.partition(":")[0]
    assert "operation Elm" in cli("exemptions", "list").out
    as_somebody_else(monkeypatch, 12345)
    assert standing(cli) == []
    assert cli("exemptions", "report", "--json").out == ""
    assert cli("exemptions", "revoke", reference).code == 1
    with sqlite3.connect(workplace().state.database) as database:
        changes = database.execute("SELECT what, before, after, because FROM change").fetchall()
    assert any(what == "exemption granted" for what, *_ in changes)
    for secret in ("officer7", "operation Elm", "social_media"):
        assert secret not in str(changes)


def test_an_exemption_may_be_for_a_unit_or_a_network(cli: Cli) -> None:
    assert cli(*GRANT, "--unit", "CID", "--category", "social_media", *ENDING).code == 0
    assert cli(*GRANT, "--network", "10.1.0.0/16", "--category", "social_media", *ENDING).code == 0
    registers, now = registers_now(workplace()), datetime.now(UTC)

    def opened(who: Who) -> int:
        return len(registers.exemptions(who, "social.test", "/", now, ["social_media"]))

    assert opened(Who(unit="CID", client_ip="10.2.0.1")) == 1
    assert opened(Who(unit="Finance", client_ip="10.1.2.3")) == 1
    assert opened(Who(unit="Finance", client_ip="10.2.0.1")) == 0


def test_a_host_is_held_to_the_rules_of_its_categories(cli: Cli, state: Path) -> None:
    ran = cli(*GRANT, "--role", "licensing", "--host", "bet365.com", *ENDING)
    assert ran.code == 1
    assert "gambling: the policy admits exemptions for one named person only" in ran.err
    assert cli(*GRANT, "--person", "officer7", "--host", "bet365.com", *ENDING).code == 0


@pytest.mark.parametrize(("identifier", "code"), [("nonsense!", 2), ("K7QF-2M9T", 1)])
def test_what_does_not_stand_cannot_be_revoked(cli: Cli, identifier: str, code: int) -> None:
    assert cli("exemptions", "revoke", identifier).code == code
