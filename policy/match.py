"""An entry of a list that hit."""

from dataclasses import dataclass

from policy.words import EntryKind, FoundBy


@dataclass(frozen=True, slots=True)
class Match:
    """One Entry that hit, with where it stands and what found it."""

    category: str
    list: str  # the CategoryList's name
    line: int  # 1-based, in the list's text as it was read; 0 for a list without lines
    entry: str  # the line's own text, normalised
    kind: EntryKind
    found_by: FoundBy
    name: str  # the host it hit: a name of the exchange, or one inside its URL
    specificity: int = 0  # orders matches of one list; greater is more specific
