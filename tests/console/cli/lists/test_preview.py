"""What a change would have done, asked at a terminal: nothing changes, small numbers stay back."""

import gzip
import json
import sqlite3
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from categories.store import RulesetStore
from db.engine import make_engine
from db.settings import DatabaseSettings, SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.decision import Decision
from policy.document import SHIPPED
from policy.words import Reason, Verdict
from tests.categories.feeds.server import feed_server, give
from tests.console.cli.conftest import Cli
from tests.db.examples import decision

NOW = datetime.now(UTC)
NOTHING = {"visits": 0, "other_requests": 0, "people": 0}
OF_FEW = {"visits": None, "other_requests": None, "people": "fewer than 10"}


def allowed(host: str, people: int, **changes: object) -> list[Decision]:
    row = {"verdict": Verdict.ALLOW, "reason": Reason.NOT_LISTED, "path": None, "replayable": False}
    return [
        decision(**{"host": host, "person": f"person-{n}", "at": NOW, "category": None, **row, **changes})
        for n in range(people)
    ]


@pytest.fixture
def log(cli: Cli, state: Path) -> None:
    fill(cli, state)


def fill(cli: Cli, state: Path) -> None:
    """Twelve people on one site, three on another, and a day ten days ago."""
    cli("db", "upgrade")
    made = [
        *allowed("many.test", 12),
        *allowed("few.test", 3),
        *allowed("many.test", 30, at=NOW - timedelta(days=10)),
        *allowed("free.test", 20),
    ]
    writer = SpoolWriter(state / "spool" / "slot-0", SpoolSettings())
    for one in made:
        writer.record(one)
    writer.close()
    engine = make_engine(DatabaseSettings(), state)
    Shipper(engine, state / "spool", 1000).ship_once()
    engine.dispose()


@pytest.fixture
def listed(cli: Cli, state: Path, bets: Path) -> None:
    """The sites in force as gambling before anybody visited them: nothing of it waits."""
    assert cli("lists", "import", bets, "--category", "gambling").code == 0
    fill(cli, state)


@pytest.fixture
def bets(tmp_path: Path) -> Path:
    path = tmp_path / "bets.txt"
    path.write_text("# sluicegate-list: 1\nmany.test\nfew.test\nnobody.test\n")
    return path


def asked(cli: Cli, *arguments: object) -> dict[str, Any]:
    ran = cli("lists", "preview", *arguments, "--json")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def listed_now(cli: Cli) -> list[tuple[str, str]]:
    lines = cli("lists", "status", "--json").out.splitlines()
    return [(each["name"], each["state"]) for each in map(json.loads, lines)]


def in_force(state: Path) -> str | None:
    return RulesetStore(state / "rulesets").current_digest()


def test_an_import_is_previewed_and_not_put_in_force(cli: Cli, state: Path, log: None, bets: Path) -> None:
    before, lists = in_force(state), listed_now(cli)
    found = asked(cli, bets, "--category", "gambling")
    assert found["ruleset"] == before != found["candidate"]
    assert (found["visits"], found["other_requests"]) == (35, 0)
    blocked = found["newly_blocked"]
    many = {"visits": 12, "other_requests": 0, "people": 12}
    source = {"category": "gambling", "list": "bets"}
    assert blocked["at_named_hosts"] == many
    assert blocked["at_other_hosts"] == OF_FEW
    assert blocked["hosts"] == [{"host": "many.test", **source, **many, "waits": True}]
    assert blocked["by_list"] == [{**source, "at_named_hosts": many, "at_other_hosts": OF_FEW}]
    assert found["newly_allowed"]["at_named_hosts"] == found["newly_allowed"]["at_other_hosts"] == NOTHING
    assert found["judged_again"] == {"host": 40}
    assert in_force(state) == before
    assert listed_now(cli) == lists


def test_more_days_are_asked_for_by_their_number(cli: Cli, log: None, bets: Path) -> None:
    found = asked(cli, bets, "--category", "gambling", "--days", "10")
    assert found["newly_blocked"]["at_named_hosts"]["visits"] == 42
    assert found["newly_blocked"]["at_named_hosts"]["people"] == 30


