"""
The term index: every entry that is looked for in a whole URL, found in one pass.

*Terms* are the URL prefixes (where they are not in the host index), paths, file names, keywords and
patterns. They lie in mapped columns; in memory are the automaton over their words and the patterns
that have been tried so far.

A folder has three such indexes. Search terms have one of their own, since they are looked for in what was
typed and nowhere else. Wildcards without a path (`*casino-online*`) say something of the host
alone, so they are looked for in the host alone, and what is found is remembered with the host. Most of
them begin in the middle of a word, which would make the pass over the whole URL twice as long (see
`categories/index/automaton.py`, "Fences").
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from categories.index.automaton import MOST_LETTERS, Automaton
from categories.index.columns import Columns, write_columns
from categories.index.patterns import MOST_UNFIXED, Pattern, PatternSet
from categories.index.places import Found, Placed
from categories.index.terms import hits, words
from categories.urls.embedded import MARKS
from policy.errors import ListRefused
from policy.words import EntryKind, FoundBy

HOST_TERMS = "host-terms.columns"
URL_TERMS = "url-terms.columns"
SEARCH_TERMS = "search-terms.columns"

_KINDS = (
    EntryKind.PREFIX,
    EntryKind.PATH,
    EntryKind.FILE_NAME,
    EntryKind.KEYWORD,
    EntryKind.PATTERN,
    EntryKind.SEARCH_TERM,
)
_PATTERN = _KINDS.index(EntryKind.PATTERN)
_PREFIX = _KINDS.index(EntryKind.PREFIX)

_NOTHING: tuple[Sequence[Found], bool] = ((), False)


class TermIndex:
    """What a file of terms says about URLs."""

    def __init__(self, path: Path) -> None:
        columns = Columns(path)
        self._kinds = columns.numbers("kinds")
        self._places = columns.numbers("places")
        self._texts = columns.texts("texts")
        # The terms of a word: `terms[starts[word]:starts[word + 1]]`.
        self._starts = columns.numbers("starts")
        self._terms = columns.numbers("terms")
        all_words = columns.texts("words")
        self._first_mark = len(all_words)
        self._automaton = Automaton(chain(all_words, MARKS))
        self._unfixed = columns.numbers("unfixed")
        self._unfixed_set = PatternSet([self._texts[term] for term in self._unfixed])
        self._patterns: dict[int, Pattern] = {}

    def __len__(self) -> int:
        """How many terms there are."""
        return len(self._places)

    def find(self, host: str, target: str) -> tuple[Sequence[Found], bool]:
        """Every term that covers host and target, and whether there may be a URL inside this one."""
        met = self._automaton.find(host, target)
        if not met and not self._unfixed:
            return _NOTHING
        met_words = {word for word in met if word < self._first_mark}
        candidates = {
            term for word in met_words for term in self._terms[self._starts[word] : self._starts[word + 1]]
        }
        found = [self._found(term) for term in candidates if self._hits(term, host, target)]
        found += [self._found(self._unfixed[at]) for at in self._unfixed_set.find(host, target)]
        return found, len(met_words) < len(set(met))

    def prefixes(self) -> Iterator[tuple[str, str]]:
        """Host and target of every URL prefix that is a term."""
        for kind, text in zip(self._kinds, self._texts, strict=True):
            if kind == _PREFIX:
                host, _, path = text.partition("/")
                yield host, f"/{path}"

    def entries(self) -> Iterator[Found]:
        """Every term, in the order of places."""
        return map(self._found, range(len(self._places)))

    def _found(self, term: int) -> Found:
        return Found(self._places[term], _KINDS[self._kinds[term]], self._texts[term], FoundBy.AUTOMATON)

    def _hits(self, term: int, host: str, target: str) -> bool:
        kind = self._kinds[term]
        if kind != _PATTERN:
            return hits(_KINDS[kind], self._texts[term], host, target)
        pattern = self._patterns.get(term)
        if pattern is None:
            pattern = self._patterns[term] = Pattern(self._texts[term])
        return pattern.hits(host, target)


def about_host(term: Placed) -> bool:
    """Whether the host alone decides."""
    return term.kind is EntryKind.PATTERN and "/" not in term.text


def write_term_index(path: Path, terms: Iterable[Placed], name_of: Callable[[int], str]) -> None:
    """
    Write an index of `terms`; `name_of` gives the name of the list that has a place.

    Raises `ListRefused`, naming the list that brings the most, where there is more than one pass over a URL
    can carry.
    """
    kinds, places, texts, unfixed = array("B"), array("I"), [], array("I")
    by_word: defaultdict[str, list[int]] = defaultdict(list)
    letters_by_list: Counter[str] = Counter()
    for number, term in enumerate(terms):
        kinds.append(_KINDS.index(term.kind))
        places.append(term.place)
        texts.append(term.text)
        its_words = words(term.kind, term.text)
        if its_words is None:
            unfixed.append(number)
        for word in its_words or ():
            by_word[word].append(number)
            letters_by_list[name_of(term.place)] += len(word)
    if len(unfixed) > MOST_UNFIXED:
        ((name, count),) = Counter(name_of(places[number]) for number in unfixed).most_common(1)
        example = next(texts[number] for number in unfixed if name_of(places[number]) == name)
        raise ListRefused(
            f"{name}: {count} of its patterns have no fixed text of three characters, such as {example!r}; "
            f"all lists have {len(unfixed)}, and at most {MOST_UNFIXED} can be tried on every request: "
            "make them more particular"
        )
    letters = sum(map(len, by_word))
    if letters > MOST_LETTERS:
        ((name, count),) = letters_by_list.most_common(1)
        raise ListRefused(
            f"{name}: its paths, file names, keywords and patterns have {count} letters; all lists have "
            f"{letters}, and at most {MOST_LETTERS} can be looked for in every request: leave some out"
        )
    starts, grouped = array("I", [0]), array("I")
    for numbers in by_word.values():
        grouped.extend(numbers)
        starts.append(len(grouped))
    write_columns(
        path,
        {"kinds": kinds, "places": places, "unfixed": unfixed, "starts": starts, "terms": grouped},
        {"texts": texts, "words": by_word},
    )


def letters_of(terms: Iterable[Placed]) -> int:
    """How much of the automaton these terms would take, at most."""
    return sum(len(word) for term in terms for word in words(term.kind, term.text) or ())
