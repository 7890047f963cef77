"""A compiled folder that is not whole is known by its manifest."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from categories import ENGINE
from categories.manifest import NAME, check_manifest
from policy.errors import ListRefused
from tests.categories.compiled import compiled

LISTS = {"gambling": "bet.test\nkeyword:casino", "games": "play.test"}
FILES = (
    "hosts.trie",
    "hosts.columns",
    "host-terms.columns",
    "url-terms.columns",
    "search-terms.columns",
    NAME,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / compiled(tmp_path, LISTS).digest


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def lengthened(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"{")


def one_bit_flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def removed(path: Path) -> None:
    path.unlink()


def test_a_whole_folder_is_whole(folder: Path) -> None:
    manifest = check_manifest(folder)
    assert manifest.digest == folder.name
    assert set(manifest.files) == {*FILES} - {NAME}
    assert [each.name for each in manifest.lists] == ["gambling", "games"]


@pytest.mark.parametrize("name", [name for name in FILES if name != NAME])
@pytest.mark.parametrize("damage", [cut_short, emptied, lengthened, one_bit_flipped, removed])
def test_a_damaged_file_is_named_and_what_to_do(
    folder: Path, name: str, damage: Callable[[Path], None]
) -> None:
    damage(folder / name)
    with pytest.raises(ListRefused, match=rf"{name}: is (damaged|missing); build the Ruleset again"):
        check_manifest(folder)


@pytest.mark.parametrize("damage", [cut_short, emptied, lengthened, removed])
def test_a_damaged_manifest_is_named_too(folder: Path, damage: Callable[[Path], None]) -> None:
    damage(folder / NAME)
    with pytest.raises(ListRefused, match=r"manifest\.json: is missing or damaged"):
        check_manifest(folder)


def test_a_folder_of_another_engine_is_refused(folder: Path) -> None:
    """Its files are whole, and mean something else."""
    path = folder / NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | {"engine": "0"}))
    with pytest.raises(ListRefused, match=re.escape(f'is of engine "0", this is engine "{ENGINE}"')):
        check_manifest(folder)
