"""In which form an answer is given, and that no file of it is left for others."""

import stat
from pathlib import Path

import pytest
import typer

from console.cli.review import writing
from console.cli.review.writing import Form, form_of
from policy.errors import Refused


@pytest.mark.parametrize(
    ("as_json", "as_csv", "name", "form"),
    [
        (False, False, None, Form.TABLE),
        (True, False, None, Form.JSON),
        (False, True, None, Form.CSV),
        (False, False, "rows.csv", Form.CSV),
        (False, False, "rows.JSON", Form.JSON),
        (False, False, "page.html", Form.HTML),
    ],
)
def test_a_files_name_says_its_form(
    tmp_path: Path, *, as_json: bool, as_csv: bool, name: str | None, form: Form
) -> None:
    output = tmp_path / name if name else None
    assert form_of(as_json=as_json, as_csv=as_csv, output=output, pages=True) is form


@pytest.mark.parametrize(
    ("as_json", "as_csv", "name"),
    [(True, True, None), (True, False, "rows.csv"), (False, False, "rows.txt"), (False, False, "page.html")],
)
def test_what_is_asked_for_in_two_ways_or_in_no_known_form_is_an_error_of_usage(
    tmp_path: Path, *, as_json: bool, as_csv: bool, name: str | None
) -> None:
    with pytest.raises(typer.BadParameter):
        form_of(as_json=as_json, as_csv=as_csv, output=tmp_path / name if name else None)


def test_no_file_is_written_over_nor_a_folder_made(tmp_path: Path) -> None:
    there = tmp_path / "rows.csv"
    there.write_text("kept")
    for output in (there, tmp_path / "nowhere" / "rows.csv"):
        with pytest.raises(Refused):
            form_of(as_json=False, as_csv=False, output=output)
    with pytest.raises(Refused, match="there is a file already"):
        writing.put("new", there)
    assert there.read_text() == "kept"


def test_a_link_that_somebody_laid_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused):
        writing.put("new", tmp_path / "rows.csv")
    assert not (tmp_path / "elsewhere").exists()


def test_nobody_else_may_read_what_is_written(tmp_path: Path) -> None:
    writing.put("a\r\nb", tmp_path / "rows.csv")
    assert stat.S_IMODE((tmp_path / "rows.csv").stat().st_mode) == 0o600
    assert (tmp_path / "rows.csv").read_bytes() == b"a\r\nb"


def test_a_csv_file_says_that_it_is_utf_8() -> None:
    assert writing.csv_text(["a", "b"], [[1, "=é"]]) == '\ufeff"a","b"\r\n1,"\'=é"\r\n'


def test_json_is_an_object_a_line_in_ascii() -> None:
    assert writing.json_text([{"a": "é\n"}, {}]) == '{"a":"\\u00e9\\n"}\n{}\n'
