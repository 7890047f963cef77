"""Files of comma-separated values: read whole or refused, with the line and the column."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.people import table
from console.people.table import Table, read_table
from policy.errors import RegisterRefused


def read(path: Path) -> Table[dict[str, str]]:
    def of_row(cells: dict[str, str]) -> dict[str, str]:
        if cells["login"] == "bad":
            raise ValueError("login: bad")
        return cells

    return read_table(path, ("login",), ("name", "unit"), of_row)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "people.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        pytest.param(b"login\njane\n", [{"login": "jane"}], id="one-column"),
        pytest.param(
            b"Login , NAME\r\n jane , Jane Doe \r\n", [{"login": "jane", "name": "Jane Doe"}], id="spaces"
        ),
        pytest.param(
            b"\xef\xbb\xbflogin\njane", [{"login": "jane"}], id="a-spreadsheets-mark-and-no-last-line-end"
        ),
        pytest.param(
            b'login,name\njane,"Doe, Jane"\n', [{"login": "jane", "name": "Doe, Jane"}], id="quoted"
        ),
        pytest.param(b"login,name\n,\n\njane,x\n", [{"login": "jane", "name": "x"}], id="blank-lines"),
        pytest.param(b"login\n", [], id="nobody"),
    ],
)
def test_a_file_is_read_with_its_columns(tmp_path: Path, content: bytes, rows: list[dict[str, str]]) -> None:
    assert list(read(written(tmp_path, content)).rows) == rows


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(
            b"login,mail\n", "line 1: 'mail' is no column; there are login, name, unit", id="unknown"
        ),
        pytest.param(b"name\nx\n", "line 1: no column is called login", id="missing"),
        pytest.param(b"login,login\n", "line 1: two columns are called login", id="twice"),
        pytest.param(b"login;name\njane;x\n", "line 1: 'login;name' is no column", id="semicolons"),
        pytest.param(b"login,name\njane\n", "line 2: 1 cells, where the first line names 2", id="short"),
        pytest.param(b'login,name\na,"x\ny"\nb\n', "line 4: 1 cells", id="after-a-cell-of-two-lines"),
        pytest.param(b'login\n"jane\n', "line 2: no comma-separated values", id="open-quotation"),
        pytest.param(b'login\n"a"b\n', "line 2: no comma-separated values", id="text-after-a-quotation"),
        pytest.param(b"login\njane\n\xe9lodie\n", "line 3 is not UTF-8", id="latin-1"),
        pytest.param(
            b"login\njane\nbad\nbad\n", "line 3: login: bad; line 4: login: bad", id="each-bad-line"
        ),
        pytest.param(b"login\n" + b"bad\n" * 50, "line 11: login: bad; and more", id="many-bad-lines"),
    ],
)
def test_what_cannot_be_read_is_refused_whole_and_named(tmp_path: Path, content: bytes, says: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(RegisterRefused) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert says in str(refused.value)


def test_a_file_larger_than_any_register_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MOST_BYTES", 20)
    with pytest.raises(RegisterRefused, match="larger than"):
        read(written(tmp_path, b"login\n" + b"j" * 15))
    assert read(written(tmp_path, b"login\n" + b"j" * 14)).rows == ({"login": "j" * 14},)


def test_more_lines_than_any_organisation_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MOST_ROWS", 2)
    with pytest.raises(RegisterRefused, match="more than 2 lines"):
        read(written(tmp_path, b"login\na\nb\nc\n"))
    assert len(read(written(tmp_path, b"login\na\nb\n")).rows) == 2


_CELLS = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
    .map(str.strip)
    .filter(lambda cell: cell != "bad")
)


@settings(deadline=None)  # files on a busy machine
@given(st.lists(st.tuples(_CELLS.filter(bool), _CELLS), max_size=20))
def test_what_a_spreadsheet_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("login", "name"), *rows])
    path = written(tmp_path_factory.mktemp("table"), text.getvalue().encode())
    assert [(cells["login"], cells["name"]) for cells in read(path).rows] == rows


@settings(deadline=None)  # files on a busy machine
@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_they_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = written(tmp_path_factory.mktemp("table"), b"login,name\n" + content)
    try:
        assert read(path).columns == {"login", "name"}
    except RegisterRefused as refused:
        assert "\n" not in str(refused)
