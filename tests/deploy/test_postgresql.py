"""The settings for PostgreSQL, on a real server: what fails there leaves no value in the server's log."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from db.roles import GRANTS
from tests.postgres import PostgresServer

DEPLOY = Path(__file__).parents[2] / "deploy" / "postgresql"
MARK = "marked.example"
NO_TLS = "hostssl record cannot match because SSL is not supported by this build"


@dataclass(frozen=True)
class Served:
    """A server that runs with our settings, and what it logged without them and with them."""

    server: PostgresServer
    before: str
    after: str


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A server of its own: first as it comes, then with our settings included."""
    with PostgresServer() as server:
        fail_in_every_way(server)
        before = (server.folder / "log").read_text("utf-8")
        server.stop()
        with (server.folder / "data/postgresql.conf").open("a") as settings:
            settings.write(f"include '{DEPLOY / 'sluicegate.conf'}'\n")
        server.start()
        fail_in_every_way(server)
        yield Served(server, before, (server.folder / "log").read_text("utf-8").removeprefix(before))


def fail_in_every_way(server: PostgresServer) -> None:
    """Break off with MARK in the statement, a parameter, the row, a line of COPY, the message itself."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS marked")
        connection.execute("CREATE TABLE marked (host text UNIQUE CHECK (host <> ''), n int)")
        connection.execute("INSERT INTO marked VALUES (%s, 1)", [MARK])
        for statement, parameters in (
            ("INSERT INTO marked VALUES (%s, 2)", [MARK]),  # the row, in DETAIL
            (f"INSERT INTO marked VALUES ('{MARK}', 2)", []),  # noqa: S608 - the statement
            ("INSERT INTO marked VALUES ('', %s::text::int)", [MARK]),  # the message
            (f"DO $$ BEGIN RAISE EXCEPTION '{MARK}'; END $$", []),
            (f"DO $$ BEGIN RAISE WARNING '{MARK}'; PERFORM 1/0; END $$", []),
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement.encode(), parameters)
        with (  # the line, in CONTEXT
            pytest.raises(psycopg.Error),
            connection.cursor() as cursor,
            cursor.copy("COPY marked FROM STDIN") as copy,
        ):
            copy.write(f"{MARK}\t{MARK}\n".encode())
        connection.execute(f"SELECT pg_sleep(0.01), '{MARK}'".encode())
        connection.execute(f"CREATE ROLE somebody PASSWORD '{MARK}'; DROP ROLE somebody".encode())


def test_what_fails_leaves_its_values_in_the_log_of_a_server_as_it_comes_and_not_in_ours(
    served: Served,
) -> None:
    assert served.before.count(MARK) >= 5, "the failures must be such as would show"
    assert MARK not in served.after
    assert "connection authorized: user=postgres database=postgres" in served.after


def test_the_server_takes_every_line_and_needs_no_restart_for_any(served: Served) -> None:
    lines = re.findall(r"^[a-z]\S* = ", (DEPLOY / "sluicegate.conf").read_text("utf-8"), re.MULTILINE)
    with psycopg.connect(served.server.url("postgres")) as connection:
        taken = connection.execute(
            "SELECT f.name, f.applied, f.error, s.context FROM pg_file_settings f "
            "LEFT JOIN pg_settings s USING (name) WHERE f.sourcefile = %s",
            [str(DEPLOY / "sluicegate.conf")],
        ).fetchall()
    assert len(taken) == len(lines) >= 25
    for name, applied, error, context in taken:
        assert (applied, error) == (True, None), name
        assert context != "postmaster", f"{name} needs a restart"


def test_the_server_reads_the_example_of_who_may_connect(served: Served) -> None:
    """The view reads the file at once; what is in force stays until a reload."""
    in_force = served.server.folder / "data/pg_hba.conf"
    trusting = in_force.read_text("utf-8")
    in_force.write_text((DEPLOY / "pg_hba.conf.example").read_text("utf-8"))
    with psycopg.connect(served.server.url("postgres")) as connection:
        rules = connection.execute(
            "SELECT type, user_name, auth_method, error FROM pg_hba_file_rules ORDER BY line_number"
        ).fetchall()
    in_force.write_text(trusting)
    # The server of the tests is built without TLS, which is all that it may say.
    assert {error for *_, error in rules if error} <= {NO_TLS}
    assert {users[0].removeprefix("+") for _, users, *_ in rules if users[0].startswith("+")} == set(GRANTS)
    assert [(kind, method) for kind, users, method, _ in rules if users == ["all"]] == [
        ("host", "reject")
    ] * 2
