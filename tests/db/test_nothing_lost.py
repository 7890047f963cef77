"""
Every `record` that returned is in the database exactly once, whoever is killed and whenever.

Writers, the keeper and the database are real processes; they are killed at random moments, again and
again, while records are written. What a writer printed had returned, so it must be there. Each is killed
after so much work, not so much time: a busy machine takes longer over it and tests as much.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import func, select

from db.engine import reading
from db.models import DecisionRow, OutcomeRow
from db.segments import segments, slot_folder
from db.shipper import Shipper
from tests.db.conftest import Database
from tests.postgres import PostgresServer

ROUNDS = 9
SLOTS = 2
FEWEST, MOST = 20, 400  # records between two kills

WRITER = """
import os, sys, time
from pathlib import Path
from db.settings import SpoolSettings
from db.spool import SpoolWriter
from policy.errors import DecisionLogUnavailable
from tests.db.examples import decision, outcome
writer = SpoolWriter(Path(sys.argv[1]), SpoolSettings(durability=sys.argv[2], max_bytes=8 << 20))
while True:
    made = decision()
    try:
        writer.record(made)
        os.write(1, made.id.bytes)
        writer.outcome(outcome(made))
    except DecisionLogUnavailable:
        time.sleep(0.01)  # full, until something is shipped
"""
KEEPER = """
import sys, threading
from pathlib import Path
from db.keeper import run_keeper
from db.settings import DatabaseSettings, SpoolSettings
url = sys.argv[2] or None
run_keeper(Path(sys.argv[1]), DatabaseSettings(url=url), SpoolSettings(batch_size=200), threading.Event())
"""


def start(script: str, *arguments: str, output: Path | None = None) -> subprocess.Popen[bytes]:
    with ExitStack() as stack:
        out = stack.enter_context(output.open("ab")) if output else subprocess.DEVNULL
        return subprocess.Popen(
            [sys.executable, "-c", script, *arguments], stdout=out, stderr=subprocess.DEVNULL
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def wait_for(done: Callable[[], bool], what: str) -> None:
    for _ in range(12_000):
        if done():
            return
        time.sleep(0.01)
    raise AssertionError(f"two minutes without {what}")


def run_and_kill(database: Database, postgres: PostgresServer | None, durability: str) -> Counter[bytes]:
    """Lets everything run and be killed for a while; returns what had been recorded."""
    chance = random.Random(20260314)  # noqa: S311
    spool = database.state / "spool"
    secret = database.settings.url
    url = secret.get_secret_value() if secret else ""
    printed = [database.state / f"printed-{slot}" for slot in range(SLOTS)]

    def write(slot: int) -> subprocess.Popen[bytes]:
        return start(WRITER, str(slot_folder(spool, slot)), durability, output=printed[slot])

    def write_and_kill(slot: int, records: int) -> None:
        before = printed[slot].stat().st_size
        wait_for(lambda: printed[slot].stat().st_size >= before + 16 * records, "a record")
        kill(writers[slot])

    def shipped() -> int:
        with reading(database.engine) as connection:
            return connection.scalar(select(func.count()).select_from(DecisionRow)) or 0

    def ship_and_kill() -> None:
        before = shipped()
        wait_for(lambda: shipped() > before, "anything shipped")
        kill(keeper)

    writers = [write(slot) for slot in range(SLOTS)]
    keeper = start(KEEPER, str(database.state), url)
    for number in range(ROUNDS):
        slot = chance.randrange(SLOTS)
        write_and_kill(slot, chance.randint(FEWEST, MOST))
        writers[slot] = write(slot)
        if number % 3 == 1:
            ship_and_kill()
            keeper = start(KEEPER, str(database.state), url)
        if postgres is not None and number == ROUNDS // 2:
            postgres.stop("immediate")
            time.sleep(1)
            postgres.start()
    for process in (*writers, keeper):
        kill(process)
    data = b"".join(path.read_bytes() for path in printed)
    return Counter(data[at : at + 16] for at in range(0, len(data), 16))


def ship_the_rest(database: Database) -> None:
    shipper = Shipper(database.engine, database.state / "spool", 5000)
    while shipper.ship_once().records or shipper.pending()[0]:
        pass


def check(database: Database, returned: Counter[bytes]) -> None:
    ship_the_rest(database)
    with reading(database.engine) as connection:
        stored = Counter(one.bytes for one in connection.scalars(select(DecisionRow.id)))
        outcomes = Counter(one.bytes for one in connection.scalars(select(OutcomeRow.decision)))
    assert len(returned) >= ROUNDS * FEWEST, "the test must have done something"
    assert not returned - stored, "returned from record() and not in the database"
    assert max(stored.values()) == max(outcomes.values()) == 1, "in the database twice"
    # A writer that is killed between the two may have recorded one more than it could say.
    assert len(stored) - len(returned) <= ROUNDS + SLOTS
    for slot in range(SLOTS):
        folder = slot_folder(database.state / "spool", slot)
        assert not list(folder.glob("*.damaged"))
        assert not (folder / "set-aside").exists()
        assert segments(folder) == []


def test_nothing_is_lost_or_doubled_on_sqlite(sqlite: Database) -> None:
    check(sqlite, run_and_kill(sqlite, None, "process"))


def test_nothing_is_lost_or_doubled_on_postgresql_which_is_stopped_too(
    postgres: PostgresServer, postgresql: Database
) -> None:
    check(postgresql, run_and_kill(postgresql, postgres, "process"))


def test_nothing_is_lost_or_doubled_when_records_are_synced(sqlite: Database) -> None:
    check(sqlite, run_and_kill(sqlite, None, "power"))
