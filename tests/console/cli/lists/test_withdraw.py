"""An entry that was wrong is taken out, and whoever does it is told what goes with it."""

import json
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli


@pytest.fixture(autouse=True)
def _imported(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__SHIPPED_LISTS", "false")
    (tmp_path / "own.txt").write_text("0.0.0.0 bank.test also.test\n0.0.0.0 bad-one.test\n")
    assert cli("lists", "import", "--category", "games", tmp_path / "own.txt").code == 0


def test_an_entry_is_withdrawn_and_what_stands_beside_it_is_named(cli: Cli) -> None:
    ran = cli("lists", "withdraw", "own", "Bank.test", "--because", "a bank", "--since", "30d")
    assert ran.code == 0
    assert "line 1 of own also has also.test, which stays out with it" in ran.out
    answers = cli("categorise", "--json", stdin=b"bank.test\nbad-one.test\n").out.splitlines()
    assert [json.loads(answer)["categories"] for answer in answers] == [[], ["games"]]
    again = cli("lists", "withdraw", "own", "bank.test", "--because", "a bank")
    assert (again.code, "is withdrawn already" in again.err) == (1, True)


def test_it_can_be_let_in_again_by_the_reference_it_gave(cli: Cli) -> None:
    done = json.loads(cli("lists", "withdraw", "own", "bank.test", "--because", "a bank", "--json").out)
    assert done["together"] == ["also.test"]
    assert cli("lists", "release", done["reference"], "--because", "no bank").code == 0
    assert json.loads(cli("categorise", "--json", stdin=b"bank.test").out)["categories"] == ["games"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(("own", "other.test"), 1, "has no entry 'other.test'", id="no-entry"),
        pytest.param(("other", "bank.test"), 1, "no list has this name", id="no-list"),
        pytest.param(("own", "bank.test", "--since", "soon"), 2, "--since", id="no-time"),
    ],
)
def test_what_cannot_be_withdrawn_is_one_line(
    cli: Cli, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ran = cli("lists", "withdraw", *arguments, "--because", "a test")
    assert ran.code == code
    assert says in ran.err
