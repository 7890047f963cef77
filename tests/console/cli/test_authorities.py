"""`sluicegate authority`, as those call it who ask, decide and review."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from policy.words import ReviewerRole
from tests.console.cli.conftest import Cli, SitDown
from tests.console.cli.review.fake import GRANTER, World

REQUEST = (
    *("authority", "request", "--matter", "PSD-1", "--purpose", "breach", "--person", "Alice"),
    *("--since", "14d", "--until", "1h", "--necessity", "a complaint names this person and such sites"),
    *("--proportionality", "one person and two weeks, and no more"),
    *("--less-intrusive", "the line manager asked, and nothing can be checked otherwise"),
)
BECAUSE = ("--because", "necessary, and no more than is needed")
STANDARDS = ReviewerRole.PROFESSIONAL_STANDARDS


@pytest.fixture
def asked(cli: Cli, sit_down: SitDown) -> str:
    """The reference of an authority that olga asked for; olga is at the terminal."""
    sit_down("olga", STANDARDS)
    return str(json.loads(cli(*REQUEST, "--json").out)["id"])


def state(cli: Cli, reference: str) -> str:
    return str(json.loads(cli("authority", "show", reference, "--json").out)["state"])


def test_one_asks_and_another_grants(cli: Cli, sit_down: SitDown, asked: str) -> None:
    assert state(cli, asked) == "waiting"
    sit_down("gerda", offices=(GRANTER,))
    ran = cli("authority", "grant", asked.lower(), *BECAUSE)
    assert ran.code == 0
    assert "in force, until" in ran.out
    assert state(cli, asked) == "in force"


def test_who_asked_is_told_what_comes_next(cli: Cli, sit_down: SitDown) -> None:
    sit_down("olga", STANDARDS)
    ran = cli(*REQUEST)
    assert ran.code == 0
    assert "somebody else decides with sluicegate authority grant" in ran.out


def test_nobody_grants_their_own(cli: Cli, sit_down: SitDown, asked: str) -> None:
    sit_down("olga", STANDARDS, offices=(GRANTER,))
    ran = cli("authority", "grant", asked, *BECAUSE)
    assert ran.code == 1
    assert "your own request" in ran.err


def test_nobody_asks_about_themselves(cli: Cli, sit_down: SitDown) -> None:
    sit_down("alice", STANDARDS)
    assert cli(*REQUEST).code == 1


def test_what_is_asked_for_is_what_is_kept(cli: Cli, sit_down: SitDown, world: World) -> None:
    sit_down("olga", STANDARDS)
    ran = cli(*REQUEST, "--unit", "CID", "--category", "gambling", "--allowed-visits", "--days", "7")
    assert ran.code == 0
    (one,) = world.authorities.values()
    assert (one.terms.people, one.terms.units) == (("alice",), ("CID",))
    assert (one.terms.categories, one.terms.allowed_visits, one.terms.days) == (("gambling",), True, 7)
    assert timedelta(days=13) < one.terms.until - one.terms.since < timedelta(days=15)


def test_the_role_is_the_only_one_that_may_ask_or_is_named(cli: Cli, sit_down: SitDown, world: World) -> None:
    sit_down("nobody", ReviewerRole.STATISTICS)
    ran = cli(*REQUEST)
    assert ran.code == 1
    assert "has no role that asks for authorities" in ran.err
    sit_down("olga", STANDARDS, ReviewerRole.LINE_MANAGER)
    ran = cli(*REQUEST)
    assert ran.code == 2
    assert "line-manager, professional-standards" in ran.err
    assert cli(*REQUEST, "--role", "professional-standards").code == 0
    (one,) = world.authorities.values()
    assert one.terms.role is STANDARDS


def test_another_refuses_a_request_and_who_asked_takes_it_back(
    cli: Cli, sit_down: SitDown, asked: str
) -> None:
    second = str(json.loads(cli(*REQUEST, "--json").out)["id"])
    assert cli("authority", "refuse", second, "--because", "not needed any more").code == 0
    assert state(cli, second) == "taken-back"
    sit_down("gerda", offices=(GRANTER,))
    assert cli("authority", "refuse", asked, "--because", "ask the person first").code == 0
    assert state(cli, asked) == "refused"


def test_an_authority_is_ended_and_what_comes_of_it_is_said(cli: Cli, sit_down: SitDown, asked: str) -> None:
    sit_down("gerda", offices=(GRANTER,))
    cli("authority", "grant", asked, *BECAUSE)
    ran = cli("authority", "revoke", asked, "--because", "the complaint was withdrawn")
    assert (ran.code, "revoked" in ran.out) == (0, True)
    ran = cli("authority", "tell", asked, "--withhold", "an inquiry is open")
    assert "the people named are not told yet" in ran.out
    assert "the people named are told" in cli("authority", "tell", asked).out


def test_lists_are_of_what_one_may_see(cli: Cli, sit_down: SitDown, asked: str) -> None:
    assert asked[:4] in cli("authority", "list").out
    assert asked in cli("authority", "list", "--state", "waiting", "--json").out
    assert cli("authority", "list", "--state", "in-force", "--json").out == ""
    sit_down("alice", STANDARDS, offices=(GRANTER,))
    assert cli("authority", "list", "--json").out == ""
    assert cli("authority", "show", asked).code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("authority", "list", "--state", "open"),
        ("authority", "show", "short"),
        ("authority", "grant", "K7QF2M9T"),
        (*REQUEST, "--purpose", "curiosity"),
        (*REQUEST, "--since", "someday"),
        (*REQUEST, "--days", "0"),
    ],
)
def test_what_cannot_be_read_is_an_error_of_usage(
    cli: Cli, sit_down: SitDown, arguments: tuple[str, ...]
) -> None:
    sit_down("olga", STANDARDS)
    assert cli(*arguments).code == 2


def test_a_date_alone_is_its_first_moment_on_this_clock(cli: Cli, sit_down: SitDown, world: World) -> None:
    sit_down("olga", STANDARDS)
    yesterday = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    assert cli(*REQUEST, "--since", yesterday).code == 0
    (one,) = world.authorities.values()
    assert one.terms.since == datetime.fromisoformat(yesterday).astimezone()
