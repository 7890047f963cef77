"""
JSON as the text of a list: each string in it on a line, under a line that names the key it stands under.

    {"rules": [{"domain_suffix": ["bet.test", "casino.test"],      # json: domain_suffix
                "domain_keyword": ["poker"]}]}                     bet.test
                                                                   casino.test
                                                                   # json: domain_keyword
                                                                   poker

JSON is often one line of megabytes; here its entries get lines that can be named. Which keys hold entries
is the reader's to know (`categories/readers/json_list.py`), unless the column is named: then only what
stands under that key is taken. Strings in no array are about the list and no part of it (`"url"`: where
it comes from) - but for a row of objects one a line, which is an array without its brackets.

It is read as it comes, without holding the whole: the grammar of RFC 8259, with bounds on depth and on the
length of a string.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from itertools import batched, chain
from typing import NamedTuple

from categories.packed.marks import JSON
from policy.errors import ListRefused
from policy.text import storable

_LONGEST = 65_536  # characters of a string or number
_DEEPEST = 32
_MOST_HELD = 100  # strings of the first object, until it is known to be one of a row
_MOST_NAMED = 20  # keys that a refusal names
_LINES = 4096
_COLUMN = "entries"  # stands for the key that somebody named; see the reader

_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*(?:[\"{\[\]\-0-9]|$))")
_TOKEN = re.compile(
    r"[ \t\r\n]*+(?:"
    r'(?P<string>"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*+")'
    r"|(?P<mark>[\[\]{},:])"
    r"|(?P<other>true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?=[ \t\r\n\[\]{},:]))"
)


def is_json(start: bytes) -> bool:
    """Whether a file that begins so is JSON; `[Adblock Plus]` is not."""
    return _START.match(start) is not None


def text_of_json(blocks: Iterable[bytes], name: str, column: str = "") -> Iterator[bytes]:
    """
    The text, block by block. Raises `ListRefused`.

    With a `column` what stands under this key, whatever it is called and wherever it stands.
    """
    strings = _strings(_tokens(blocks, name), name)
    lines = _column(strings, column, name) if column else _all(strings)
    for some in batched(lines, _LINES, strict=False):
        yield "".join(some).encode("utf-8", "replace")


class _String(NamedTuple):
    """A string of the JSON text that is a value."""

    key: str  # that it, or the array it is in, stands under; "" where there is none
    text: str
    value: int  # the how-manieth value of the file it is in
    listed: bool  # in an array


def _all(strings: Iterable[_String]) -> Iterator[str]:
    last: str | None = None
    for string in _in_arrays(strings):
        if string.key != last:
            last = string.key
            yield f"{JSON}{_line(last)}\n"
        yield f"{_line(string.text)}\n"


def _column(strings: Iterable[_String], column: str, name: str) -> Iterator[str]:
    keys: dict[str, None] = {}
    found = False
    for string in strings:
        if string.key == column:
            yield f"{_line(string.text)}\n" if found else f"{JSON}{_COLUMN}\n{_line(string.text)}\n"
            found = True
        elif len(keys) < _MOST_NAMED:
            keys[string.key] = None
    if not found:
        known = storable(", ".join(key for key in keys if key) or "none", 200)
        raise ListRefused(f"{name}: no text stands under the key {storable(column, 60)!r} (keys: {known})")


def _in_arrays(strings: Iterable[_String]) -> Iterator[_String]:
    """Those in an array; of a row of objects, each a value of the file by itself, all."""
    held: list[_String] = []
    for string in strings:
        if string.listed:
            yield string
        elif string.value > 1:
            yield from held
            held = []
            yield string
        elif len(held) < _MOST_HELD:
            held.append(string)


def _line(text: str) -> str:
    """A text from outside as one line, which cannot be taken for a line of ours."""
    text = text.replace("\n", " ").replace("\r", " ").strip()
    return f" {text}" if text.startswith("#") else text


def _strings(tokens: Iterable[tuple[str, str]], name: str) -> Iterator[_String]:
    """Each string that is a value, in the order of the file, as the grammar is gone through."""
    open_marks: list[str] = []
    keys = [""]
    values = 0
    awaited = "value"
    for kind, piece in tokens:
        inside = open_marks[-1] if open_marks else ""
        ended = False
        if awaited == "colon" and piece == ":":
            awaited = "value"
        elif awaited == "next" and piece == ",":
            awaited = "key" if inside == "{" else "value"
        elif kind == "string" and awaited in {"key", "first key"}:
            keys[-1] = _unescaped(piece)
            awaited = "colon"
        elif kind != "mark" and awaited in {"value", "first value"}:
            values += not open_marks
            if kind == "string":
                yield _String(keys[-1], _unescaped(piece), values, "[" in open_marks)
            ended = True
        elif piece in {"[", "{"} and awaited in {"value", "first value"} and len(open_marks) < _DEEPEST:
            values += not open_marks
            open_marks.append(piece)
            keys.append(keys[-1] if piece == "[" else "")
            awaited = "first value" if piece == "[" else "first key"
        elif inside + piece in {"[]", "{}"} and awaited in {"next", "first value", "first key"}:
            open_marks.pop()
            keys.pop()
            ended = True
        else:
            raise _damaged(name)
        if ended:
            awaited = "next" if open_marks else "value"
    if open_marks or not values:
        raise _damaged(name)


def _tokens(blocks: Iterable[bytes], name: str) -> Iterator[tuple[str, str]]:
    """What kind each token is, and the token."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest = ""
    try:
        for text in chain(map(decoder.decode, blocks), (decoder.decode(b"", True) for _ in (0,)), ["\n"]):
            whole = rest + text
            at = 0
            while (found := _TOKEN.match(whole, at)) and found.end() - at <= _LONGEST:
                yield str(found.lastgroup), found[str(found.lastgroup)]
                at = found.end()
            rest = whole[at:].lstrip(" \t\r\n")
            if len(rest) > _LONGEST:
                raise _damaged(name)
    except UnicodeDecodeError:
        raise _damaged(name) from None
    if rest:
        raise _damaged(name)


def _unescaped(token: str) -> str:
    text = json.loads(token) if "\\" in token else token[1:-1]
    return str(text)


def _damaged(name: str) -> ListRefused:
    return ListRefused(
        f"{name}: JSON that ends early, is nested too deeply or is not well formed; get it again"
    )
