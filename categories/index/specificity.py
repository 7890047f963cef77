"""
Which of two entries of one list says more of a URL: the same numbered list as in `docs/judging.md`.

    1. A URL prefix: one host, and one part of it.
    2. A host.
    3. An address range.
    4. A wildcard or regular expression.
    5. A file name.
    6. A path.
    7. A keyword.
    8. A search term.

Of two of one kind the longer text says more, of two address ranges the one with more bits. Lengths of
different kinds say nothing of each other: `/a+/` is shorter than `example.org`, and covers more.
"""

from policy.words import EntryKind

_ORDER = (
    EntryKind.PREFIX,
    EntryKind.HOST,
    EntryKind.ADDRESS,
    EntryKind.PATTERN,
    EntryKind.FILE_NAME,
    EntryKind.PATH,
    EntryKind.KEYWORD,
    EntryKind.SEARCH_TERM,
)
_STEP = 10_000  # more than any entry is long (`categories.entries.LONGEST_ENTRY`)
_KINDS = {kind: _STEP * place for place, kind in enumerate(reversed(_ORDER))}


def specificity(kind: EntryKind, text: str) -> int:
    """A number that is greater for the entry that says more; compared within one list only."""
    if kind is EntryKind.ADDRESS:
        return _KINDS[kind] + int(text.rpartition("/")[2])
    return _KINDS[kind] + len(text)
