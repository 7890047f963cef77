"""The months are made ahead; what has none is kept nevertheless."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from db.engine import reading, writing
from db.partitions import make_partitions
from db.roles import OWNER
from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.words import RetentionClass
from tests.db.conftest import Database
from tests.db.examples import decision

LEAVES = text(
    "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relispartition "
    "AND c.relname ~ '_[0-9]{4}_[0-9]{2}$' ORDER BY 1"
)


def months_ahead(now: datetime) -> list[str]:
    first = now.year * 12 + now.month - 1
    return [f"{number // 12:04d}_{number % 12 + 1:02d}" for number in range(first - 1, first + 3)]


def test_an_upgrade_has_made_last_month_to_the_month_after_next_of_every_class(postgresql: Database) -> None:
    with reading(postgresql.engine) as connection:
        leaves = set(connection.scalars(LEAVES))
    assert leaves == {
        f"{table}_{retention}_{month}"
        for table in ("decision", "outcome")
        for retention in RetentionClass
        for month in months_ahead(datetime.now(UTC))
    }
    assert make_partitions(postgresql.engine) == 0


def test_a_month_that_is_missing_is_made(postgresql: Database) -> None:
    with writing(postgresql.engine) as connection:
        before = list(connection.scalars(LEAVES))
        for leaf in before[:5]:
            connection.execute(text(f"DROP TABLE {leaf}"))
    assert make_partitions(postgresql.engine) == 5
    with reading(postgresql.engine) as connection:
        assert list(connection.scalars(LEAVES)) == before


def test_a_month_that_already_lies_in_the_default_partition_stays_there(
    postgresql: Database, tmp_path: Path
) -> None:
    """Nobody called in time: the rows are kept, the other months are made, and nothing is in the way."""
    now = datetime.now(UTC)
    month = f"decision_refused_{now:%Y_%m}"
    with writing(postgresql.engine) as connection:
        connection.execute(text(f"SET LOCAL ROLE {OWNER}"))
        connection.execute(text(f"DROP TABLE {month}, decision_visit_{now:%Y_%m}"))
    writer = SpoolWriter(tmp_path / "slot-0", SpoolSettings())
    writer.record(decision(at=now))
    writer.close()
    assert Shipper(postgresql.engine, tmp_path, 10).ship_once().records == 1
    assert make_partitions(postgresql.engine) == 1
    with reading(postgresql.engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM decision_refused_default")) == 1
        assert month not in set(connection.scalars(LEAVES))


def test_sqlite_has_no_partitions_to_make(sqlite: Database) -> None:
    assert make_partitions(sqlite.engine) == 0
