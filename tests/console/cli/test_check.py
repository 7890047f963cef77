"""What `check` finds, and that it starts and makes nothing."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from addons.ca import CertificateAuthority, init_ca, make_ca
from addons.ca.folder import CaFolder
from addons.ca.making import ISSUING_VALIDITY
from db.upgrade import needed_revision
from policy.document import SHIPPED
from tests.addons.ca.made import authority
from tests.console.cli.conftest import Cli, Ran


def findings(ran: Ran) -> list[tuple[str, str, str]]:
    rows = (json.loads(line) for line in ran.out.splitlines())
    return [(row["level"], row["what"], row["says"]) for row in rows if "level" in row]


def found(ran: Ran, level: str, words: str) -> bool:
    return any(level == each[0] and words in f"{each[1]}: {each[2]}" for each in findings(ran))


def test_a_state_folder_that_is_ready_is_0_with_warnings(cli: Cli, state: Path) -> None:
    init_ca(state / "ca")
    ran = cli("check", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert found(ran, "ok", "revision") or found(ran, "ok", "the first run makes it")
    for words in (
        "about.service_desk: the block page can offer no telephone number",
        "standing_authority",
        "SQLite cannot keep two people apart",
        "nobody is asked who they are",
    ):
        assert found(ran, "warning", words)


def test_an_empty_state_folder_lacks_an_authority_and_stays_unmade(cli: Cli, tmp_path: Path) -> None:
    ran = cli("check")
    assert ran.code == 3
    assert "run `sluicegate ca init`" in ran.err
    assert not (tmp_path / "state").exists()


def test_every_setting_is_shown_with_its_source_and_no_secret(
    cli: Cli, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICEGATE_DATABASE__URL", "postgresql://gw:hunter2@127.0.0.1:1/log")
    for ran in (cli("check"), cli("check", "--json")):
        assert "hunter2" not in ran.out + ran.err
        assert "postgresql://gw:********@127.0.0.1:1/log" in ran.out
        assert "SLUICEGATE_DATABASE__URL" in ran.out


def test_a_database_that_is_away_is_4(cli: Cli, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    init_ca(state / "ca")
    monkeypatch.setenv("SLUICEGATE_DATABASE__URL", "postgresql://gw@127.0.0.1:1/log")
    ran = cli("check", "--json")
    assert ran.code == 4
    assert found(ran, "away", "does not answer")


def _others_may_read(state: Path) -> None:
    (state / "ca" / "ca.pem").chmod(0o640)


def _authority_is_over(state: Path) -> None:
    for name in ("ca.pem", "ca-cert.pem"):
        (state / "ca" / name).unlink()
    init_ca(state / "ca", now=datetime.now(UTC) - timedelta(days=20 * 365))


def _others_may_write(state: Path) -> None:
    state.chmod(0o777)


def _ruleset_is_damaged(state: Path) -> None:
    (state / "rulesets" / "current" / "hosts.trie").write_bytes(b"")


def _database_is_none(state: Path) -> None:
    (state / "sluicegate.sqlite").write_text("not a database, but longer than one page would have to be")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_others_may_read, "others can read this private key"),
        (_others_may_write, "others may write to the state folder"),
        (_authority_is_over, "is valid from"),
        (_ruleset_is_damaged, "hosts.trie"),
        (_database_is_none, "not a database"),
    ],
)
def test_what_run_would_trip_over_is_an_error(cli: Cli, state: Path, damage: object, says: str) -> None:
    init_ca(state / "ca")
    assert callable(damage)
    damage(state)
    ran = cli("check", "--json")
    assert ran.code == 3
    assert found(ran, "error", says)
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("old", "new", "level", "says"),
    [
        pytest.param(
            '[category.games]\ntitle = "Games"\naction = "block"\nexemption = "named-person"',
            '[category.games]\ntitle = "Games"\naction = "allow"\nexemption = "work-purpose"',
            "warning",
            "category.games: departs from the shipped policy: action allow",
            id="a-departure",
        ),
        pytest.param(
            "[category.games]",
            '[[departure]]\nname = "one"\ncategories = ["webmail"]\nunits = ["Patrol"]\naction = "block"\n'
            'reason = "R."\nbecause = "Decided in March."\n[category.games]',
            "warning",
            "departure one: departs from the one standard level (P3.1): block webmail for unit patrol; "
            "because: Decided in March.",
            id="a-departure-for-some",
        ),
        pytest.param("[category.games]", "[category.gaming]", "error", "category", id="lists-without-a-rule"),
    ],
)
def test_a_policy_of_ones_own_is_held_against_lists_and_the_shipped_one(
    cli: Cli,
    state: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    old: str,
    new: str,
    level: str,
    says: str,
) -> None:
    init_ca(state / "ca")
    text = SHIPPED.read_text("utf-8")
    assert old in text
    (tmp_path / "policy.toml").write_text(text.replace(old, new))
    monkeypatch.setenv("SLUICEGATE_POLICY_FILE", str(tmp_path / "policy.toml"))
    assert found(cli("check", "--json"), level, says)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense = ", "not a TOML file"),
        ("nonsense = 1", "about: missing; expected"),
        (None, "cannot be read"),
    ],
)
def test_a_broken_policy_is_one_line_naming_file_and_key(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, says: str
) -> None:
    if text is not None:
        (tmp_path / "policy.toml").write_text(text)
    monkeypatch.setenv("SLUICEGATE_POLICY_FILE", str(tmp_path / "policy.toml"))
    ran = cli("check")
    assert (ran.code, ran.out) == (3, "")
    assert "policy.toml: " in ran.err
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_what_weakens_the_gateway_is_a_warning(
    cli: Cli, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init_ca(state / "ca")
    state.chmod(0o755)
    (tmp_path / "people").write_text(f"officer7:$2b$04${'a' * 53}\n")
    monkeypatch.setenv("SLUICEGATE_IDENTITY__KINDS", "htpasswd")
    monkeypatch.setenv("SLUICEGATE_IDENTITY__HTPASSWD_FILE", str(tmp_path / "people"))
    monkeypatch.setenv("SLUICEGATE_IDENTITY__REQUIRED", "false")
    monkeypatch.setenv("SLUICEGATE_SPOOL__WHEN_FULL", "pass-essential")
    monkeypatch.setenv("SLUICEGATE_SPOOL__MAX_BYTES", str(1 << 60))
    ran = cli("check", "--json")
    assert ran.code == 0
    for words in ("chmod 700", "judged as nobody", "pass without a record", "MiB are free"):
        assert found(ran, "warning", words)


def test_who_can_neither_be_asked_nor_sign_in_is_told_of(
    cli: Cli, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init_ca(state / "ca")
    monkeypatch.setenv("SLUICEGATE_IDENTITY__KINDS", "device")
    assert not found(cli("check", "--json"), "warning", "cannot be asked who they are")
    monkeypatch.setenv("SLUICEGATE_GATEWAY__MODE", "both")
    assert found(cli("check", "--json"), "warning", "cannot be asked who they are")
    (tmp_path / "people").write_text(f"officer7:$2b$04${'a' * 53}\n")
    monkeypatch.setenv("SLUICEGATE_IDENTITY__KINDS", "htpasswd")
    monkeypatch.setenv("SLUICEGATE_IDENTITY__HTPASSWD_FILE", str(tmp_path / "people"))
    ran = cli("check", "--json")
    assert not found(ran, "warning", "cannot be asked who they are")
    assert found(ran, "ok", "identity.htpasswd_file: 1 people")


def test_a_directory_that_does_not_answer_is_away_and_a_keytab_that_is_none_an_error(
    cli: Cli, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init_ca(state / "ca")
    monkeypatch.setenv("SLUICEGATE_IDENTITY__KINDS", "ldap,kerberos")
    monkeypatch.setenv("SLUICEGATE_IDENTITY__LDAP__SERVERS", "ldaps://localhost:1")
    monkeypatch.setenv("SLUICEGATE_IDENTITY__LDAP__BASE", "dc=example,dc=test")
    monkeypatch.setenv("SLUICEGATE_IDENTITY__KERBEROS__KEYTAB", "/nonexistent")
    monkeypatch.setenv("SLUICEGATE_IDENTITY__KERBEROS__REALMS", '{"EXAMPLE.TEST": ""}')
    ran = cli("check", "--json")
    assert found(ran, "away", "identity.ldap: ldaps://localhost:1: ")
    assert found(ran, "error", "identity.kerberos.keytab: ")


@pytest.mark.parametrize("command", [("ca", "csr"), ("lists", "import", "--category", "games", ".")])
def test_what_others_may_write_to_is_not_used(cli: Cli, state: Path, command: tuple[str, ...]) -> None:
    if command != ("ca", "csr"):
        init_ca(state / "ca")
    state.chmod(0o777)
    ran = cli(*command)
    assert (ran.code, ran.out) == (3, "")
    assert "chmod 700" in ran.err
    assert ran.err.count("\n") == 1
    assert (state / "ca").exists() is (command != ("ca", "csr"))


@pytest.mark.parametrize(
    ("left", "level", "says"),
    [(100, "ok", "valid until"), (80, "warning", "plan"), (20, "warning", "begin"), (5, "warning", "finish")],
)
def test_an_authority_that_ends_soon_is_a_warning(
    cli: Cli, state: Path, left: int, level: str, says: str
) -> None:
    init_ca(state / "ca", now=datetime.now(UTC) - ISSUING_VALIDITY + timedelta(days=left, hours=1))
    assert found(cli("check", "--json"), level, says)


def test_the_authority_that_is_next_is_shown_and_one_that_is_its_own_root_is_a_warning(
    cli: Cli, state: Path
) -> None:
    old = authority("Web filter")
    CaFolder(state / "ca").add(CertificateAuthority(old.key, (old.certificate,)))
    init = make_ca("", datetime.now(UTC))
    CaFolder(state / "ca").add(init)
    ran = cli("check", "--json")
    assert found(ran, "warning", "is its own root")
    assert found(ran, "ok", "waits to be put in force")


def test_a_newer_schema_on_which_this_release_runs_is_well(cli: Cli, state: Path) -> None:
    init_ca(state / "ca")
    assert cli("db", "upgrade").code == 0
    number = int(needed_revision()[:4])
    name = f"{number + 1:04}_since_{number:04}"
    with closing(sqlite3.connect(state / "sluicegate.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [name])
    ran = cli("check", "--json")
    assert ran.code == 0
    assert found(ran, "ok", f"revision {name}, on which this release runs")


def test_an_office_that_nobody_has_is_told_once_there_are_people(
    cli: Cli, state: Path, tmp_path: Path
) -> None:
    assert "nobody of the register has the role" not in cli("check").out
    (tmp_path / "people.csv").write_text("login,roles\njane,Information Security Officer\n", "utf-8")
    assert cli("people", "import", tmp_path / "people.csv").code == 0
    told = cli("check").out
    assert "1 in the register" in told
    assert "nobody of the register has the role Operational Security Officer" in told
    assert "role Information Security Officer" not in told
    assert "review.granted_by: nobody of the register holds the office" in told
    assert "no key yet that exports are signed by" in told


def test_whether_privileged_decisions_are_sealed_is_said_and_a_key_that_is_none_is_an_error(
    cli: Cli, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert state
    assert "sealed to key" not in cli("check").out
    policy = tmp_path / "policy.toml"
    monkeypatch.setenv("SLUICEGATE_POLICY_FILE", str(policy))
    for key, said in (("07" * 32, "sealed to key"), ("00" * 32, "nothing can be sealed to this key")):
        policy.write_text(
            SHIPPED.read_text("utf-8").replace('public_key = ""', f'public_key = "{key}"'), "utf-8"
        )
        assert said in cli("check").out
