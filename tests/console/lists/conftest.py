"""State folders with lists in force, one of them on the record."""

import shutil
from pathlib import Path

import pytest

from console.cli.workplace import Workplace, workplace
from tests.console.cli.conftest import _built, environment, state
from tests.console.lists.changing import put

__all__ = ["_built", "environment", "state"]

_NO_SHIPPED = "SLUICEGATE_CATEGORIES__SHIPPED_LISTS"


@pytest.fixture(scope="session")
def _recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("recorded") / "state"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLUICEGATE_STATE_DIR", str(root))
        patch.setenv(_NO_SHIPPED, "false")
        patch.chdir(root.parent)
        put("own", "bad-one.test")
    return root


@pytest.fixture
def place(tmp_path: Path, _recorded: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """One list, `own` with bad-one.test among games, in force and on the record; none that is shipped."""
    shutil.copytree(_recorded, tmp_path / "state", symlinks=True)
    monkeypatch.setenv(_NO_SHIPPED, "false")
    return workplace()
