"""A state folder with something in it, as the commands' own tests have one."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from addons.ca.folder import init_ca
from console.backup.archive import Archive
from console.backup.making import make_backup
from console.cli.main import run_command
from console.cli.workplace import workplace
from db.settings import SpoolSettings
from db.spool import SpoolWriter
from policy.words import RetentionClass
from tests.console.cli.conftest import Cli, Ran, _built, cli, environment, state
from tests.db.examples import decision

__all__ = ["Cli", "Ran", "_built", "cli", "environment", "state"]

PASSPHRASE = "correct horse battery staple"

type Backup = Callable[..., Path]


@pytest.fixture(scope="session")
def _furnished(_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("furnished")
    state = folder / "state"
    shutil.copytree(_built, state, symlinks=True)
    init_ca(state / "ca")
    (folder / "own.txt").write_text("casino.test\n")
    commands = (
        f"lists import --category gambling {folder / 'own.txt'}",
        "lists block bet.test --because phishing",
        "exemptions grant --everyone --host news.test --until +2d --purpose news",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLUICEGATE_STATE_DIR", str(state))
        patch.chdir(folder)
        for command in commands:
            assert run_command(command.split()) == 0
    now = datetime.now(UTC)
    writer = SpoolWriter(state / "spool" / "slot-0", SpoolSettings())
    for age in (0, 1, 500):
        writer.record(decision(at=now - timedelta(days=age), retention_class=RetentionClass.OTHER))
    writer.close()
    return state


@pytest.fixture
def furnished(_furnished: Path, tmp_path: Path) -> Path:
    """A gateway's state folder with an authority, a list, registers, and three records that wait."""
    shutil.copytree(_furnished, tmp_path / "state", symlinks=True)
    return tmp_path / "state"


@pytest.fixture(scope="session")
def sealed(_furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of such a gateway, with its authority; not to be changed."""
    path = tmp_path_factory.mktemp("sealed") / "sealed.tar"
    # Of a copy: a backup is a look into the log, which would then stand in everybody's.
    state = shutil.copytree(_furnished, path.parent / "state", symlinks=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLUICEGATE_STATE_DIR", str(state))
        patch.chdir(path.parent)
        _write(path, PASSPHRASE)
    return path


@pytest.fixture
def backup(furnished: Path, tmp_path: Path) -> Backup:
    """Makes a backup of `furnished`; gives the file."""
    return lambda name="a.tar", passphrase=None: _write(tmp_path / name, passphrase)


def _write(path: Path, passphrase: str | None) -> Path:
    with path.open("x+b") as file:
        make_backup(workplace(), file, datetime.now(UTC), _nobody, passphrase=passphrase, named=path.name)
    return path


def opened(path: Path) -> dict[str, bytes]:
    """Every file of a backup."""
    with Archive.open(path) as archive:
        return {name: archive.read(name, 1 << 24) for name in archive.names}


def _nobody(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""
