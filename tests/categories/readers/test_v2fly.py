"""The sources of v2fly's lists, with what they include and the attributes that select."""

import pytest

from categories.entries import Entry
from categories.readers import read_blocks
from categories.readers.v2fly import V2flyReader
from tests.categories.readers.reading import (
    BAD,
    HOST,
    NOT_APPLICABLE,
    NOT_THIS_LIST,
    PATTERN,
    PREFIX,
    Outcome,
    outcome,
)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("bet.test", [(HOST, "bet.test")], id="plain"),
        pytest.param("domain:bet.test @ads @!cn", [(HOST, "bet.test")], id="domain-with-attributes"),
        pytest.param("full:www.bet.test", [(PREFIX, "bet.test/")], id="one-host"),
        pytest.param("keyword:casino", [(PATTERN, "*casino*")], id="keyword"),
        pytest.param(r"regexp:bet[0-9]\.test", [(PATTERN, r"/^[^/]*(?:bet[0-9]\.test)/")], id="expression"),
        pytest.param("casino", [(HOST, "casino")], id="a-whole-suffix"),
        pytest.param("bet.test &casinos", [(HOST, "bet.test")], id="lent-to-another-list"),
        pytest.param("bet.test # why", [(HOST, "bet.test")], id="comment-behind"),
        pytest.param("include:casinos", NOT_THIS_LIST, id="not-there"),
        pytest.param("# include:casinos", [], id="comment"),
        pytest.param("", [], id="blank"),
        pytest.param("bet.test casino.test", BAD, id="two-names"),
        pytest.param("full:bet test", BAD, id="space"),
        pytest.param("regexp:((", BAD, id="no-expression"),
    ],
)
def test_a_line(line: str, found: Outcome) -> None:
    assert outcome(V2flyReader(), line) == found


@pytest.mark.parametrize(
    ("mark", "line", "found"),
    [
        ("casinos", "bet.test", [(HOST, "bet.test")]),
        ("casinos", "include:other @ads", []),
        ("casinos @ads", "bet.test", NOT_APPLICABLE),
        ("casinos @ads", "bet.test @ads", [(HOST, "bet.test")]),
        ("casinos @ads @-cn", "bet.test @ads @cn", NOT_APPLICABLE),
        ("casinos @-!cn", "bet.test @!cn", NOT_APPLICABLE),
        ("casinos @-!cn", "bet.test @cn", [(HOST, "bet.test")]),
        ("casinos @-!cn", "bet.test", [(HOST, "bet.test")]),
    ],
)
def test_the_attributes_of_an_inclusion_select(mark: str, line: str, found: Outcome) -> None:
    reader = V2flyReader()
    assert outcome(reader, f"# v2fly: {mark}") == []
    assert outcome(reader, line) == found


def test_a_file_with_its_own_attributes_follows_one_that_selects() -> None:
    text = b"# v2fly: a @ads\nbet.test\nads.test @ads\n# v2fly: b\nbet.test\n"
    read = read_blocks([text], "a list")
    assert list(read.entries) == [Entry(HOST, "ads.test", 3), Entry(HOST, "bet.test", 5)]
    assert (read.format, read.not_applicable) == ("v2fly", 1)


def test_it_knows_what_no_other_format_has_and_the_names_between() -> None:
    assert V2flyReader.recognise(["a.test", "full:b.test", "c.test @ads", "||d.test^"]) == 3
    assert V2flyReader.recognise(["a.test", "b.test"]) == 0
    assert V2flyReader.recognise(["# v2fly: a", "a.test", "b.test"]) == 3
