"""Why a URL is allowed or blocked, on the terminal and as JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from policy.document import SHIPPED
from tests.console.cli.conftest import Cli


def explained(cli: Cli, *arguments: str) -> Any:
    ran = cli("explain", "--json", *arguments)
    assert ran.code == 0
    return json.loads(ran.out)


def test_a_blocked_site_is_explained_for_people(cli: Cli, state: Path) -> None:
    ran = cli("explain", "https://www.bet365.com/x?q=1")
    assert ran.code == 0
    for words in (
        "BLOCK: Gambling",
        "may not be used for online gambling",
        "Use of Communications Policy, version 5.0 (April 2020), clause 3.2",
        "entry bet365.com (host), list shipped.gambling, line ",
        "found by host-index",
        "7  Matched categories: the strictest action, then the highest in the policy   <== decides",
        "level anonymous",
    ):
        assert words in ran.out


def test_json_has_every_step_and_the_digests(cli: Cli, state: Path) -> None:
    found = explained(cli, "bet365.com")
    assert (found["verdict"], found["reason"], found["category"]) == ("block", "listed", "gambling")
    assert [step["number"] for step in found["steps"]] == list(range(10))
    assert found["ruleset"] == (state / "rulesets" / "current").readlink().name
    assert len(found["policy"]) == 64


def test_local_entries_and_exemptions_take_part(cli: Cli, state: Path) -> None:
    cli("lists", "allow", "bet365.com", "--because", "ticket 7")
    assert explained(cli, "bet365.com")["reason"] == "local-allow"
    assert "ticket 7" in cli("explain", "bet365.com").out
    cli(
        *("exemptions", "grant", "--person", "officer7", "--category", "social_media"),
        *("--until", "7d", "--purpose", "engagement"),
    )
    assert explained(cli, "facebook.com")["verdict"] == "block"
    assert explained(cli, "facebook.com", "--person", "officer7")["reason"] == "exempted"
    assert "engagement" in cli("explain", "facebook.com", "--person", "officer7").out


@pytest.mark.parametrize(
    ("url", "note"),
    [
        pytest.param("http://0x7f.1/", "an address inside the organisation", id="inner"),
        pytest.param("https://www.samaritans.org/x", "judged by its name alone", id="privileged"),
    ],
)
def test_what_the_gateway_does_besides_judging_is_said(cli: Cli, state: Path, url: str, note: str) -> None:
    assert any(note in told for told in explained(cli, url)["notes"])
    assert note in cli("explain", url).out


def test_a_person_who_is_not_in_the_htpasswd_file_is_said_not_to_be(
    cli: Cli, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "people").write_text(f"officer7:$2b$04${'a' * 53}\n")
    monkeypatch.setenv("SLUICEGATE_IDENTITY__KINDS", "htpasswd")
    monkeypatch.setenv("SLUICEGATE_IDENTITY__HTPASSWD_FILE", str(tmp_path / "people"))
    assert explained(cli, "example.test", "--person", "officer7")["notes"] == []
    assert explained(cli, "example.test", "--person", "stranger")["notes"] == [
        "this person is not in identity.htpasswd_file"
    ]
    assert "sign in" in explained(cli, "example.test")["notes"][0]


def test_hostile_text_is_shown_inert(cli: Cli, state: Path) -> None:
    ran = cli("explain", "http://example.test/\x1b[2J[/bold]\u202e")
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    assert "[/bold]" in ran.out


def test_what_is_no_url_is_an_error_of_usage(cli: Cli) -> None:
    ran = cli("explain", "mailto:a@b.test")
    assert (ran.code, ran.out) == (2, "")
    assert "it is not a web address" in ran.err


def test_it_makes_no_database(cli: Cli, state: Path) -> None:
    explained(cli, "example.test")
    assert not (state / "sluicegate.sqlite").exists()


def test_a_reference_is_told_from_a_host(cli: Cli) -> None:
    """It would be judged as a host that nobody lists, and so as allowed."""
    ran = cli("explain", "k7qf-2m9t")
    assert ran.code == 2
    assert "sluicegate decisions --reference k7qf-2m9t" in ran.err


POLICY = """
[schedule.lunch]
windows = ["mon-sun 12:00-13:00"]
[[departure]]
name = "licensing-at-lunch"
categories = ["social_media"]
units = ["Licensing"]
schedule = "lunch"
action = "allow"
reason = "Open to licensing at lunch."
because = "a test"
"""


def test_units_and_hours_are_judged_by_what_departs_from_the_standard(
    cli: Cli, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(SHIPPED.read_text() + POLICY)
    monkeypatch.setenv("SLUICEGATE_POLICY_FILE", str(file))
    asked = ("facebook.com", "--unit", "licensing", "--at")
    open_ = explained(cli, *asked, "2026-12-01T12:30+00:00")
    assert (open_["verdict"], open_["departure"]) == ("allow", "licensing-at-lunch")
    assert open_["rule_reason"] == "Open to licensing at lunch."
    assert explained(cli, *asked, "2026-12-01T13:00+00:00")["verdict"] == "block"
    assert explained(cli, "facebook.com", "--at", "2026-12-01T12:30+00:00")["verdict"] == "block"
    assert "by departure licensing-at-lunch" in cli("explain", *asked, "2026-12-01T12:30+00:00").out


@pytest.mark.parametrize(
    ("option", "value"),
    [pytest.param("--from-address", "somewhere", id="address"), pytest.param("--at", "soon", id="moment")],
)
def test_what_is_no_address_or_moment_is_an_error_of_usage(cli: Cli, option: str, value: str) -> None:
    ran = cli("explain", "example.test", option, value)
    assert ran.code == 2
    assert option in ran.err


@pytest.mark.parametrize("option", ["--person", "--role", "--unit", "--from-address", "--at"])
def test_the_pieces_of_a_page_are_shown_for_nobody(cli: Cli, option: str) -> None:
    ran = cli("explain", "--page", "https://example.test/", option, "192.0.2.7")
    assert ran.code == 2
    assert f"no {option}" in ran.err
