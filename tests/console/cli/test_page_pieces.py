"""`explain --page` as it is called."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db.engine import make_engine
from db.settings import DatabaseSettings, SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.words import EntryKind, Resource
from tests.console.cli.conftest import Cli
from tests.db.examples import decision


def test_why_a_page_half_broke_is_shown_without_people(cli: Cli, state: Path) -> None:
    now = datetime.now(UTC)
    writer = SpoolWriter(state / "spool" / "slot-0", SpoolSettings())
    for minutes in (3, 4):
        page, at = "https://news.test", now - timedelta(minutes=minutes)
        writer.record(decision(at=at, page=page, resource=Resource.EMBEDDED, person="marked"))
    writer.close()
    cli("db", "upgrade")
    engine = make_engine(DatabaseSettings(), state)
    Shipper(engine, state / "spool", 100).ship_once()

    ran = cli("explain", "--page", "https://News.test/sport/1?a=b")
    assert (ran.code, ran.err) == (0, "")
    (row,) = [line for line in ran.out.splitlines() if "www.bet.test" in line]
    assert row.split()[1:4] == ["2", "embedded", "www.bet.test"]
    assert "ut1-gambling   4711   bet.test (host)" in row
    assert "2 recorded requests of pages on https://news.test in the last hour" in ran.out
    assert "marked" not in ran.out
    assert "withdrawn" not in ran.out

    wrong = WrongEntry("ut1-gambling", EntryKind.HOST, "bet.test", "gambling")
    WithdrawalStore(engine).withdraw(wrong, since=None, because="it is a charity")
    engine.dispose()
    assert "withdrawn as wrong on" in cli("explain", "--page", "https://news.test/").out
    told = json.loads(cli("explain", "--page", "wss://news.test/", "--json").out)
    assert told["page"] == "https://news.test"
    assert [(one["host"], one["times"], bool(one["withdrawn_on"])) for one in told["pieces"]] == [
        ("www.bet.test", 2, True)
    ]


def test_a_page_of_which_nothing_is_recorded_says_so_and_nobody_is_asked_for(cli: Cli, state: Path) -> None:
    ran = cli("explain", "--page", "http://news.test/")
    assert "0 recorded requests of pages on http://news.test in the last hour" in ran.out
    ran = cli("explain", "--page", "news.test", "--person", "ann")
    assert ran.code == 2
    assert "shows nobody" in ran.err
