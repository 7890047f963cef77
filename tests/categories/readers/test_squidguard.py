"""A SquidGuard folder as one text: each line is read by the file it is from."""

import pytest

from categories.packed.marks import SQUIDGUARD as MARK
from categories.packed.squidguard import FILES
from categories.readers.squidguard import SquidguardReader
from tests.categories.readers.reading import BAD, HOST, PATTERN, PREFIX, Outcome, outcome


@pytest.mark.parametrize(
    ("file", "line", "found"),
    [
        ("domains", "bet.test", [(HOST, "bet.test")]),
        ("domains", ".bet.test", [(HOST, "bet.test")]),
        ("domains", "192.0.2.7", [(HOST, "192.0.2.7")]),
        ("domains", "bet.test/casino", BAD),
        ("urls", "example.org/casino/", [(PREFIX, "example.org/casino")]),
        ("urls", "192.0.2.7/~a", [(PREFIX, "192.0.2.7/~a")]),
        ("urls", "example.org", [(PREFIX, "example.org/")]),
        ("urls", "example.org/a?b=c", [(PREFIX, "example.org/a?b=c")]),
        ("urls", "/casino", BAD),
        ("expressions", "(/banner/|adverts)", [(PATTERN, "/(/banner/|adverts)/")]),
        ("expressions", "ads.example", [(PATTERN, "/ads.example/")]),
        ("expressions", "bet.test", [(PATTERN, "/bet.test/")]),
        ("expressions", r"(a)\1", BAD),
        ("expressions", "# comment", []),
        ("expressions", "", []),
    ],
)
def test_a_line_means_what_its_file_says(file: str, line: str, found: Outcome) -> None:
    reader = SquidguardReader()
    assert outcome(reader, f"{MARK}{file}") == []
    assert outcome(reader, line) == found


def test_one_reader_goes_from_file_to_file() -> None:
    reader = SquidguardReader()
    kinds = []
    for file in FILES:
        reader.read(f"{MARK}{file}")
        kinds += [kind for kind, _ in reader.read("bet.test")]
    assert kinds == [HOST, PREFIX, PATTERN]


def test_it_is_known_by_its_first_line() -> None:
    assert SquidguardReader.recognise([f"{MARK}urls", "bet.test/a"]) == 2
    assert SquidguardReader.recognise(["bet.test/a", f"{MARK}urls"]) == 0
