"""Who there is, from a file that changes."""

import logging
import os
from pathlib import Path

import bcrypt
import pytest

from addons.identity import htpasswd as module
from addons.identity.htpasswd import Htpasswd, read_htpasswd
from policy.errors import ConfigurationError

HASH = "$2b$04$" + "a" * 53
OTHER = "$2y$05$" + "b" * 53


def hashed(password: str) -> str:
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()


def write(folder: Path, people: str) -> Path:
    path = folder / "people"
    path.write_text(people)
    return path


def test_people_and_their_hashes(tmp_path: Path) -> None:
    people = write(tmp_path, f"# the force\nann:{HASH}\n\nbob:{OTHER}\ncécile:{HASH}\n")
    assert read_htpasswd(people) == {"ann": HASH.encode(), "bob": OTHER.encode(), "cécile": HASH.encode()}


def test_a_name_is_the_same_however_its_accents_are_composed(tmp_path: Path) -> None:
    people = write(tmp_path, f"ce\u0301cile:{HASH}\n")
    assert "cécile" in read_htpasswd(people)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        pytest.param("ann", "name:hash", id="no-hash"),
        pytest.param(f":{HASH}", "name:hash", id="no-name"),
        pytest.param("ann:secret", "htpasswd -B", id="plain"),
        pytest.param("ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "htpasswd -B", id="sha-1"),
        pytest.param("ann:$apr1$x$y", "htpasswd -B", id="md5"),
        pytest.param("ann:$6$x$y", "htpasswd -B", id="crypt"),
        pytest.param(f"ann:{HASH}x", "htpasswd -B", id="too-long"),
        pytest.param("ann:$2b$31$" + "a" * 53, "cost above", id="a-cost-that-would-take-hours"),
        pytest.param(f"x:{HASH}\nann:{HASH}\nann:{OTHER}", "twice", id="twice"),
        pytest.param(f"x:{HASH}\nann:{HASH}\nANN:{OTHER}", "twice", id="twice-in-other-letters"),
        pytest.param("a" * 129 + f":{HASH}", "name:hash", id="a-long-name"),
        pytest.param(f"a\x1bb:{HASH}", "name:hash", id="control-character"),
    ],
)
def test_a_line_that_is_none_refuses_the_file_by_number_and_names_nobody(
    tmp_path: Path, line: str, why: str
) -> None:
    people = write(tmp_path, f"# first\n{line}\n")
    with pytest.raises(ConfigurationError, match=why) as caught:
        read_htpasswd(people)
    message = str(caught.value)
    assert f"{people}:" in message
    assert "ann" not in message.removeprefix(str(people))
    assert "\n" not in message


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * (16 * 1024 * 1024 + 2)])
def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "people").write_bytes(content)
    with pytest.raises(ConfigurationError):
        read_htpasswd(tmp_path / "people")


def test_a_missing_file_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Htpasswd(tmp_path / "people")


def has(file: Htpasswd, *logins: str) -> list[bool]:
    return [file.has(login) for login in logins]


def test_a_change_is_taken_up_and_a_mistake_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_AGAIN_SECONDS", 0.0)
    people = write(tmp_path, f"ann:{HASH}\n")
    file = Htpasswd(people)
    people.write_text(f"ann:{HASH}\nbob:{HASH}\n")
    assert has(file, "ann", "bob", "zoe") == [True, True, False]
    people.write_text("zoe:plain\n")
    with caplog.at_level(logging.ERROR):
        assert has(file, "ann", "bob", "zoe") == [True, True, False]
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1
    assert "zoe" not in caplog.text
    people.unlink()
    assert has(file, "ann", "bob", "zoe") == [True, True, False]


def test_a_file_put_in_place_by_renaming_is_seen_even_with_the_same_size_and_time(tmp_path: Path) -> None:
    people = write(tmp_path, f"ann:{HASH}\n")
    file = Htpasswd(people)
    before = people.stat()
    (tmp_path / "new").write_text(f"bob:{HASH}\n")
    os.utime(tmp_path / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (tmp_path / "new").rename(people)
    file.refresh()
    assert has(file, "ann", "bob") == [False, True]


@pytest.mark.parametrize(
    ("login", "password", "known"),
    [
        pytest.param("ann", "se:cret", True, id="right"),
        pytest.param("ann", "wrong", False, id="wrong"),
        pytest.param("ann", "", False, id="none"),
        pytest.param("long", "x" * 100, True, id="longer-than-bcrypt-looks-at-as-htpasswd-has-cut-it"),
        pytest.param("long", "x" * 71, False, id="shorter-than-that"),
        pytest.param("nobody", "se:cret", False, id="a-login-that-nobody-has"),
    ],
)
def test_a_password_is_compared_with_its_hash(tmp_path: Path, login: str, password: str, known: bool) -> None:
    people = write(tmp_path, f"Ann:{hashed('se:cret')}\nlong:{hashed('x' * 100)}\n")
    assert Htpasswd(people).verify(login, password) == (("", login) if known else None)


def test_a_name_that_does_not_exist_takes_as_long_as_one_that_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bytes] = []

    def look(_password: bytes, hash_: bytes) -> bool:
        looks.append(hash_)
        return True

    monkeypatch.setattr(bcrypt, "checkpw", look)
    assert Htpasswd(write(tmp_path, f"ann:{HASH}\n")).verify("zoe", "x") is None
    assert looks == [module._NOBODY]
