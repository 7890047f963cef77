"""The text kept of a confidential list is read like any other, and never by accident."""

import pytest

from categories.readers import read_blocks
from categories.readers.confidential import key_of
from policy.errors import ListRefused
from policy.words import EntryKind

KEY = "0123456789abcdef"
A, B, SITE = "a" * 32, "b" * 32, "5" * 16
TEXT = f"""# sluicegate-confidential: 1 key={KEY} host:{A}

host:{B} prefix:{SITE}/{A}
!
"""


def test_digests_are_entries_and_a_mark_is_a_bad_line() -> None:
    read = read_blocks([TEXT.encode()], "own")
    assert read.format == "confidential"
    assert [(entry.kind, entry.text, entry.line) for entry in read.entries] == [
        (EntryKind.HOST, f"confidential:{A}", 1),
        (EntryKind.HOST, f"confidential:{B}", 3),
        (EntryKind.PREFIX, f"confidential:{SITE}/{A}", 3),
    ]
    assert (read.lines, read.bad_count, read.bad_lines[0].number) == (4, 1, 4)


@pytest.mark.parametrize("first", [f"host:{A}", "# sluicegate-confidential: 1 key=short", "# casino"])
def test_without_its_first_line_it_is_in_no_format(first: str) -> None:
    with pytest.raises(ListRefused, match=r"in no format|lines cannot be read"):
        list(read_blocks([f"{first}\nhost:{A}\nhost:{B}\n".encode()], "own").entries)


def test_what_is_no_digest_is_a_bad_line() -> None:
    read = read_blocks(
        [(TEXT + f"host:{A}x\nhost:{A.upper()}\nbet.test\n" + f"host:{A}\n" * 9).encode()], "own"
    )
    assert len(list(read.entries)) == 12
    assert [bad.number for bad in read.bad_lines] == [4, 5, 6, 7]


def test_a_text_names_its_key() -> None:
    assert key_of(TEXT.encode()) == KEY
    with pytest.raises(ValueError, match="not the text of a confidential list"):
        key_of(b"bet.test\n")
