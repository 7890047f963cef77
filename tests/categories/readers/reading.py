"""What the tests of the readers share: one line through one reader, in the way lists are read."""

from categories.readers.entry_text import NotAnEntry, NotApplicable
from categories.readers.reader import Reader
from policy.words import EntryKind

HOST, PREFIX, PATTERN, ADDRESS = EntryKind.HOST, EntryKind.PREFIX, EntryKind.PATTERN, EntryKind.ADDRESS
BAD = "bad"
NOT_APPLICABLE = "not applicable"

type Outcome = list[tuple[EntryKind, str]] | str


def outcome(reader: Reader, line: str) -> Outcome:
    """The entries of a line, `BAD` or `NOT_APPLICABLE`; the quick way and the long one must agree."""
    try:
        found: Outcome = list(reader.read(line))
    except NotAnEntry:
        found = BAD
    except NotApplicable:
        found = NOT_APPLICABLE
    plain = reader.plain(line)
    if plain is not None:
        assert found == [(HOST, plain[1])]
    return found
