"""CSV: the right column, by its name or the usual ones."""

import pytest

from categories.entries import Entry
from categories.readers import read_blocks
from categories.readers.csv_column import CsvReader
from policy.errors import ListRefused
from tests.categories.readers.reading import BAD, HOST, NOT_APPLICABLE, PREFIX, Outcome, outcome


def entries(text: str) -> list[Entry]:
    return list(read_blocks([text.encode()], "a list").entries)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("id,domain,added\n1,bet.test,today\n", id="by-its-usual-name"),
        pytest.param("id;Host;added\n1;bet.test;today\n", id="semicolons-and-capitals"),
        pytest.param("id\thost\tadded\n1\tbet.test\ttoday\n", id="tabs"),
        pytest.param('"id","host"\n"1, or one","bet.test"\n', id="quotes"),
        pytest.param('# id,host\n"1","bet.test"\n', id="header-in-a-comment"),
        pytest.param('# "id","host"\n"1","bet.test"\n', id="header-in-quotes-in-a-comment"),
    ],
)
def test_the_column_is_found_by_its_usual_name(text: str) -> None:
    assert entries(text) == [Entry(HOST, "bet.test", 2)]


def test_the_column_that_is_named_is_taken_whatever_else_there_is() -> None:
    text = (
        "# csv-column: Landing Page\nhost,landing page\na.test,http://bet.test/a\nb.test,http://bet.test/b\n"
    )
    assert entries(text) == [Entry(PREFIX, "bet.test/a", 3), Entry(PREFIX, "bet.test/b", 4)]


def test_two_files_of_one_list_have_a_header_each() -> None:
    text = "# csv-column: h\nh,x\na.test,1\n# csv-column: h\nx,h\n1,b.test\n"
    assert [entry.text for entry in entries(text)] == ["a.test", "b.test"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# csv-column: host\nurl,domain\nx,y\n", "no one column 'host'; its columns are: url, domain"),
        ("# csv-column: a\na,a\nb.test,c.test\n", "no one column 'a'"),
        (
            "url,domain\nhttp://a.test/,a.test\n",
            "say with --column which of its columns has the entries: url, domain",
        ),
        ("# csv-column: host\nbet.test\n", "no one column 'host'; its columns are: bet.test"),
    ],
)
def test_a_header_without_one_such_column_is_refused_with_its_columns(text: str, why: str) -> None:
    with pytest.raises(ListRefused, match=why):
        entries(text)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        pytest.param("1,bet.test", [(HOST, "bet.test")], id="host"),
        pytest.param("1,http://bet.test/a?b", [(PREFIX, "bet.test/a?b")], id="url"),
        pytest.param('1,"http://bet.test/a,b"', [(PREFIX, "bet.test/a,b")], id="url-with-a-comma"),
        pytest.param("1,", NOT_APPLICABLE, id="empty-cell"),
        pytest.param("1", BAD, id="no-such-cell"),
        pytest.param('1,"bet.test', [(HOST, "bet.test")], id="quote-that-is-not-closed"),
        pytest.param("# comment", [], id="comment"),
        pytest.param("", [], id="blank"),
        pytest.param("1,two words", BAD, id="words"),
    ],
)
def test_a_row(row: str, found: Outcome) -> None:
    reader = CsvReader()
    reader.read("id,url")
    assert outcome(reader, row) == found


def test_it_knows_rows_behind_a_header() -> None:
    assert CsvReader.recognise(["# a comment", "# id,url", "1,a.test", "2,b.test", "c.test"]) == 3
    assert CsvReader.recognise(["1,a.test", "2,b.test"]) == 0
    assert CsvReader.recognise(["DOMAIN,a.test", "DOMAIN,b.test"]) == 0
    assert CsvReader.recognise(["# csv-column: x", "a,x"]) == 2
    assert CsvReader.recognise([]) == 0
    assert CsvReader.recognise(['"id"\r,host', "1,a.test"]) == 0  # quotes that cannot be read