def test_a_list_that_ends_is_previewed_in_every_way_that_it_can_end(
    cli: Cli, state: Path, listed: None
) -> None:
    with_it = in_force(state)
    (before,) = {each for each in _digests(state) if each != with_it}
    ways = [("--remove", "bets"), ("--disable", "bets"), ("--rollback", before)]
    for way in ways:
        opened = asked(cli, *way)["newly_allowed"]
        assert opened["at_named_hosts"]["visits"] == 12, way
        assert [each["host"] for each in opened["hosts"]] == ["many.test"], way
    assert in_force(state) == with_it


def _digests(state: Path) -> list[str]:
    return [path.name for path in (state / "rulesets").iterdir() if len(path.name) == 64]


def test_a_disabled_list_is_previewed_as_enabled(cli: Cli, listed: None) -> None:
    assert cli("lists", "disable", "bets", "--because", "a test").code == 0
    assert asked(cli, "--enable", "bets")["newly_blocked"]["at_named_hosts"]["visits"] == 12


def test_a_policy_file_is_previewed_beside_the_one_in_force(
    cli: Cli, state: Path, bets: Path, tmp_path: Path
) -> None:
    assert cli("lists", "import", bets, "--category", "webmail").code == 0
    fill(cli, state)
    text = SHIPPED.read_text("utf-8")
    head, table, rest = text.partition("[category.webmail]")
    stricter = tmp_path / "policy.toml"
    stricter.write_text(head + table + rest.replace('action = "allow"', 'action = "block"', 1))
    found = asked(cli, "--policy", stricter)
    assert found["ruleset"] == found["candidate"]
    assert found["policy"] != found["candidate_policy"]
    assert found["newly_blocked"]["at_named_hosts"]["visits"] == 12
    assert found["newly_blocked"]["hosts"][0]["category"] == "webmail"


def test_a_policy_without_a_rule_for_a_list_in_force_is_refused(cli: Cli, log: None, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(SHIPPED.read_text("utf-8").replace("[category.gambling]", "[category.betting]"))
    ran = cli("lists", "preview", "--policy", policy)
    assert ran.code == 1
    assert "has no rule for gambling" in ran.err


def test_the_urls_of_a_file_are_counted_exactly_and_their_hosts_named(
    cli: Cli, log: None, bets: Path, tmp_path: Path
) -> None:
    urls = tmp_path / "urls.txt"
    urls.write_text("https://few.test/\nhttps://few.test/a\nnobody.test\nfree.test\nno url here\n")
    found = asked(cli, bets, "--category", "gambling", "--urls", urls)["urls"]
    assert (found["read"], found["unreadable"]) == (4, 1)
    source = {"category": "gambling", "list": "bets"}
    assert found["newly_blocked"] == {
        "urls": 3,
        "hosts": [{"host": "few.test", "urls": 2, **source}, {"host": "nobody.test", "urls": 1, **source}],
    }
    assert found["newly_allowed"] == {"urls": 0, "hosts": []}


def test_an_administrators_own_entries_of_today_stand(cli: Cli, log: None, bets: Path) -> None:
    assert cli("lists", "allow", "many.test", "--because", "a test").code == 0
    blocked = asked(cli, bets, "--category", "gambling")["newly_blocked"]
    assert blocked["at_named_hosts"] == NOTHING
    assert blocked["at_other_hosts"] == OF_FEW


def test_the_tables_show_what_a_person_needs_and_nobody(
    cli: Cli, log: None, bets: Path, tmp_path: Path
) -> None:
    urls = tmp_path / "urls.txt"
    urls.write_text("https://nobody.test/\n")
    ran = cli("lists", "preview", bets, "--category", "gambling", "--urls", urls)
    assert ran.code == 0
    assert "35 visits" in ran.out
    assert "newly blocked" in ran.out
    assert "many.test" in ran.out
    assert "fewer than 10" in ran.out
    assert "nobody.test" in ran.out
    assert "few.test" not in ran.out
    assert "person-" not in ran.out


def test_that_somebody_looked_is_on_the_record_with_what_they_asked(
    cli: Cli, state: Path, log: None, bets: Path
) -> None:
    found = asked(cli, bets, "--category", "gambling", "--days", "3")
    with sqlite3.connect(state / "sluicegate.sqlite") as connection:
        rows = connection.execute(
            "SELECT question, purpose, rows_seen FROM access WHERE what = 'lists preview' ORDER BY at"
        ).fetchall()
    (question, purpose, none), *turns = rows
    known = json.loads(question)
    assert (known["days"], known["candidate"]) == (3, found["candidate"])
    assert known["change"].startswith("list bets (gambling) with text ")
    assert (purpose, none) == ("quality", None)
    # Each turn says what it showed: first the requests, then for how many sets of them people were counted.
    assert [seen for _, _, seen in turns] == [35, 2, 2, 2]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param((), 2, "preview one change", id="nothing"),
        pytest.param(("--remove", "a", "--disable", "b"), 2, "preview one change", id="two-things"),
        pytest.param(("--category", "gambling"), 2, "preview one change", id="a-category-without-a-list"),
        pytest.param(("--remove", "a", "--name", "b"), 2, "go with PATH", id="a-name-without-a-list"),
        pytest.param(("--remove", "bets"), 1, "no list has this name", id="no-such-list"),
        pytest.param(("--proposal", "not one"), 1, "is not a reference", id="no-reference"),
        pytest.param(("--proposal", "K7QF-2M9T"), 1, "K7QF-2M9T", id="no-such-proposal"),
        pytest.param(("--remove", "a", "--days", "367"), 2, "--days", id="too-many-days"),
    ],
)
def test_what_cannot_be_previewed_is_said_in_a_line(
    cli: Cli, state: Path, arguments: Iterable[object], code: int, says: str
) -> None:
    ran = cli("lists", "preview", *arguments)
    assert ran.code == code
    assert says in " ".join(ran.err.split())


