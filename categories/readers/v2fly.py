"""
The sources of v2fly's domain lists: `bet.test`, `full:www.bet.test @ads`, `include:casinos`.

    bet.test, domain:bet.test   a host with all below it
    full:bet.test               this host alone
    keyword:casino              hosts with this text in them
    regexp:^bet[0-9]\\.test$     hosts in which the expression is found
    include:casinos @ads        the file `casinos` beside it, of which the lines with this attribute

The text of a list is the file with those that it includes, one after another, each under a line that names
it and the attributes its lines must have or not (`categories/packed/includes.py`). So an `include:` is no
entry, its file stands further down; one in a text without such lines stands for a list that is not there.
"""

import re
from collections.abc import Callable, Sequence

from categories.packed.marks import V2FLY
from categories.readers.entry_text import NotAnEntry, NotApplicable
from categories.readers.reader import NO_LINE, PLAIN_NAME, Found, NotThisList, Plain
from categories.readers.rule_text import all_below, exactly, host_expression, in_host

_WORDS: dict[str, Callable[[str], Found]] = {
    "domain": all_below,
    "full": exactly,
    "keyword": in_host,
    "regexp": host_expression,
}
_LINE = re.compile(r"(?:(domain|full|keyword|regexp|include):)?(\S+)((?:\s+[@&][A-Za-z0-9!_.-]+)*)")
_TELLING = re.compile(r"(?:domain|full|keyword|regexp|include):\S|[\w.-]+\s+[@&][A-Za-z0-9!_-]")
_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*(?:\s.*)?")
_PLAIN: Plain = re.compile(PLAIN_NAME).fullmatch


class V2flyReader:
    """See the module."""

    name = "v2fly"

    def __init__(self) -> None:
        self.plain: Plain = _PLAIN
        self._whole = False  # whether what is included stands in this text
        self._with: set[str] = set()
        self._without: set[str] = set()

    def read(self, line: str) -> Found:
        """The one entry of the line."""
        if line.startswith(V2FLY):
            self._begin(line.removeprefix(V2FLY).split()[1:])
            return ()
        text = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if not text:
            return ()
        found = _LINE.fullmatch(text)
        if found is None:
            raise NotAnEntry("a domain, or domain:, full:, keyword:, regexp: or include: is expected")
        word, value, attributes = found[1] or "domain", found[2], set(found[3].split())
        if word == "include":
            if not self._whole:
                raise NotThisList(
                    f"it includes {value[:60]!r}, which is not in this text; give its whole folder"
                )
            return ()
        if not self._with <= attributes or self._without & attributes:
            raise NotApplicable
        return _WORDS[word](value)

    def _begin(self, attributes: Sequence[str]) -> None:
        self._whole = True
        self._without = {f"@{each[2:]}" for each in attributes if each.startswith("@-")}
        self._with = {each for each in attributes if not each.startswith("@-")}
        self.plain = NO_LINE if self._with else _PLAIN

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Where a line has a word or an attribute: these, and the names between them."""
        if lines and lines[0].startswith(V2FLY):
            return len(lines)
        if not any(_TELLING.match(line) for line in lines):
            return 0
        return sum(
            _TELLING.match(line) is not None or _NAME.fullmatch(line.strip()) is not None for line in lines
        )
