"""Which of two entries of one list says more of a URL."""

import itertools
from pathlib import Path

import pytest

from categories.entries import LONGEST_ENTRY
from categories.index import specificity as module
from categories.index.specificity import specificity
from policy.words import EntryKind

# From the one that says most to the one that says least.
IN_ORDER = [
    (EntryKind.PREFIX, "example.org/casino/play"),
    (EntryKind.PREFIX, "example.org/casino"),
    (EntryKind.PREFIX, "a.test/b"),
    (EntryKind.HOST, "www.example.org"),
    (EntryKind.HOST, "example.org"),
    (EntryKind.HOST, "t.co"),
    (EntryKind.ADDRESS, "2001:db8::/64"),
    (EntryKind.ADDRESS, "2001:db8::/32"),
    (EntryKind.ADDRESS, "192.0.2.0/24"),
    (EntryKind.ADDRESS, "192.0.0.0/16"),
    (EntryKind.PATTERN, "*.example.*/casino*"),
    (EntryKind.PATTERN, "/casino[0-9]+/"),
    (EntryKind.PATTERN, "/casino/"),
    (EntryKind.FILE_NAME, "setup.exe"),
    (EntryKind.FILE_NAME, "*.exe"),
    (EntryKind.PATH, "/a-very-long-part-of-a-path/"),
    (EntryKind.PATH, "/casino/"),
    (EntryKind.KEYWORD, "a-very-long-keyword-of-many-letters"),
    (EntryKind.KEYWORD, "casino"),
    (EntryKind.SEARCH_TERM, "how to play at a casino"),
    (EntryKind.SEARCH_TERM, "casino"),
]


@pytest.mark.parametrize(("more", "less"), list(itertools.pairwise(IN_ORDER)))
def test_the_order_of_specificity(more: tuple[EntryKind, str], less: tuple[EntryKind, str]) -> None:
    assert specificity(*more) > specificity(*less)


def test_the_order_has_every_kind() -> None:
    assert {kind for kind, _ in IN_ORDER} == set(EntryKind)


def test_no_length_makes_up_for_the_kind() -> None:
    assert specificity(EntryKind.KEYWORD, "x" * LONGEST_ENTRY) < specificity(EntryKind.PATH, "/x/")
    assert specificity(EntryKind.HOST, "x" * LONGEST_ENTRY) < specificity(EntryKind.PREFIX, "x/")


def test_the_order_is_written_where_it_is_carried_out_and_where_people_read_it() -> None:
    page = Path(module.__file__).parents[2] / "docs" / "judging.md"
    section = (
        page.read_text("utf-8").partition("## Which of a list's entries says most")[2].partition("\n## ")[0]
    )
    assert module.__doc__ is not None
    written, read = (
        [line.strip() for line in text.splitlines() if line.strip()[:1].isdigit()]
        for text in (module.__doc__, section)
    )
    assert len(written) == len(EntryKind)
    assert [line.replace("*", "") for line in read] == written
