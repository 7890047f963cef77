"""What staff sent, and what they are answered."""

import json

import pytest

from console.cli.storage import open_store
from console.cli.workplace import workplace
from db.reports import ReportStore
from policy.words import ReportKind
from tests.console.cli.conftest import Cli


@pytest.fixture
def sent(cli: Cli) -> str:
    store = open_store(ReportStore, workplace())
    store.tell(
        organisation="",
        person="jane",
        kind=ReportKind.NOT_MEANT,
        host="bet.test",
        text="a \x1b[2J[/bold] typo",
    )
    told = store.tell(
        organisation="", person="bob", kind=ReportKind.WRONG_CATEGORY, host="a.test", category="games"
    )
    return told.id


def listed(cli: Cli, *arguments: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in cli("reports", "list", *arguments, "--json").out.splitlines()]


def test_reports_name_nobody_unless_asked(cli: Cli, sent: str) -> None:
    assert all("person" not in one for one in listed(cli))
    assert {one["person"] for one in listed(cli, "--names")} == {"jane", "bob"}
    assert "jane" not in cli("reports", "list").out
    ran = cli("reports", "list", "--names")
    assert "jane" in ran.out
    assert "\x1b" not in ran.out


def test_a_report_is_answered_once(cli: Cli, sent: str) -> None:
    assert [one["host"] for one in listed(cli, "--kind", "wrong-category")] == ["a.test"]
    ran = cli("reports", "answer", sent, "--text", "the entry was wrong")
    assert ran.out.endswith(": answered\n")
    assert [one["kind"] for one in listed(cli)] == ["not-meant"]
    answered = {one["id"]: one["answered"] for one in listed(cli, "--all")}[sent]
    assert isinstance(answered, dict)
    assert answered["answer"] == "the entry was wrong"
    again = cli("reports", "answer", sent, "--text", "x", "--json")
    assert again.code == 1
    assert "answered already" in again.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("answer", "K7QF-2M9T", "--text", "x"), 1),
        (("answer", "nonsense!", "--text", "x"), 2),
        (("answer", "K7QF-2M9T"), 2),
        (("list", "--kind", "gossip"), 2),
    ],
)
def test_what_is_no_report_is_one_line(cli: Cli, arguments: tuple[str, ...], code: int) -> None:
    ran = cli("reports", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.count("\n") == 1
