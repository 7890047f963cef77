"""What an operator types to have lists fetched, and what they are told."""

import json
from pathlib import Path

import pytest

from categories.feeds.store import FeedStore
from console.cli.workplace import workplace
from tests.categories.feeds.test_subscription import KEY
from tests.console.cli.conftest import Cli

WHERE = ("--url", "https://lists.example/bets.txt", "--category", "gambling")
WHY = ("--because", "ticket 4711")


def test_a_feed_is_subscribed_to_and_ended(cli: Cli) -> None:
    ran = cli("lists", "subscribe", "bets", *WHERE, "--every", "6h", *WHY)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "bets: subscribed; fetch it now: sluicegate lists update bets\n"
    assert FeedStore(workplace().lists).subscription("bets").every.total_seconds() == 6 * 3600
    assert "in place of the one before" in cli("lists", "subscribe", "bets", *WHERE, *WHY).out
    ended = json.loads(cli("lists", "unsubscribe", "bets", *WHY, "--json").out)
    assert ended == {"name": "bets", "subscribed": False}
    ran = cli("lists", "unsubscribe", "bets", *WHY)
    assert ran.code == 1
    assert "no feed has this name" in ran.err


def test_one_of_the_catalogue_needs_no_more_than_its_name(cli: Cli) -> None:
    subscribed = json.loads(cli("lists", "subscribe", "hagezi-gambling", *WHY, "--json").out)
    assert subscribed["category"] == "gambling"
    assert subscribed["url"].startswith("https://")
    changed = cli(
        "lists", "subscribe", "ut1-gambling", "--category", "games", "--every", "2d", *WHY, "--json"
    )
    assert (json.loads(changed.out)["category"], json.loads(changed.out)["every"]) == ("games", "P2D")


def test_what_proves_and_unpacks_it_is_kept(cli: Cli) -> None:
    more = ("--key", KEY, "--signature", "https://a.test/s", "--checksum", "https://a.test/c")
    said = (*more, "--inside", "a/domains", "--column", "host", "--json")
    feed = json.loads(cli("lists", "subscribe", "bets", *WHERE, *WHY, *said).out)
    assert (feed["public_key"], feed["signature_url"]) == (KEY, "https://a.test/s")
    assert (feed["checksum_url"], feed["inside"], feed["column"]) == ("https://a.test/c", "a/domains", "host")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        pytest.param(("bets", *WHERE), 2, "because", id="no-reason"),
        pytest.param(("bets", *WHERE[:2], *WHY), 2, "give the category", id="no-category"),
        pytest.param(("bets", *WHY), 1, "the catalogue has no feed of this name", id="unknown"),
        pytest.param(("bets", *WHERE, "--every", "1m", *WHY), 2, "from 15 minutes", id="too-often"),
        pytest.param(("bets", *WHERE, "--every", "often", *WHY), 2, "expected a span", id="no-span"),
        pytest.param(("bets", *WHERE, "--key", "RWQ", *WHY), 2, "public key", id="no-key"),
        pytest.param(("../bets", *WHERE, *WHY), 2, "name", id="no-name"),
        pytest.param(("bets", "--url", "http://a.test/", *WHERE[2:], *WHY), 2, "--allow-http", id="http"),
        pytest.param(
            ("bets", *WHERE[:3], "bets", *WHY), 1, "no category of this name", id="no-such-category"
        ),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(
    cli: Cli, arguments: tuple[str, ...], code: int, told: str
) -> None:
    ran = cli("lists", "subscribe", *arguments)
    assert ran.code == code
    assert told in ran.err
    assert ran.err.count("\n") == 1
    assert FeedStore(workplace().lists).names() == ()


def test_the_catalogue_is_shown_with_figures_and_by_category(cli: Cli) -> None:
    ran = cli("lists", "catalogue")
    assert "hagezi-gambling *" in ran.out
    assert "ut1-games: Lists play.google.com" in ran.out
    some = [
        json.loads(line)
        for line in cli("lists", "catalogue", "--category", "games", "--json").out.splitlines()
    ]
    assert {feed["category"] for feed in some} == {"games"}
    best = [
        json.loads(line) for line in cli("lists", "catalogue", "--recommended", "--json").out.splitlines()
    ]
    assert best
    assert all(feed["recommended"] and feed["measured"]["entries"] for feed in best)


def test_monitoring_is_told_by_the_exit_code(cli: Cli, tmp_path: Path) -> None:
    assert cli("lists", "stale").code == 0
    cli("lists", "subscribe", "bets", *WHERE, *WHY)
    ran = cli("lists", "stale", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["standing"] == "new"
    path = tmp_path / "state/lists/feeds/bets.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"subscribed_at": "2026-01-01T00:00:00Z"}))
    ran = cli("lists", "stale")
    assert ran.code == 1
    assert "stale" in ran.out
    assert cli("lists", "stale", "--after", "9999d").code == 0
    assert cli("lists", "stale", "--after", "soon").code == 2
