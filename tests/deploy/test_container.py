"""The image and the compose file: their makers' own checkers, and what these cannot know."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from console.cli.settings import FILE_VARIABLE, read_settings
from console.cli.state import VARIABLE, State
from tests.postgres import PostgresServer

DEPLOY = Path(__file__).parents[2] / "deploy"
CONTAINERFILE = DEPLOY / "container" / "Containerfile"
COMPOSE = DEPLOY / "compose"
ACCOUNT = "10001"
TOOLS = Path(sys.executable).parent  # of the development group


def checked(*command: str | Path) -> str:
    """What a checker prints when it finds nothing wrong; the test fails where it does."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    """The compose file as Compose itself understands it, whatever is called only by name included."""
    text = checked(
        TOOLS / "docker-compose",
        "--file",
        COMPOSE / "compose.yaml",
        "--profile",
        "*",
        "config",
        "--format",
        "json",
    )
    found: dict[str, Any] = json.loads(text)
    return found


def test_hadolint_finds_nothing() -> None:
    assert checked(TOOLS / "hadolint", "--failure-threshold", "style", CONTAINERFILE) == ""


def test_the_image_is_no_root_is_pinned_and_says_how_it_is() -> None:
    text = CONTAINERFILE.read_text("utf-8")
    last = text[text.rindex("\nFROM ") :]
    assert re.search(rf"^USER {ACCOUNT}:{ACCOUNT}$", last, re.MULTILINE)
    assert re.search(r'^HEALTHCHECK .* CMD \["sluicegate", "status"\]$', last, re.MULTILINE)
    assert re.search(r"^ARG BASE=\S+:\d+\.\d+\.\d+-\S+$", text, re.MULTILINE), "a version, not a moving tag"
    assert text.count("--require-hashes") == 1
    assert not re.search(r"apt-get|gcc|build-essential|--index|--extra-index", text)


def test_the_image_is_given_what_it_copies_and_nothing_else() -> None:
    ignored = CONTAINERFILE.with_name("Containerfile.dockerignore").read_text("utf-8").split("\n")
    assert [line for line in ignored if line and line[0] != "#"] == [
        "*",
        "!deploy/requirements.txt",
        "!dist/*.whl",
    ]
    copied = re.search(r"^COPY (?!--from)(.*) \S+$", CONTAINERFILE.read_text("utf-8"), re.MULTILINE)
    assert copied
    assert copied[1].split() == ["deploy/requirements.txt", "dist/sluicegate-*-py3-none-any.whl"]


def test_every_service_is_closed(composed: dict[str, Any]) -> None:
    assert composed["services"].keys() == {
        *("postgres", "migrate", "gateway", "review", "ask", "lists", "dispose")
    }
    for name, service in composed["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert {"mem_limit", "pids_limit"} <= service.keys(), name
        assert not service.get("privileged"), name
    assert "outside" not in composed["services"]["postgres"]["networks"]
    assert composed["networks"]["inside"]["internal"] is True


def test_the_schema_comes_before_the_gateway_and_nobody_is_reached_by_accident(
    composed: dict[str, Any],
) -> None:
    gateway = composed["services"]["gateway"]
    assert gateway["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert [port["host_ip"] for port in gateway["ports"]] == ["127.0.0.1"]
    assert "ports" not in composed["services"]["postgres"]


def test_no_password_stands_in_a_file_that_is_kept(composed: dict[str, Any]) -> None:
    for service in composed["services"].values():
        for value in (service.get("environment") or {}).values():
            assert not re.search(r"://[^/@]*:", str(value)), value
    for secret in composed["secrets"].values():
        assert Path(secret["file"]).parent.name == "secrets"
    assert (COMPOSE / ".gitignore").read_text("utf-8").split() == ["secrets/"]


def test_the_settings_are_valid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FILE_VARIABLE, str(COMPOSE / "sluicegate.toml"))
    assert read_settings(State(tmp_path)).settings.gateway.listen == ("0.0.0.0:8080",)


def test_shellcheck_finds_nothing_in_the_maker_of_secrets() -> None:
    checked("shellcheck", COMPOSE / "make-secrets")


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """The secrets, as the script makes them; in folders and for accounts of this test."""
    shutil.copy(COMPOSE / "make-secrets", tmp_path)
    script = tmp_path / "make-secrets"
    if os.geteuid() != 0:  # then the files can only be its own
        me = f"postgres={os.getuid()} sluicegate={os.getuid()}"
        script.write_text(re.sub(r"postgres=\d+ sluicegate=\d+", me, script.read_text()))
    checked(script)
    again = subprocess.run([script], capture_output=True, text=True, check=False)
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    return tmp_path / "secrets"


def test_each_secret_is_another_and_for_one_account_alone(secrets: Path) -> None:
    files = {path.name: path for path in secrets.iterdir()}
    assert files.keys() == {*("postgres", "migrate", "gateway", "lists", "review", "dispose", "logins")}
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o400}
    found = re.findall(r"[0-9a-f]{48}", "".join(path.read_text() for path in files.values()))
    assert (len(found), len(set(found))) == (11, 6), "five logins, known to both ends, and the administrator"


def test_each_login_gets_in_by_its_own_secret_and_may_do_its_own_part(secrets: Path) -> None:
    """What the image runs when the database is made, run by PostgreSQL's own client; then `db upgrade`."""
    script = secrets.parent / "logins.sql"
    script.write_text((COMPOSE / "logins.sql").read_text("utf-8").replace("/run/secrets", str(secrets)))
    with PostgresServer() as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE sluicegate")
        checked(server.program("psql"), "--quiet", "--file", script, server.url("sluicegate"))
        server.ask_for_passwords()

        def url(login: str, secret: str) -> str:
            passwords = secrets.parent / f"{login}-{secret}"
            # libpq looks its server up by name and port, and takes no file that others may read.
            text = (secrets / secret).read_text().replace(":5432:", f":{server.port}:")
            passwords.write_text(text.replace(f":{secret}:", f":{login}:"))
            passwords.chmod(0o600)
            where = f"host=postgres&hostaddr=127.0.0.1&port={server.port}"
            return f"postgresql:///sluicegate?user={login}&{where}&passfile={passwords}"

        upgraded = subprocess.run(
            [sys.executable, "-P", "-m", "console.cli.main", "db", "upgrade"],
            env={
                "PATH": os.environ["PATH"],
                VARIABLE: str(secrets.parent / "state"),
                "SLUICEGATE_DATABASE__URL": url("migrate", "migrate"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert upgraded.returncode == 0, upgraded.stderr
        for login, may, may_not in (
            ("gateway", "SELECT id FROM exemption", "SELECT id FROM decision"),
            ("lists", "SELECT id FROM proposal", "SELECT id FROM decision"),
            ("review", "SELECT id FROM authority", "INSERT INTO decision DEFAULT VALUES"),
            ("dispose", "SELECT version_num FROM alembic_version", "SELECT id FROM decision"),
        ):
            with psycopg.connect(url(login, login), autocommit=True) as connection:
                connection.execute(may.encode())
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(may_not.encode())
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(url(login, "migrate"))
