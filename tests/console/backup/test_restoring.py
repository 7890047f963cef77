"""Restoring: all of it or nothing, where nothing was, and nothing that is past its days."""

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from addons.ca.folder import load_ca
from console.backup.archive import Archive, ArchiveWriter
from console.backup.making import AUTHORITY
from console.backup.restoring import Restored, restore
from console.backup.seal import seal
from console.cli.state import UNFINISHED_RESTORE, State
from console.cli.workplace import workplace
from db.backup import MOST_LINE_BYTES
from db.engine import make_engine
from db.registers import RegisterStore
from db.settings import DatabaseSettings
from db.spool_backup import waiting
from policy.document import SHIPPED
from policy.errors import BackupRefused, ConfigurationError, SluicegateError
from tests.console.backup.conftest import PASSPHRASE, Backup, Cli, opened

type Files = dict[str, bytes]


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    """The state folder of another machine, not made yet."""
    return State(tmp_path / "new")


@pytest.fixture
def come_back(empty: State, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Restored]:
    """Restores into it."""

    def call(path: Path, passphrase: str | None = None, *, keep_database: bool = False) -> Restored:
        monkeypatch.setenv("SLUICEGATE_STATE_DIR", str(empty.root))
        with Archive.open(path) as archive:
            return restore(
                archive,
                empty,
                datetime.now(UTC),
                lambda *_: None,
                passphrase=passphrase,
                keep_database=keep_database,
            )

    return call


def changed(path: Path, folder: Path, change: Callable[[Files], object], revision: str | None = None) -> Path:
    """The backup as somebody else would have made it, whole by its own checksums."""
    files = opened(path)
    change(files)
    with Archive.open(path) as archive:
        facts = archive.manifest
    other = folder / "changed.tar"
    with other.open("xb") as file:
        writer = ArchiveWriter(file, facts.made_at)
        for name, data in files.items():
            writer.add(name, data)
        writer.finish(
            gateway=facts.gateway,
            release=facts.release,
            revision=revision or facts.revision,
            authority=facts.authority,
        )
    return other


def test_a_gateway_comes_back(
    furnished: Path, backup: Backup, empty: State, come_back: Callable[..., Restored], cli: Cli
) -> None:
    (furnished / "sluicegate.toml").write_text('policy_file = "policy.toml"\n')
    policy = SHIPPED.read_text("utf-8").replace('organisation = ""', 'organisation = "Example Force"', 1)
    (furnished / "policy.toml").write_text(policy)
    before = (furnished / "rulesets" / "current").readlink().name
    done = come_back(backup(passphrase=PASSPHRASE), PASSPHRASE)
    assert (done.records, done.past_their_days) == (2, 1)
    assert done.rows["local_entry"] == done.rows["exemption"] == 1
    assert done.authority
    assert done.lists == 1
    assert done.ruleset == before == (empty.rulesets / "current").readlink().name
    assert workplace().policy.about.organisation == "Example Force"
    assert workplace().ruleset().matches("casino.test")
    engine = make_engine(DatabaseSettings(), empty.root)
    assert set(RegisterStore(engine).load()[0].local) == {"bet.test"}
    assert (empty.ca / "ca.pem").read_bytes() == (furnished / "ca" / "ca.pem").read_bytes()
    load_ca(empty.ca)
    assert len(list(waiting(empty.spool))) == 1
    for path in (empty.root, *empty.root.rglob("*")):
        if not path.is_symlink() and path.relative_to(empty.root).parts[:1] != ("rulesets",):
            assert path.stat().st_mode & 0o077 == 0 or path.stat().st_mode & 0o022 == 0, path
    assert not list(empty.root.glob(".unfinished*"))
    assert cli("check").code == 0


def test_without_the_passphrase_all_but_the_authority_comes_back(
    sealed: Path, empty: State, come_back: Callable[..., Restored]
) -> None:
    done = come_back(sealed)
    assert not done.authority
    assert any("--with-ca" in note for note in done.notes)
    assert not empty.ca.exists()


