"""What is asked for, and a no to it."""

import json
import os

import pytest

from tests.console.cli.conftest import Cli

ASK = ("exemptions", "request", "--person", "officer7", "--category", "social_media")


def waiting(cli: Cli, *arguments: str) -> list[dict[str, object]]:
    lines = cli("exemptions", "list", "--waiting", *arguments, "--json").out.splitlines()
    return [json.loads(line) for line in lines]


def test_a_request_waits_and_the_same_again_joins_it(cli: Cli) -> None:
    ran = cli(*ASK, "--purpose", "a campaign")
    assert ran.code == 0
    reference = ran.out.partition(":")[0]
    assert ran.out == f"{reference}: waits to be granted\n"
    assert cli(*ASK, "--purpose", "a campaign").out.endswith("(asked for 2 times)\n")
    (one,) = waiting(cli)
    assert (one["state"], one["grantee"], one["joined"]) == ("waiting", "officer7", 1)
    assert reference in cli("exemptions", "list", "--waiting").out
    assert cli("exemptions", "list", "--json").out == "", "it opens nothing"


def test_ones_own_is_taken_back_and_anothers_refused(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = json.loads(cli(*ASK, "--purpose", "a campaign", "--json").out)["id"]
    taken = cli("exemptions", "refuse", mine, "--because", "no longer needed")
    assert taken.out.endswith(": taken-back\n")
    theirs = json.loads(cli(*ASK, "--purpose", "a campaign", "--json").out)["id"]
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    refused = json.loads(
        cli("exemptions", "refuse", theirs, "--because", "the press office does this", "--json").out
    )
    assert refused["state"] == "refused"
    assert refused["decided"]["because"] == "the press office does this"
    again = cli("exemptions", "refuse", theirs, "--because", "x")
    assert again.code == 1
    assert "is refused already, by " in again.err
    assert waiting(cli) == []
    assert {one["state"] for one in waiting(cli, "--all")} == {"taken-back", "refused"}


def test_a_host_is_asked_for_with_the_category_that_closes_it(cli: Cli, state: object) -> None:
    asked = json.loads(
        cli(
            *("exemptions", "request", "--unit", "CID", "--host", "facebook.com"),
            *("--purpose", "operation Elm", "--json"),
        ).out
    )
    assert (asked["grantee_kind"], asked["category"]) == ("unit", "social_media")


def test_a_restricted_request_names_who_is_asked(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = ("--purpose", "reasonable adjustment", "--restricted")
    assert cli(*ASK, *terms).code == 2
    assert cli(*ASK, "--purpose", "x", "--ask", "b.boss").code == 2
    assert cli(*ASK, *terms, "--ask", "B.Boss").code == 0
    (one,) = waiting(cli)
    assert (one["restricted"], one["asked_of"]) == (True, "b.boss")
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert waiting(cli) == [], "who is not asked does not see it"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param((*ASK, "--role", "r", "--purpose", "x"), 2, "one of --person", id="two"),
        pytest.param((*ASK[:2], "--host", "a.test", "--purpose", "x"), 2, "one of --person", id="for-nobody"),
        pytest.param((*ASK[:4], "--purpose", "x"), 2, "one of --category", id="for-nothing"),
        pytest.param((*ASK[:4], "--category", "malware", "--purpose", "x"), 1, "no exemption", id="never"),
        pytest.param((*ASK[:4], "--category", "help", "--purpose", "x"), 1, "no exemption", id="open"),
        pytest.param(("exemptions", "refuse", "K7QF-2M9T", "--because", "x"), 1, "no request", id="no-such"),
        pytest.param(("exemptions", "refuse", "K7QF-2M9T"), 2, "--because", id="no-reason"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line(
    cli: Cli, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ran = cli(*arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1