def test_what_a_feed_has_published_is_previewed_and_offered_by_the_next_update_all_the_same(
    cli: Cli, log: None
) -> None:
    with feed_server() as server:
        server.answers["/bets"] = give(b"many.test\nfew.test\n")
        feed = ("--url", server.url("/bets"), "--category", "gambling", "--allow-http", "--because", "x")
        assert cli("lists", "subscribe", "bets", *feed).code == 0
        blocked = asked(cli, "--update", "bets")["newly_blocked"]
        assert blocked["at_named_hosts"]["visits"] == 12
        assert "bets" not in dict(listed_now(cli))
        told = json.loads(cli("lists", "update", "bets", "--json").out)
        assert told["result"] == "in force"
        again = cli("lists", "preview", "--update", "bets")
    assert again.code == 1
    assert "bets: unchanged" in again.err


def test_a_confidential_list_is_previewed_without_a_host_of_it(
    cli: Cli, state: Path, log: None, bets: Path
) -> None:
    found = asked(cli, bets, "--category", "gambling", "--confidential")
    (host,) = found["newly_blocked"]["hosts"]
    assert (host["host"], host["visits"]) == ("confidential", 12)
    assert "many.test" not in json.dumps(found)
    kept = [gzip.decompress(path.read_bytes()) for path in (state / "lists" / "texts").glob("*.gz")]
    assert kept
    assert not any(b"many.test" in text for text in kept)


def test_a_list_inside_an_archive_is_previewed(cli: Cli, log: None, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "lists.zip", "w") as archive:
        archive.writestr("bets.txt", "many.test\n")
        archive.writestr("others.txt", "others.test\n")
    options = ("--category", "gambling", "--inside", "bets.txt")
    found = asked(cli, tmp_path / "lists.zip", *options)
    assert found["newly_blocked"]["at_named_hosts"]["visits"] == 12


def test_a_list_alone_without_its_category_is_a_usage_error(cli: Cli, state: Path, bets: Path) -> None:
    ran = cli("lists", "preview", bets)
    assert ran.code == 2
    assert "PATH and --category go together" in ran.err


def test_a_gateway_that_has_carried_nobody_yet_previews_nothing(cli: Cli, state: Path, bets: Path) -> None:
    found = asked(cli, bets, "--category", "gambling")
    assert found["visits"] == 0
    assert found["newly_blocked"]["at_named_hosts"] == NOTHING