def test_what_is_on_this_machine_already_is_used_and_left_as_it_is(
    furnished: Path, backup: Backup, empty: State, come_back: Callable[..., Restored]
) -> None:
    (furnished / "sluicegate.toml").write_text('[gateway]\nname = "gw-7"\n')
    empty.root.mkdir(mode=0o700)
    (empty.root / "sluicegate.toml").write_text('[gateway]\nname = "gw-8"\n')
    done = come_back(backup())
    assert any("used as it is" in note and "settings.toml" in note for note in done.notes)
    assert workplace().settings.gateway.name == "gw-8"


def test_a_policy_that_belongs_elsewhere_is_asked_for(
    furnished: Path, backup: Backup, empty: State, come_back: Callable[..., Restored], tmp_path: Path
) -> None:
    elsewhere = tmp_path / "etc" / "policy.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(SHIPPED.read_bytes())
    (furnished / "sluicegate.toml").write_text(f'policy_file = "{elsewhere}"\n')
    path = backup()
    elsewhere.unlink()
    with pytest.raises(ConfigurationError, match=rf"tar -xOf {path} policy.toml > {elsewhere}"):
        come_back(path)
    assert list(empty.root.iterdir()) == []
    elsewhere.write_bytes(opened(path)["policy.toml"])
    come_back(path)
    assert (empty.root / "sluicegate.sqlite").exists()


@pytest.mark.parametrize("url", ["postgresql://a:********@b/c", "postgresql://a@b/c?********"])
def test_what_was_left_out_of_the_databases_address_is_asked_for(
    sealed: Path, empty: State, come_back: Callable[..., Restored], tmp_path: Path, url: str
) -> None:
    text = f'[database]\nurl="{url}"\n'.encode()
    other = changed(sealed, tmp_path, lambda files: files.update({"settings.toml": text}))
    with pytest.raises(ConfigurationError, match="SLUICEGATE_DATABASE__URL"):
        come_back(other)
    assert list(empty.root.iterdir()) == []


@pytest.mark.parametrize("there", ["ca", "sluicegate.sqlite", "spool", "anything"])
def test_a_state_folder_with_something_in_it_is_refused_and_left_alone(
    sealed: Path, empty: State, come_back: Callable[..., Restored], there: str
) -> None:
    empty.root.mkdir(mode=0o700)
    (empty.root / there).write_text("mine")
    with pytest.raises(BackupRefused, match=rf"not empty \({there}\)"):
        come_back(sealed)
    assert [(path.name, path.read_text()) for path in empty.root.iterdir()] == [(there, "mine")]


def test_a_restore_that_was_killed_keeps_everybody_else_away_and_begins_afresh(
    sealed: Path, empty: State, come_back: Callable[..., Restored], cli: Cli
) -> None:
    come_back(sealed)
    (empty.root / UNFINISHED_RESTORE / "spool").mkdir(parents=True)
    ran = cli("lists", "activate")
    assert (ran.code, "was broken off" in ran.err) == (3, True)
    assert come_back(sealed).records == 2
    assert cli("lists", "activate").code == 0


def test_a_text_that_is_another_or_grows_without_measure_is_refused(
    sealed: Path, empty: State, come_back: Callable[..., Restored], tmp_path: Path
) -> None:
    name = next(name for name in opened(sealed) if name.startswith("lists/texts/"))
    bomb = gzip.compress(bytes(300 << 20), 9)
    own = f"lists/texts/{hashlib.sha256(bytes(300 << 20)).hexdigest()}.gz"
    for texts, says in (
        ({name: gzip.compress(b"other.test\n")}, "not the text that its name says"),
        ({name: b"no gzip"}, "not a packed text"),
        ({own: bomb}, "grows without measure"),
    ):
        other = changed(sealed, tmp_path, lambda files, texts=texts: files.update(texts))  # type: ignore[misc]
        with pytest.raises(BackupRefused, match=says):
            come_back(other)
        assert list(empty.root.iterdir()) == []
        other.unlink()


