"""A confidential list blocks like any other, and nothing that is kept or shown says what is in it."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from categories.confidential.key import make_key
from console.cli.workplace import workplace
from console.lists.confidential import confidential_digester, confidential_lists
from policy.errors import ListRefused
from tests.console.cli.conftest import Cli, _built, cli, environment, state

__all__ = ["Cli", "_built", "cli", "environment", "state"]

SECRETS = "# sluicegate-list: 1\n# our own matter\nquite-secret.test\nexample.org/tacet/tacet\n"


@pytest.fixture
def imported(cli: Cli, state: Path, tmp_path: Path) -> Path:
    """Its file, which the gateway no longer needs."""
    path = tmp_path / "own.txt"
    path.write_text(SECRETS)
    assert cli("lists", "import", "--category", "offensive", "--confidential", path).code == 0
    return path


def everything_in(folder: Path) -> bytes:
    texts = []
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            texts.append(gzip.decompress(data) if path.suffix == ".gz" else data)
    return b"\n".join(texts)


def test_it_blocks_and_is_shown_and_kept_nowhere(imported: Path, cli: Cli, state: Path) -> None:
    asked = b"http://www.quite-secret.test/\nhttp://example.org/tacet/tacet/1\nhttp://example.org/tacet/\n"
    ran = cli("categorise", "--json", stdin=asked)
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [answer["verdict"] for answer in answers] == ["block", "block", "allow"]
    for answer in answers[:2]:
        (match,) = answer.get("matches", [answer])
        assert match["entry"].startswith("confidential:")
        assert match["found_by"] == "confidential"
    explained = cli("explain", "http://www.quite-secret.test/").out
    assert "list own, line 3, found by confidential" in explained
    assert "entry quite-secret" not in explained
    for shown in (
        cli("lists", "search", "quite-secret"),
        cli("lists", "search", "tacet"),
        cli("lists", "status"),
        cli("lists", "history"),
    ):
        assert shown.code == 0
        assert "quite-secret" not in shown.out + shown.err
        assert "tacet" not in shown.out + shown.err
    assert "not searched: 1 confidential lists with 2 entries" in cli("lists", "search", "tacet").err
    by_host = cli("lists", "search", "quite-secret.test")
    assert by_host.out == "quite-secret.test: no list in force covers it\n"
    kept = everything_in(state)
    assert b"quite-secret" not in kept
    assert b"tacet" not in kept


def test_without_its_key_or_with_another_nothing_is_put_in_force(
    imported: Path, cli: Cli, state: Path, tmp_path: Path
) -> None:
    key = state / "confidential.key"
    key.rename(tmp_path / "kept.key")
    ran = cli("categorise", stdin=b"http://a.test/")
    assert ran.code == 1
    assert "has confidential lists, and their key is not here" in ran.err
    ran = cli("lists", "import", "--category", "offensive", "--confidential", "--name", "more", imported)
    assert ran.code == 1
    assert "the key of the confidential lists (own) is missing" in ran.err
    assert not key.exists(), "another key would not match what is there"
    assert cli("lists", "status").code == 1, "no Ruleset that is in force opens"
    make_key(key)
    ran = cli("categorise", stdin=b"http://a.test/")
    assert "its confidential lists are of the key" in ran.err
    shutil.copy(tmp_path / "kept.key", key)
    assert cli("categorise", stdin=b"http://a.test/").code == 0


def test_a_shared_folder_never_gets_the_key(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = tmp_path / "shared"
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__SHARED_FOLDER", str(shared))
    confidential_digester(workplace(), "offensive")
    assert "copy it to the state folder of every gateway" in capsys.readouterr().err
    assert (state / "confidential.key").exists()
    assert workplace().store.root == shared / "rulesets"
    assert workplace().store.key_file == state / "confidential.key"
    assert list(shared.rglob("*.key")) == []


@pytest.mark.parametrize("category", ["essential", "help"])
def test_what_must_stay_open_cannot_be_confidential(state: Path, category: str) -> None:
    with pytest.raises(ListRefused, match=f"{category}: hosts that must stay open are checked"):
        confidential_digester(workplace(), category)
    assert not (state / "confidential.key").exists()


def test_lists_in_clear_are_none_of_them(state: Path) -> None:
    assert confidential_lists(workplace()) == ()


def test_where_the_key_is_lost_the_lists_can_be_given_up(imported: Path, cli: Cli, state: Path) -> None:
    (state / "confidential.key").unlink()
    (state / "lists" / "own.json").unlink()
    assert cli("lists", "activate").code == 0
    assert workplace().ruleset().matches("quite-secret.test") == ()
    assert cli("lists", "import", "--category", "offensive", "--confidential", imported).code == 0
    assert workplace().ruleset().matches("quite-secret.test")
