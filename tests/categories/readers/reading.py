"""What the tests of the readers share: one line through one reader, in the way lists are read."""

from categories.readers.entry_text import NotAnEntry, NotApplicable, Repeated
from categories.readers.exceptions import ExceptionRule, Exempted
from categories.readers.reader import NotThisList, Reader
from policy.words import EntryKind

HOST, PREFIX, PATTERN, ADDRESS = EntryKind.HOST, EntryKind.PREFIX, EntryKind.PATTERN, EntryKind.ADDRESS
BAD = "bad"
NOT_APPLICABLE = "not applicable"
REPEATED = "repeated"
NOT_THIS_LIST = "not this list"

type Outcome = list[tuple[EntryKind, str]] | tuple[Exempted, ...] | str


def outcome(reader: Reader, line: str) -> Outcome:
    """The entries of a line, what it excepts, or a word; the quick way and the long one must agree."""
    try:
        found: Outcome = list(reader.read(line))
    except NotAnEntry:
        found = BAD
    except NotApplicable:
        found = NOT_APPLICABLE
    except Repeated:
        found = REPEATED
    except NotThisList:
        found = NOT_THIS_LIST
    except ExceptionRule as exception:
        found = exception.exempted
    plain = reader.plain(line)
    if plain is not None:
        assert found == [(HOST, plain[1])]
    return found