def _path_above(files: Files) -> None:
    files[AUTHORITY] = seal(msgspec.json.encode({"../ca.pem": "x"}), PASSPHRASE)


def _no_authority(files: Files) -> None:
    files[AUTHORITY] = seal(msgspec.json.encode({"ca.pem": "x"}), PASSPHRASE)


def _no_json(files: Files) -> None:
    files[AUTHORITY] = seal(b"[1]", PASSPHRASE)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        pytest.param(lambda files: files.pop("policy.toml"), BackupRefused, "policy.toml", id="no-policy"),
        pytest.param(
            lambda files: files.update(
                {"settings.toml": b"policy_file = 'policy.toml'\n", "policy.toml": b"x"}
            ),
            ConfigurationError,
            "not a TOML file",
            id="a-broken-policy",
        ),
        pytest.param(
            lambda files: files.update({"settings.toml": b"policy_file = '../policy.toml'"}),
            ConfigurationError,
            "belongs there and is not",
            id="a-policy-above",
        ),
        pytest.param(
            lambda files: files.update({"settings.toml": b"x"}),
            ConfigurationError,
            "TOML",
            id="broken-settings",
        ),
        pytest.param(
            lambda files: files.update({"lists/own.json": b"{}"}), SluicegateError, "own", id="a-list"
        ),
        pytest.param(
            lambda files: [files.pop(name) for name in list(files) if "texts" in name],
            SluicegateError,
            "",
            id="a-list-without-its-text",
        ),
        pytest.param(
            lambda files: files.update({"spool/slot-0/lock": b""}),
            BackupRefused,
            "not the name",
            id="spool-name",
        ),
        pytest.param(
            lambda files: files.update({f"spool/slot-0/00000001-{'0' * 32}.spool": b"x"}),
            BackupRefused,
            "not records",
            id="spool-data",
        ),
        pytest.param(
            lambda files: files.update({"database/access.jsonl": b"{}\n"}),
            BackupRefused,
            "access, line 1",
            id="row",
        ),
        pytest.param(
            lambda files: files.update({"database/access.jsonl": b"{}"}),
            BackupRefused,
            "no end",
            id="half-a-row",
        ),
        pytest.param(
            lambda files: files.update({"database/access.jsonl": b" " * (MOST_LINE_BYTES + (2 << 20))}),
            BackupRefused,
            "longer than any",
            id="a-vast-row",
        ),
        pytest.param(_path_above, BackupRefused, "no file of an authority", id="a-path-out-of-the-authority"),
        pytest.param(_no_authority, ConfigurationError, "ca.pem", id="no-authority"),
        pytest.param(_no_json, BackupRefused, AUTHORITY, id="no-text"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_left(
    sealed: Path,
    empty: State,
    come_back: Callable[..., Restored],
    tmp_path: Path,
    change: Callable[[Files], object],
    error: type[SluicegateError],
    says: str,
) -> None:
    empty.root.mkdir(mode=0o700)
    other = changed(sealed, tmp_path, change)
    with pytest.raises(error) as refused:
        # To open what is sealed takes half a second.
        come_back(other, PASSPHRASE if change in {_path_above, _no_authority, _no_json} else None)
    assert says in str(refused.value)
    assert list(empty.root.iterdir()) == []


def test_the_passphrase_is_tried_before_anything_is_made(
    sealed: Path, empty: State, come_back: Callable[..., Restored], tmp_path: Path
) -> None:
    with pytest.raises(BackupRefused, match="does not open"):
        come_back(sealed, "another passphrase")
    without = changed(sealed, tmp_path, lambda files: files.pop(AUTHORITY))
    with pytest.raises(BackupRefused, match="no authority is in this backup"):
        come_back(without, PASSPHRASE)
    assert not empty.root.exists()


def test_a_newer_schema_is_named(
    sealed: Path, empty: State, come_back: Callable[..., Restored], tmp_path: Path
) -> None:
    other = changed(sealed, tmp_path, lambda files: None, revision="0999_since_0998")
    with pytest.raises(BackupRefused, match=r"schema 0999_since_0998.*restore with that release"):
        come_back(other)
    assert not empty.root.exists()


def test_accesses_and_changes_that_are_past_their_days_are_gone_before_anything_serves(
    sealed: Path, empty: State, come_back: Callable[..., Restored], tmp_path: Path
) -> None:
    lines = opened(sealed)["database/access.jsonl"].splitlines()
    line = json.loads(lines[0])
    days = workplace().policy.keep.access_days
    old = {
        **line,
        "id": "00000000-0000-0000-0000-000000000001",
        "at": (datetime.now(UTC) - timedelta(days=days + 1)).isoformat(),
    }

    def add(files: Files) -> None:
        files["database/access.jsonl"] += json.dumps(old).encode() + b"\n"

    done = come_back(changed(sealed, tmp_path, add))
    assert done.rows["access"] == len(lines) + 1
    assert {one.table: one.rows for one in done.disposed}["access"] == 1


def test_a_database_that_is_not_empty_is_refused_or_kept(
    backup: Backup,
    empty: State,
    come_back: Callable[..., Restored],
    furnished: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = backup()
    monkeypatch.setenv("SLUICEGATE_DATABASE__URL", f"sqlite:///{furnished}/sluicegate.sqlite")
    with pytest.raises(BackupRefused, match="--keep-database"):
        come_back(path)
    assert list(empty.root.iterdir()) == []
    done = come_back(path, keep_database=True)
    assert done.rows == {}
    assert done.records == 2
    engine = make_engine(DatabaseSettings(), furnished)
    assert set(RegisterStore(engine).load()[0].local) == {"bet.test"}


def test_lists_that_others_share_are_left_as_they_are(
    backup: Backup,
    empty: State,
    come_back: Callable[..., Restored],
    furnished: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = backup()
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__SHARED_FOLDER", str(furnished))
    before = {each: each.stat().st_mtime_ns for each in furnished.rglob("*") if "lists" in each.parts}
    assert come_back(path).lists == 0
    assert {each: each.stat().st_mtime_ns for each in furnished.rglob("*") if "lists" in each.parts} == before


# Confidential lists -------------------------------------------------------------------------------


@pytest.fixture
def with_secret(furnished: Path, backup: Backup, cli: Cli, tmp_path: Path) -> Path:
    """A sealed backup of a gateway with a confidential list."""
    (tmp_path / "secret.txt").write_text("secret.test\n")
    ran = cli("lists", "import", "--category", "offensive", "--confidential", tmp_path / "secret.txt")
    assert ran.code == 0
    return backup(passphrase=PASSPHRASE)


def test_confidential_lists_come_back_with_their_key(
    with_secret: Path, empty: State, come_back: Callable[..., Restored]
) -> None:
    come_back(with_secret, PASSPHRASE)
    assert empty.confidential_key.stat().st_mode & 0o777 == 0o600
    (match,) = workplace().ruleset().matches("www.secret.test")
    assert (match.list, match.line, "secret.test" in match.entry) == ("secret", 1, False)


def test_without_their_key_they_are_disabled_and_the_gateway_comes_back(
    with_secret: Path, furnished: Path, empty: State, come_back: Callable[..., Restored], cli: Cli
) -> None:
    done = come_back(with_secret)
    assert any(note.startswith("secret: confidential, and the key is not here") for note in done.notes)
    assert workplace().ruleset().matches("secret.test") == ()
    assert workplace().ruleset().matches("casino.test")
    shutil.copy(furnished / "confidential.key", empty.confidential_key)
    assert cli("lists", "enable", "secret", "--because", "the key is back").code == 0
    assert workplace().ruleset().matches("secret.test")
