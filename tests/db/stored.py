"""Decisions put into a database the way a gateway does it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.decision import Decision


def stored(engine: Engine, *decisions: Decision) -> None:
    """Spooled and shipped."""
    with TemporaryDirectory() as folder:
        writer = SpoolWriter(Path(folder) / "slot-0", SpoolSettings())
        for one in decisions:
            writer.record(one)
        writer.close()
        assert Shipper(engine, Path(folder), len(decisions) + 1).ship_once().records == len(decisions)
