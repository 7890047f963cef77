"""Making a backup: what is in it, what never is, and that a look into the log is on record."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from categories.confidential.key import make_key
from console.backup.archive import Archive
from console.backup.making import AUTHORITY, CONFIDENTIAL_KEY, make_backup, settings_without_password
from console.backup.seal import unseal
from console.cli.workplace import workplace
from db.backup import table_names
from policy.document import SHIPPED
from policy.errors import BackupRefused, ConfigurationError
from tests.console.backup.conftest import PASSPHRASE, Backup, opened


def test_everything_that_a_gateway_needs_is_in_it(furnished: Path, backup: Backup) -> None:
    (furnished / "sluicegate.toml").write_text('[gateway]\nname = "gw-7"\n')
    path = backup()
    found = opened(path)
    assert found["settings.toml"] == b'[gateway]\nname = "gw-7"\n'
    assert found["policy.toml"] == SHIPPED.read_bytes()
    assert {name for name in found if name.startswith("database/")} == {
        f"database/{table}.jsonl" for table in table_names()
    }
    assert b"phishing" in found["database/local_entry.jsonl"]
    assert b"news" in found["database/exemption.jsonl"]
    assert "lists/own.json" in found
    texts = {name for name in found if name.startswith("lists/texts/")}
    assert len(texts) == 1 + len(workplace().library.shipped_names()), "what is in force can be put back"
    assert sum(name.startswith("spool/slot-0/") for name in found) == 1
    with Archive.open(path) as archive:
        assert archive.manifest.gateway == "gw-7"
        assert not archive.manifest.authority


def _asked_at(line: bytes) -> str:
    return str(json.loads(line)["at"])


def test_the_backup_itself_is_a_look_into_the_log(backup: Backup) -> None:
    *_, line = sorted(opened(backup("named.tar"))["database/access.jsonl"].splitlines(), key=_asked_at)
    assert json.loads(line)["what"] == "backup"
    assert json.loads(line)["question"] == {"file": "named.tar", "authority": False}


def test_no_key_is_in_it_but_sealed(furnished: Path, backup: Backup) -> None:
    key = (furnished / "ca" / "ca.pem").read_bytes()
    plain, sealed = backup("plain.tar"), backup("sealed.tar", PASSPHRASE)
    for path in (plain, sealed):
        assert b"PRIVATE KEY" not in path.read_bytes()
    assert AUTHORITY not in opened(plain)
    files = json.loads(unseal(opened(sealed)[AUTHORITY], PASSPHRASE))
    assert files["ca.pem"].encode() == key


def test_the_key_of_confidential_lists_is_in_it_sealed_alone(furnished: Path, backup: Backup) -> None:
    make_key(furnished / "confidential.key")
    key = (furnished / "confidential.key").read_bytes()
    plain, sealed = backup("plain.tar"), backup("sealed.tar", PASSPHRASE)
    for path in (plain, sealed):
        assert key.strip() not in path.read_bytes()
    assert CONFIDENTIAL_KEY not in opened(plain)
    assert unseal(opened(sealed)[CONFIDENTIAL_KEY], PASSPHRASE) == key


def test_without_an_authority_there_is_none_to_seal(furnished: Path, backup: Backup) -> None:
    for path in (furnished / "ca").iterdir():
        path.unlink()
    with pytest.raises(BackupRefused, match="no authority to back up"):
        backup(passphrase=PASSPHRASE)


def test_an_empty_state_folder_has_nothing_to_back_up(tmp_path: Path, environment: None) -> None:
    with (tmp_path / "a.tar").open("xb") as file, pytest.raises(BackupRefused, match="nothing to back up"):
        make_backup(workplace(), file, datetime.now(UTC), lambda *_: None, passphrase=None, named="a")
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param(
            "[database]\nurl = 'postgresql://gw:s3cret@db/log'  # ours\n",
            "[database]\nurl = 'postgresql://gw:********@db/log'  # ours\n",
            id="a-password",
        ),
        pytest.param(
            '[database]\n# url = "postgresql://gw:s3cret@old/log"\nurl = "postgresql://gw@db/log"\n',
            '[database]\n# url = "postgresql://gw:********@old/log"\nurl = "postgresql://gw@db/log"\n',
            id="a-password-in-a-comment",
        ),
        pytest.param('[database]\nurl = "sqlite:///a"\n', '[database]\nurl = "sqlite:///a"\n', id="sqlite"),
        pytest.param(
            '[database]\nurl = "postgresql://gw@db/log"\n',
            '[database]\nurl = "postgresql://gw@db/log"\n',
            id="none",
        ),
    ],
)
def test_the_databases_password_stays_where_it_is(tmp_path: Path, text: str, kept: str) -> None:
    (tmp_path / "sluicegate.toml").write_text(text)
    assert settings_without_password(tmp_path / "sluicegate.toml").decode() == kept


def test_a_password_that_cannot_be_found_in_the_text_is_refused_and_not_copied(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[database]\nurl = "postgresql://gw:s3\\u0063ret@db/log"\n')
    with pytest.raises(ConfigurationError, match=r"database\.url: write it without escapes"):
        settings_without_password(tmp_path / "a.toml")
