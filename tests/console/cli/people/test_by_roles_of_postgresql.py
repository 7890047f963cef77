"""Each command under a login with the one role it is for, and the others refused, on a real PostgreSQL."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from db.engine import make_engine
from db.presence import PresenceStore
from db.reports import ReportStore
from db.settings import DatabaseSettings
from db.upgrade import upgrade
from policy.words import PersonHow, ReportKind
from tests.console.cli.conftest import Cli, Ran
from tests.postgres import PostgresServer, postgres

__all__ = ["postgres"]

LOGINS = {
    "alice": "sluicegate_people",
    "bob": "sluicegate_people",
    "lena": "sluicegate_lists",
    "ada": "sluicegate_auditor",
    "gateway": "sluicegate_gateway",
}

type As = Callable[..., Ran]
"""`by("alice", "people", "list")`: that command under her login."""


@pytest.fixture(scope="module")
def server(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], str]]:
    """The address of one database, by login."""
    with postgres.database() as name:
        engine = make_engine(DatabaseSettings(url=SecretStr(postgres.url(name))), Path())
        upgrade(engine)
        engine.dispose()
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            for login, role in LOGINS.items():
                connection.execute(f'CREATE ROLE "{login}" LOGIN; GRANT {role} TO "{login}"'.encode())
        yield lambda login: postgres.url(name, login)
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            for login in LOGINS:
                connection.execute(f'DROP ROLE "{login}"'.encode())


@pytest.fixture
def by(server: Callable[[str], str], cli: Cli, monkeypatch: pytest.MonkeyPatch) -> As:
    def call(login: str, *arguments: object) -> Ran:
        monkeypatch.setenv("SLUICEGATE_DATABASE__URL", server(login))
        return cli(*arguments)

    return call


def lines(ran: Ran) -> list[dict[str, object]]:
    assert ran.code == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


def test_who_keeps_the_register_does_all_of_it(by: As, tmp_path: Path, server: Callable[[str], str]) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "login,unit,roles\njane,CID,press\nAlice,CID,Information Security Officer\n"
        + "".join(f"p{number},CID,\n" for number in range(10)),
        "utf-8",
    )
    ran = by("alice", "people", "import", path)
    assert ran.code == 0, ran.err
    assert "alice stayed as it was" in ran.err
    assert by("bob", "people", "import", path).code == 0, "whom somebody else may enter"
    assert len(lines(by("alice", "people", "list", "--json"))) == 12
    assert by("alice", "people", "disable", "jane", "--because", "left").code == 0
    assert by("alice", "people", "enable", "jane", "--because", "back").code == 0
    assert by("alice", "people", "confirm-role", "jane", "press").code == 0
    terms = ("--reference", "R", "--because", "x", "--until", "1h")
    assert by("alice", "people", "share", "jane", *terms).code == 0
    assert by("alice", "people", "show", "jane").code == 0
    assert lines(by("alice", "people", "unused", "--json")) == []
    assert by("alice", "devices", "add", "LAP-1", "10.1.2.3").code == 0
    assert by("alice", "devices", "disable", "LAP-1", "--because", "lost").code == 0
    engine = make_engine(DatabaseSettings(url=SecretStr(server("gateway"))), tmp_path)
    PresenceStore(engine).acknowledge("", "jane", "2", how=PersonHow.BASIC, policy="p")
    engine.dispose()
    (told,) = lines(by("alice", "notice", "report", "--json"))
    assert (told["people"], told["current"]) == (12, 1)
    assert len(lines(by("alice", "notice", "report", "--names", "--json"))) == 11


def test_a_restricted_exemption_is_seen_by_who_granted_it_and_an_auditor(by: As, state: Path) -> None:
    granted = by(
        *("alice", "exemptions", "grant", "--person", "jane", "--category", "social_media"),
        *("--until", "7d", "--purpose", "operation Elm", "--restricted", "--json"),
    )
    identifier = lines(granted)[0]["id"]
    assert [one["id"] for one in lines(by("alice", "exemptions", "list", "--json"))] == [identifier]
    assert lines(by("bob", "exemptions", "list", "--json")) == []
    assert lines(by("bob", "exemptions", "report", "--json")) == []
    assert by("bob", "exemptions", "revoke", identifier).code == 1
    assert [one["purpose"] for one in lines(by("ada", "exemptions", "list", "--json"))] == ["operation Elm"]
    assert [one["id"] for one in lines(by("ada", "exemptions", "report", "--json"))] == [identifier]
    assert by("ada", "exemptions", "revoke", identifier).code != 0
    assert by("alice", "exemptions", "revoke", identifier).code == 0


def test_a_request_is_granted_by_another(by: As) -> None:
    asked = ("exemptions", "request", "--person", "jane", "--category", "chat", "--purpose", "a campaign")
    reference = lines(by("alice", *asked, "--json"))[0]["id"]
    assert by("alice", "exemptions", "grant", reference, "--until", "7d").code == 1
    (granted,) = lines(by("bob", "exemptions", "grant", reference, "--until", "7d", "--json"))
    assert (granted["requested_by"], granted["granted_by"]) == ("alice", "bob")


def test_who_keeps_lists_reads_reports_and_never_whose(
    by: As, server: Callable[[str], str], tmp_path: Path
) -> None:
    engine = make_engine(DatabaseSettings(url=SecretStr(server("gateway"))), tmp_path)
    store = ReportStore(engine)
    told = store.tell(organisation="", person="jane", kind=ReportKind.WRONG_CATEGORY, host="a.test")
    store.tell(organisation="", person="jane", kind=ReportKind.NOT_MEANT, host="b.test")
    engine.dispose()
    assert [one["host"] for one in lines(by("lena", "reports", "list", "--json"))] == ["a.test"]
    assert by("lena", "reports", "answer", told.id, "--text", "it was wrong").code == 0
    refused = by("lena", "reports", "list", "--names")
    assert (refused.code, refused.out) == (3, "")
    assert "permission denied" in refused.err
    assert {one["person"] for one in lines(by("alice", "reports", "list", "--names", "--all", "--json"))} == {
        "jane"
    }


@pytest.mark.parametrize(
    ("login", "arguments"),
    [
        ("lena", ("people", "list")),
        ("lena", ("exemptions", "list")),
        ("lena", ("notice", "report")),
        ("gateway", ("people", "disable", "p1", "--because", "x")),
        ("gateway", ("people", "unused")),
        (
            "gateway",
            ("exemptions", "grant", "--role", "r", "--category", "chat", "--until", "1h", "--purpose", "x"),
        ),
        ("ada", ("people", "list")),
    ],
)
def test_who_has_another_role_is_refused_in_one_line(by: As, login: str, arguments: tuple[str, ...]) -> None:
    ran = by(login, *arguments)
    assert (ran.code, ran.out) == (3, "")
    assert "permission denied" in ran.err
    assert ran.err.count("\n") == 1
