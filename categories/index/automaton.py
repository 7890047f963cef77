"""
One pass over a URL for every entry that is not a bare host.

All URL prefixes, paths, file names, keywords, the fixed texts of all patterns and the marks of URLs
inside URLs are words of one Aho-Corasick automaton, so the time for a URL depends on its length and not on
the number of entries. A word that is met makes its entries *candidates*; each is then held against
the URL by its own meaning (`categories/index/terms.py`). So a word may promise too much, never too little.

**Fences.** The automaton walks from its root at nearly every character, trying the first letters of
all words one after another; with words that begin with 36 different characters this takes most of
its time. Nearly every entry, however, begins and ends where something begins and ends: a segment, a
word, a host. So words and text are *folded*: every character but letters and digits becomes the one
fence `/`, and what must stand at a boundary begins and ends with a fence. The root then has one
branch and a pass takes a third of the time. That `a-b` and `a.b` fold alike does no harm, since
candidates are confirmed in the text as it was. Only the fixed texts of patterns, and file names
like `*setup.exe`, may begin in the middle of a word.

**How large.** Building the automaton holds the interpreter's lock and stops every connection of the
worker, some 100 ns a letter. It therefore takes at most `MOST_LETTERS`; where URL prefixes would
pass that, they become keys of the host index instead (`categories/index/host_index.py`), with the same
answers.
Integers are stored, so that no entry is a Python object; a saved automaton loads slower than one is built.
"""

from collections.abc import Iterable

import ahocorasick

MOST_LETTERS = 250_000  # some 25 ms

_FENCES = bytes(code if chr(code).isalnum() or code > 0x7F else ord("/") for code in range(256))


def fold(text: str) -> str:
    """`text` with a fence for each ASCII character that is neither letter nor digit."""
    # By way of bytes: `str.translate` takes four times as long. A normalised URL is ASCII; what is not
    # becomes characters that no word has.
    return text.encode("utf-8", "replace").translate(_FENCES).decode("latin-1")


class Automaton:
    """Finds words in URLs. Words are folded texts, known by their position."""

    def __init__(self, words: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        for number, word in enumerate(words):
            self._automaton.add_word(word, number)
        # Without a word there is no automaton; this one stands in no folded text.
        self._automaton.add_word("\0", -1)
        self._automaton.make_automaton()

    def find(self, host: str, target: str) -> list[int]:
        """The number of each word in `host` + `target`, once for each time it stands there."""
        return [number for _, number in self._automaton.iter(fold(f"/{host}{target}/"))]
