"""Decisions put into a database the way a gateway does it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.decision import Decision, Outcome


def stored(engine: Engine, *records: Decision | Outcome) -> None:
    """Spooled and shipped."""
    with TemporaryDirectory() as folder:
        writer = SpoolWriter(Path(folder) / "slot-0", SpoolSettings())
        for one in records:
            if isinstance(one, Outcome):
                writer.outcome(one)
            else:
                writer.record(one)
        writer.close()
        assert Shipper(engine, Path(folder), len(records) + 1).ship_once().records == len(records)
