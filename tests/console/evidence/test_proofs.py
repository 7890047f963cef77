"""Proofs lead from the rows that are shown to what the gateway shipped, or are refused; whatever they are."""

import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.cli.show import as_json
from console.evidence.package import Package, PackageWriter
from console.evidence.proofs import BATCHES, MOST_LINE_BYTES, PROOFS, ROWS, batch_lines, follow, proof_lines
from console.evidence.row_files import as_json_lines
from policy.errors import EvidenceRefused
from tests.console.evidence.found import ROWS as FOUND
from tests.console.evidence.found import row
from tests.console.evidence.proved import proved

type Lines = list[dict[str, Any]]
type Files = dict[str, Lines]


def files_of(*rows: Any) -> Files:
    shown = proved([one.decision for one in rows])
    return {
        ROWS: [json.loads(line) for line in as_json_lines(rows)],
        PROOFS: [json.loads(as_json(line)) for line in proof_lines(shown)],
        BATCHES: [json.loads(as_json(line)) for line in batch_lines(shown)],
    }


def followed(path: Path, files: Files | dict[str, bytes]) -> int:
    file = io.BytesIO()
    writer = PackageWriter(file)
    for name, lines in files.items():
        writer.add(name, lines if isinstance(lines, bytes) else jsonl(lines))
    writer.finish()
    path.write_bytes(file.getvalue())
    with Package.open(path) as package:
        return follow(package)


def jsonl(lines: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def test_every_proof_leads_to_its_batch(tmp_path: Path) -> None:
    files = files_of(*FOUND)
    assert len(files[PROOFS]) == 2 * len(FOUND)
    assert followed(tmp_path / "a.zip", files) == len(FOUND)


def test_rows_without_a_proof_stand_between_those_that_have_one(tmp_path: Path) -> None:
    files = files_of(*FOUND)
    files[PROOFS] = files[PROOFS][2:4] + files[PROOFS][8:]
    assert followed(tmp_path / "a.zip", files) == 3


def test_an_export_without_proofs_proves_nothing(tmp_path: Path) -> None:
    files = files_of(row())
    del files[PROOFS], files[BATCHES]
    assert followed(tmp_path / "a.zip", files) == 0


def changing(name: str, number: int, **values: Any) -> Callable[[Files], object]:
    return lambda files: files[name][number].update(values)


def other_text(files: Files) -> None:
    said = json.loads(files[PROOFS][0]["text"])
    files[PROOFS][0]["text"] = json.dumps(said | {"host": "other.test"}, separators=(",", ":"))


TAMPERED: dict[str, tuple[Callable[[Files], object], str]] = {
    "the-host-shown": (changing(ROWS, 0, host="other.test"), "is not the one that it proves"),
    "the-person-shown": (changing(ROWS, 0, person="bob"), "is not the one that it proves"),
    "the-time-shown": (
        changing(ROWS, 0, at="2026-03-14T15:09:26.535898+00:00"),
        "not the one that it proves",
    ),
    "what-is-sealed": (changing(ROWS, 0, has_sealed=True), "is not the one that it proves"),
    "the-outcome-shown": (
        lambda files: files[ROWS][0]["outcome"].update(status=200),
        "not the one that it proves",
    ),
    "the-outcome-taken-away": (changing(ROWS, 0, outcome=None), "does not fit"),
    "the-text": (other_text, "does not lead to the root"),
    "the-salt": (changing(PROOFS, 0, salt="00"), "does not lead to the root"),
    "the-place": (changing(PROOFS, 0, place=99), "does not lead to the root"),
    "the-number-of-rows": (changing(PROOFS, 0, leaves=3), "no way|none in this batch"),
    "the-way": (lambda files: files[PROOFS][0]["beside"].pop(), "does not lead to the root"),
    "a-longer-way": (changing(PROOFS, 0, beside=["00" * 32] * 65), "none in this batch"),
    "the-class": (changing(PROOFS, 0, retention_class="visit"), "does not fit"),
    "the-day": (changing(PROOFS, 0, day="2026-03-15"), "does not fit"),
    "the-table": (changing(PROOFS, 0, source="outcome"), "does not lead|not the one"),
    "the-batch": (changing(PROOFS, 0, batch="01976d3e-0000-7000-8000-00000000dead"), "does not fit"),
    "what-the-batch-says": (
        lambda files: files[BATCHES][0].update(
            text=files[BATCHES][0]["text"].replace('"slot": 0', '"slot": 1')
        ),
        "does not fit",
    ),
    "where-it-is-linked": (changing(BATCHES, 0, position=2), "does not fit"),
    "a-row-taken-out": (lambda files: files[ROWS].pop(0), "not shown, or out of order"),
    "the-order": (lambda files: files[ROWS].reverse(), "not shown, or out of order"),
    "no-batches": (lambda files: files[BATCHES].clear(), "does not fit"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_whatever_is_changed_is_found(how: str, tmp_path: Path) -> None:
    change, why = TAMPERED[how]
    files = files_of(*FOUND)
    change(files)
    with pytest.raises(EvidenceRefused, match=why) as refused:
        followed(tmp_path / "a.zip", files)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        pytest.param(b"[]\n", "does not read", id="no-object"),
        pytest.param(b"{}\n", "not shown|does not read", id="an-empty-one"),
        pytest.param(b"{}", "has no end", id="no-end"),
        pytest.param(b"\n", "does not read", id="an-empty-line"),
        pytest.param(b"[" * 100_000 + b"\n", "does not read", id="very-deep"),
        pytest.param(b"x" * (MOST_LINE_BYTES + 2), "longer than any", id="very-long"),
        pytest.param(b'{"id":' + b"9" * 5000 + b"}\n", "does not read", id="a-huge-number"),
        pytest.param(b"\xff\xfe\n", "does not read", id="no-text"),
    ],
)
@pytest.mark.parametrize("name", [PROOFS, BATCHES, ROWS])
def test_what_is_no_line_of_ours_is_refused(name: str, lines: bytes, why: str, tmp_path: Path) -> None:
    files = {each: jsonl(all_) for each, all_ in files_of(row()).items()}
    with pytest.raises(EvidenceRefused, match=f"{why}|does not fit") as refused:
        followed(tmp_path / "a.zip", files | {name: lines})
    assert "\n" not in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_whatever_stands_in_a_field_is_refused_or_was_there(tmp_path: Path, data: st.DataObject) -> None:
    files = files_of(row())
    name = data.draw(st.sampled_from([PROOFS, BATCHES, ROWS]))
    line = data.draw(st.sampled_from(files[name]))
    field = data.draw(st.sampled_from(sorted(line)))
    before, line[field] = line[field], data.draw(JSON)
    ours = {"is_visit", "counts_as_visit", "belongs_to", "asked_for", "batch", "held", "withdrawn_on"}
    try:
        assert followed(tmp_path / "a.zip", files) == 1
    except EvidenceRefused as refused:
        assert "\n" not in str(refused)
    else:
        assert line[field] == before or (name == ROWS and field in ours)
