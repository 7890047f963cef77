"""The registers as they are now, also beside a database that is away."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.cli.storage import break_glass_store, open_store, registers_now
from console.cli.workplace import workplace
from db.registers import RegisterStore
from db.snapshot import write_snapshot
from db.withdrawals import WithdrawalStore
from policy.errors import DatabaseAway
from policy.registers import LocalEntry, Registers, TargetKind
from policy.words import Action

NOW = datetime.now(UTC)
ENTRY = LocalEntry("L1", Action.BLOCK, TargetKind.HOST, "bad.test", None, "because", "desk")


def test_without_a_database_there_are_no_registers_and_none_is_made(tmp_path: Path) -> None:
    assert registers_now(workplace()) == Registers()
    assert not (tmp_path / "state").exists()


def test_what_is_entered_is_there_at_once() -> None:
    place = workplace()
    open_store(RegisterStore, place).block(TargetKind.HOST, "bad.test", until=None, because="a phishing mail")
    assert registers_now(place).local_entry("www.bad.test", "/", NOW) is not None
    assert open_store(WithdrawalStore, place).all() == []
    assert break_glass_store().openings() == []


def test_while_the_database_is_away_the_gateways_snapshot_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLUICEGATE_DATABASE__URL", "postgresql://gw@127.0.0.1:1/log")
    place = workplace()
    with pytest.raises(DatabaseAway):
        registers_now(place)
    (tmp_path / "state" / "run").mkdir(parents=True)
    write_snapshot(place.state.snapshot, Registers.of([ENTRY]), "1")
    assert registers_now(place).local_entry("bad.test", "/", NOW) == ENTRY
    assert "judging by the registers that the gateway read last" in capsys.readouterr().err
