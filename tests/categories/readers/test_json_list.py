"""JSON lists, once their text has a line for each string."""

import pytest

from categories.readers.json_list import JsonReader
from tests.categories.readers.reading import (
    ADDRESS,
    BAD,
    HOST,
    NOT_APPLICABLE,
    PATTERN,
    PREFIX,
    Outcome,
    outcome,
)


@pytest.mark.parametrize(
    ("key", "line", "found"),
    [
        ("domain_suffix", "bet.test", [(HOST, "bet.test")]),
        ("domain_suffix", ".bet.test", BAD),
        ("domain_keyword", "casino", [(PATTERN, "*casino*")]),
        ("domain_regex", "bet[0-9]", [(PATTERN, "/^[^/]*(?:bet[0-9])/")]),
        ("ip_cidr", "192.0.2.0/24", [(ADDRESS, "192.0.2.0/24")]),
        ("ip_cidr", "192.0.2.7", [(HOST, "192.0.2.7")]),
        ("", "bet.test", [(HOST, "bet.test")]),
        ("Domain", "bet.test", [(HOST, "bet.test")]),
        ("url", "http://bet.test/a", [(PREFIX, "bet.test/a")]),
        ("entries", "two words", BAD),
        ("license", "MIT", NOT_APPLICABLE),
        ("license", "bet.test", NOT_APPLICABLE),
        ("domain", "", []),
        ("domain", " # json: domain_keyword", []),
    ],
)
def test_a_string_is_read_by_its_key(key: str, line: str, found: Outcome) -> None:
    reader = JsonReader()
    assert outcome(reader, f"# json: {key}") == []
    assert outcome(reader, line) == found


def test_a_key_ends_where_the_next_begins() -> None:
    reader = JsonReader()
    assert outcome(reader, "# json: domain") == []
    assert outcome(reader, "# json: license") == []
    assert outcome(reader, "bet.test") == NOT_APPLICABLE


def test_it_knows_the_lines_under_known_keys() -> None:
    lines = ["# json: name", "a list", "# json: domain", "a.test", "b.test", "# json: license", "MIT"]
    assert JsonReader.recognise(lines) == 2
    assert JsonReader.recognise(["a.test", *lines]) == 0
    assert JsonReader.recognise([]) == 0
