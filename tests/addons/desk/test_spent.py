"""A form's token is used once: by any of two desks, across a restart, and whatever the disk does."""

import sqlite3
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from addons.desk import spent as module
from addons.desk.spent import LONGEST, CannotSpend, SpentTokens

NOW = datetime(2026, 3, 4, 23, 59, 59, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=24)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spent.sqlite"


def test_a_token_is_spent_once_and_another_is_another(path: Path) -> None:
    spent = SpentTokens(path)
    assert spent.spend(b"one", UNTIL, NOW)
    assert not spent.spend(b"one", UNTIL, NOW)
    assert spent.spend(b"two", UNTIL, NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_next_desk_and_one_beside_it_know(path: Path) -> None:
    first, second = SpentTokens(path), SpentTokens(path)
    assert first.spend(b"one", UNTIL, NOW)
    assert not second.spend(b"one", UNTIL, NOW)
    first.close()
    second.close()
    assert not SpentTokens(path).spend(b"one", UNTIL, NOW + timedelta(hours=23))


def test_of_many_who_spend_it_at_once_one_is_the_first(path: Path) -> None:
    first: list[bool] = []
    ready = threading.Barrier(8)

    def spend() -> None:
        desk = SpentTokens(path)
        ready.wait(10)
        first.append(desk.spend(b"one", UNTIL, NOW))
        desk.close()

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(first) == [False] * 7 + [True]


@pytest.mark.parametrize(
    ("nonce", "until"),
    [
        pytest.param(b"one", NOW, id="over"),
        pytest.param(b"one", NOW + LONGEST + timedelta(seconds=1), id="longer-than-any"),
        pytest.param(b"", UNTIL, id="no-nonce"),
        pytest.param(b"x" * 65, UNTIL, id="a-nonce-of-nobodys"),
    ],
)
def test_what_no_token_of_ours_says_is_spent_already(path: Path, nonce: bytes, until: datetime) -> None:
    assert not SpentTokens(path).spend(nonce, until, NOW)


def test_what_is_over_is_forgotten_and_can_still_not_be_spent(path: Path) -> None:
    spent = SpentTokens(path)
    assert spent.spend(b"one", NOW + timedelta(minutes=1), NOW)
    later = NOW + timedelta(hours=1)
    assert spent.spend(b"two", later + timedelta(minutes=1), later)
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT nonce FROM spent").fetchall() == [(b"two",)]
    assert not spent.spend(b"one", NOW + timedelta(minutes=1), later)


def test_a_full_file_takes_no_more_until_something_is_over(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    monkeypatch.setattr(module, "_FORGET_EVERY", timedelta(0))
    spent = SpentTokens(path)
    for nonce in (b"one", b"two"):
        assert spent.spend(nonce, UNTIL, NOW)
    with pytest.raises(CannotSpend, match="full"):
        spent.spend(b"three", UNTIL, NOW)
    assert spent.spend(b"three", UNTIL + timedelta(hours=2), UNTIL + timedelta(hours=1))


def test_what_cannot_be_written_down_is_not_spent(tmp_path: Path) -> None:
    spent = SpentTokens(tmp_path / "missing" / "spent.sqlite")
    with pytest.raises(CannotSpend):
        spent.spend(b"one", UNTIL, NOW)
    (tmp_path / "missing").mkdir()
    assert spent.spend(b"one", UNTIL, NOW)


def test_a_damaged_file_lets_nothing_be_spent_and_is_said_until_it_is_mended(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(b"no database" * 200)
    spent = SpentTokens(path)
    for _ in range(2):
        with pytest.raises(CannotSpend, match="DatabaseError"):
            spent.spend(b"one", UNTIL, NOW)
    [said] = caplog.messages
    assert f"cannot be kept in {path} (DatabaseError)" in said
    path.unlink()
    assert spent.spend(b"one", UNTIL, NOW)
    assert caplog.messages[1:] == ["forms of the gateway's pages are taken again"]
