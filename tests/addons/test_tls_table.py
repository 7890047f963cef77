"""Hosts that clients turned away from: bounded, kept a while, readable by their owner alone."""

import stat
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.tls_table import KEPT_DAYS, TlsTable, Turned, read_all, read_table, write_table

TODAY = date(2026, 5, 4)


def test_what_happens_often_stays_whatever_is_thrown_at_the_table() -> None:
    table = TlsTable(most=3)
    for _ in range(5):
        table.refused("pinned.test", TODAY)
    for number in range(1000):
        table.refused(f"invented-{number}.test", TODAY)
    assert len(table.hosts) == 3
    assert table.hosts["pinned.test"] == Turned(5, 0, 0, "2026-05-04")


def test_a_host_that_is_used_is_the_first_to_make_room() -> None:
    """Browsers open connections ahead and never use them."""
    table = TlsTable(most=2)
    for _ in range(50):
        table.left("busy.test", TODAY)
    table.used("busy.test")
    table.refused("pinned.test", TODAY)
    table.left("other.test", TODAY)
    assert set(table.hosts) == {"pinned.test", "other.test"}


def test_only_hosts_that_somebody_turned_away_from_are_named() -> None:
    table = TlsTable()
    table.used("fine.test")
    assert table.hosts == {}
    assert not table.changed


def test_what_is_written_is_read_again_and_by_its_owner_alone(tmp_path: Path) -> None:
    hosts = {"a.test": Turned(1, 2, 3, "2026-05-04")}
    write_table(tmp_path / "tls-0.json", hosts)
    assert stat.S_IMODE((tmp_path / "tls-0.json").stat().st_mode) == 0o600
    assert read_table(tmp_path / "tls-0.json") == hosts
    assert [path.name for path in tmp_path.iterdir()] == ["tls-0.json"]


@pytest.mark.parametrize(
    "content", [None, b"", b"[1]", b'{"a.test": [1, 2]}', b'{"a.test": ["1", 2, 3, ""]}']
)
def test_a_file_that_cannot_be_read_says_nothing(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "tls-0.json").write_bytes(content)
    assert read_table(tmp_path / "tls-0.json") == {}


def test_a_folder_that_cannot_be_written_keeps_what_is_there(tmp_path: Path) -> None:
    write_table(tmp_path / "missing" / "tls-0.json", {"a.test": Turned()})
    assert list(tmp_path.iterdir()) == []


def test_a_new_worker_goes_on_with_what_its_slot_had_counted(tmp_path: Path) -> None:
    long_gone = (TODAY - timedelta(days=KEPT_DAYS + 1)).isoformat()
    recent = (TODAY - timedelta(days=KEPT_DAYS)).isoformat()
    write_table(tmp_path / "t", {"a.test": Turned(1, 0, 0, recent), "b.test": Turned(1, 0, 0, long_gone)})
    table = TlsTable()
    table.adopt(read_table(tmp_path / "t"), TODAY)
    table.refused("a.test", TODAY)
    assert table.hosts == {"a.test": Turned(2, 0, 0, "2026-05-04")}


def test_all_workers_together_most_turned_away_from_first(tmp_path: Path) -> None:
    day = TODAY.isoformat()
    write_table(tmp_path / "0", {"a.test": Turned(1, 0, 0, day), "busy.test": Turned(0, 90, 5, day)})
    write_table(tmp_path / "1", {"a.test": Turned(1, 1, 0, day), "b.test": Turned(1, 0, 0, day)})
    found = read_all([tmp_path / "0", tmp_path / "1"], TODAY)
    assert list(found) == ["a.test", "b.test", "busy.test"]
    assert found["a.test"] == Turned(2, 1, 0, day)
    assert read_all([tmp_path / "0"], TODAY + timedelta(days=KEPT_DAYS + 1)) == {}


@given(st.lists(st.tuples(st.sampled_from(["refused", "left"]), st.text("abc", min_size=1, max_size=3))))
def test_it_never_holds_more_than_it_may(happened: list[tuple[str, str]]) -> None:
    table = TlsTable(most=4)
    for what, host in happened:
        getattr(table, what)(host, TODAY)
        assert len(table.hosts) <= 4
        assert host in table.hosts
