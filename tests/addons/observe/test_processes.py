"""What a process takes, read from `/proc`."""

import os
import time
from pathlib import Path

from addons.observe.processes import Process, look_at

NOBODY = 2**22 + 1  # above the kernel's largest pid


def test_this_process_is_seen_as_it_is() -> None:
    files = [Path("/dev/null").open("rb") for _ in range(10)]  # noqa: SIM115
    found = look_at(os.getpid())
    for file in files:
        file.close()
    assert found is not None
    assert abs(found.cpu_s - time.process_time()) < 1
    assert 10e6 < found.resident_bytes < 10e9
    assert found.proportional_bytes is None or 0 < found.proportional_bytes <= found.resident_bytes * 1.1
    assert found.open_files is not None
    assert found.open_files >= 13
    assert found.most_files is not None


def test_one_that_is_gone_is_none() -> None:
    assert look_at(NOBODY) is None


def written(proc: Path, stat: str) -> Path:
    folder = proc / "7"
    folder.mkdir()
    (folder / "stat").write_text(stat)
    return proc


def test_a_name_may_hold_anything_and_what_may_not_be_read_is_unknown(tmp_path: Path) -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    rest = " ".join(["S", *["0"] * 10, str(3 * ticks), str(ticks), *["0"] * 8, "5"])
    found = look_at(7, written(tmp_path, f"7 (a) name (of) sorts) {rest}"))
    page = os.sysconf("SC_PAGE_SIZE")
    assert found == Process(4.0, 5 * page, None, None, None)


def test_what_is_cut_off_is_none(tmp_path: Path) -> None:
    assert look_at(7, written(tmp_path, "7 (sluicegate) S 0")) is None
