"""What goes out with an entry, since it stands on its line."""

from dataclasses import replace
from pathlib import Path

import pytest

from categories.library import ListLibrary, SourceList
from categories.list_change import WithheldWhy
from categories.plausibility.bystanders import left_out, with_bystanders_told
from categories.plausibility.held import Held
from policy.words import EntryKind

TEXT = """\
0.0.0.0 bet.test www.gov.uk casino.test
0.0.0.0 poker.test
0.0.0.0 www.gov.uk
0.0.0.0 dice.test www.gov.uk
"""


@pytest.fixture
def source(tmp_path: Path) -> SourceList:
    (tmp_path / "hosts").write_text(TEXT)
    return ListLibrary(tmp_path / "lists", shipped=None).read_in("feed", "gambling", tmp_path / "hosts")


def held(entry: str, name: str = "feed") -> Held:
    return Held(
        name, 1, EntryKind.HOST, entry, "gambling", WithheldWhy.QUARANTINED, entry, f"it covers {entry}"
    )


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        pytest.param((), (0, 0), id="none"),
        pytest.param((1,), (0, 3), id="of-one-line"),
        pytest.param((2, 3), (2, 0), id="by-themselves"),
        pytest.param((1, 3, 4), (1, 5), id="of-several-lines"),
        pytest.param((99,), (0, 0), id="no-such-line"),
    ],
)
def test_what_is_left_out_is_counted_alone_and_together(
    source: SourceList, lines: tuple[int, ...], count: tuple[int, int]
) -> None:
    assert left_out(replace(source, left_out=frozenset(lines))) == count


def test_it_is_told_how_many_go_out_with_an_entry_of_all_its_lines(source: SourceList) -> None:
    found = (held("www.gov.uk"), held("poker.test"), held("www.gov.uk", "another"))
    assert [each.because for each in with_bystanders_told(found, [source])] == [
        "it covers www.gov.uk; 3 others stay out with it, on the same lines",
        "it covers poker.test",
        "it covers www.gov.uk",
    ]
