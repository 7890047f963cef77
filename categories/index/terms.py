"""
What each kind of entry but hosts and addresses means: its words for the automaton, and whether it hits.

`hits` is the meaning of `categories/entries.py` in code. `words` may promise too much: every URL that
an entry hits contains, folded, at least one of its words.
"""

from categories.entries import bare_host, expression, starts_at_boundary
from categories.index.automaton import fold
from categories.index.literals import required
from policy.words import EntryKind


def words(kind: EntryKind, text: str) -> frozenset[str] | None:
    """The words one of which stands in every URL the entry hits; `None` where there are none."""
    match kind:
        case EntryKind.PREFIX:
            return frozenset({_fenced(bare_prefix(text))})
        case EntryKind.PATH | EntryKind.KEYWORD | EntryKind.SEARCH_TERM:
            return frozenset({_fenced(text)})
        case EntryKind.FILE_NAME:
            return frozenset({fold(f"{text[1:]}/") if text.startswith("*") else _fenced(text)})
    literals = required(expression(text))
    return None if literals is None else frozenset(map(fold, literals))


def bare_prefix(text: str) -> str:
    """A PREFIX in the form in which it is compared, its host without `www.`."""
    host, slash, path = text.partition("/")
    return bare_host(host) + slash + path


def _fenced(text: str) -> str:
    word = fold(text)
    return f"{'' if word.startswith('/') else '/'}{word}{'' if word.endswith('/') else '/'}"


def hits(kind: EntryKind, text: str, host: str, target: str) -> bool:
    """
    Whether an entry of a kind other than HOST, ADDRESS and PATTERN covers this host and target.

    For a SEARCH_TERM the target is the words that were typed (`searched_for`).
    """
    match kind:
        case EntryKind.PREFIX:
            entry_host, slash, path = bare_prefix(text).partition("/")
            # Where only the name is known, an entry for all of a site covers it: `example.org/`.
            return entry_host == bare_host(host) and starts_at_boundary(target or "/", slash + path)
        case EntryKind.PATH:
            return _has_segments(target.partition("?")[0], text[:-1])
        case EntryKind.FILE_NAME:
            name = target.partition("?")[0].rpartition("/")[2].partition(";")[0]
            return name.endswith(text[1:]) if text.startswith("*") else name == text
        case EntryKind.KEYWORD:
            return _has_word(target, text)
        case EntryKind.SEARCH_TERM:
            return f" {text} " in f" {target} "
    raise ValueError(f"{kind} entries are not looked for in URLs")


def _has_segments(path: str, segments: str) -> bool:
    """Whether the path has these segments, ending at its end or before a `/` or `;`."""
    at = path.find(segments)
    while at >= 0:
        if path[at + len(segments) : at + len(segments) + 1] in {"", "/", ";"}:
            return True
        at = path.find(segments, at + 1)
    return False


def _has_word(target: str, word: str) -> bool:
    at = target.find(word)
    while at >= 0:
        end = at + len(word)
        before, after = target[at - 1 : at] if at else "", target[end : end + 1]
        if not (_is_alphanumeric(before) or _is_alphanumeric(after)):
            return True
        at = target.find(word, at + 1)
    return False


def _is_alphanumeric(character: str) -> bool:
    return character.isascii() and character.isalnum()
