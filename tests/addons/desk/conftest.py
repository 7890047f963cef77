"""An embedded database with our schema, made once and copied."""

import shutil
from pathlib import Path

import pytest

from db.engine import SQLITE_FILE, make_engine
from db.settings import DatabaseSettings
from db.upgrade import upgrade


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database file, to copy from."""
    folder = tmp_path_factory.mktemp("upgraded")
    engine = make_engine(DatabaseSettings(), folder)
    upgrade(engine)
    engine.dispose()
    return folder / SQLITE_FILE


@pytest.fixture
def state(upgraded: Path, tmp_path: Path) -> Path:
    """A state folder with a database of its own."""
    shutil.copy(upgraded, tmp_path)
    return tmp_path
