"""What of the lists an operator is told by `check`, and what is in order."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from console.cli.main import run_command
from console.cli.storage import open_store
from console.cli.workplace import workplace
from console.lists.unsettled import unsettled
from db.emergencies import EmergencyStore
from db.proposals import ProposalStore
from db.registers import RegisterStore
from db.ruleset_history import NewRuleset, RulesetHistory
from policy.registers import TargetKind
from tests.console.cli.conftest import _built, environment, state
from tests.postgres import PostgresServer, postgres

__all__ = ["_built", "environment", "postgres", "state"]

NOW = datetime.now(UTC)


def told(now: datetime = NOW) -> list[str]:
    return [f"{what}: {says}" for what, says in unsettled(workplace(), now)]


@pytest.fixture
def _ready(state: Path) -> None:
    open_store(RegisterStore, workplace())  # makes the database


@pytest.mark.usefixtures("_ready")
def test_where_everything_is_in_order_nothing_is_said() -> None:
    open_store(ProposalStore, workplace()).propose({}, {}, because="of today")
    assert told() == []


@pytest.mark.usefixtures("_ready")
def test_an_emergency_that_nobody_confirmed_is_named_before_and_after_its_time() -> None:
    open_store(EmergencyStore, workplace()).allow_in_emergency(
        TargetKind.HOST, "custody.test", until=NOW + timedelta(hours=2), because="ticket 1"
    )
    (before,) = told()
    assert before.startswith("local entry custody.test: allowed in an emergency by ")
    assert "is to be confirmed by" in before
    assert "sluicegate lists confirm" in before
    (after,) = told(NOW + timedelta(hours=3))
    assert "was to be confirmed by" in after


@pytest.mark.usefixtures("_ready")
def test_a_proposal_that_waits_for_long_is_named() -> None:
    open_store(ProposalStore, workplace()).propose({}, {}, because="of a week ago")
    assert told(NOW + timedelta(days=6)) == []
    (waiting,) = told(NOW + timedelta(days=8))
    assert waiting.startswith("proposal ")
    assert "sluicegate lists pending" in waiting


@pytest.mark.usefixtures("_ready")
def test_a_ruleset_in_force_that_the_record_does_not_have_is_named() -> None:
    place = workplace()
    current = place.store.current_digest()
    assert current is not None
    for digest in (current, "ab" * 32):
        with open_store(RulesetHistory, place).record(NewRuleset("put", digest, "1", (), 0), because="x"):
            pass
        assert (told() == []) is (digest == current)
    (differs,) = told()
    assert differs.startswith(f"Ruleset: {current[:12]} is in force, and the record says abababababab")


@pytest.mark.usefixtures("_ready")
def test_two_people_on_sqlite_are_two_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__TWO_PEOPLE", "true")
    (said,) = told()
    assert "on SQLite the second person is another account" in said


def test_postgresql_asks_for_two_people_as_it_was_told_and_where_that_differs_is_named(
    state: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two_people(wanted: str) -> None:
        monkeypatch.setenv("SLUICEGATE_CATEGORIES__TWO_PEOPLE", wanted)

    with postgres.database() as name:
        monkeypatch.setenv("SLUICEGATE_DATABASE__URL", postgres.url(name))
        assert run_command(["db", "upgrade"]) == 0
        assert told() == []
        two_people("true")
        (said,) = told()
        assert "does not ask for two people yet, so psql goes past it; run: sluicegate db upgrade" in said
        assert run_command(["db", "upgrade"]) == 0
        assert told() == []
        two_people("false")
        (said,) = told()
        assert "the database still asks for two people; run: sluicegate db roles" in said
        # An upgrade with other settings, as by whoever runs it elsewhere, takes nothing back.
        assert run_command(["db", "upgrade"]) == 0
        assert len(told()) == 1
        assert run_command(["lists", "block", "bet.test", "--because", "x"]) == 0
        assert len(open_store(ProposalStore, workplace()).pending()) == 1, "it asks, so it is proposed"
        assert run_command(["db", "roles"]) == 0
        assert told() == []
        with psycopg.connect(postgres.url(name)) as connection:
            said_so = connection.execute(
                "SELECT after FROM change WHERE what LIKE 'local entry rule%'"
            ).fetchall()
        assert [row[0] for row in said_so] == [{"two_people": True}, {"two_people": False}]
