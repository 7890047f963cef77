"""What a gateway beside the service lost is told; what nobody can know is not taken for nothing."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.evidence.spool_losses import HERE, spool_losses

AT = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


def lying(spool: Path, name: str, data: bytes, seconds: int = 0) -> None:
    file = spool / "slot-0" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    os.utime(file, (AT.timestamp() + seconds,) * 2)


def test_what_lies_in_the_spool_is_told_oldest_first(tmp_path: Path) -> None:
    lying(tmp_path, "set-aside", b"x", 60)
    lying(tmp_path, "00000001.damaged", b"x")
    lying(tmp_path, "00000002.spool", b"x")
    damaged, aside = spool_losses(tmp_path)
    assert (damaged.gateway, damaged.at) == (HERE, AT)
    assert "damaged" in damaged.what
    assert "set aside" in aside.what


@pytest.mark.parametrize("name", ["set-aside", "00000002.spool"])
def test_a_spool_that_lost_nothing_tells_nothing(name: str, tmp_path: Path) -> None:
    lying(tmp_path, name, b"" if name == "set-aside" else b"x")
    assert spool_losses(tmp_path) == ()


def test_where_no_gateway_is_nothing_is_told(tmp_path: Path) -> None:
    assert spool_losses(None) == ()
    assert spool_losses(tmp_path / "none") == ()
