"""
Text from outside, made fit to be stored.

A host, path, entry or header is somebody else's choice of characters. Before it is stored it is
bounded in length and freed of what databases refuse (NUL, lone surrogates) or terminals obey
(controls, format characters, odd separators, what Unicode has not assigned): those become `\\xNN`
or `\\uNNNN`, so that nothing is lost to a reader and nothing acts. Showing it is a second matter,
one function a medium: Jinja for HTML, `console/cli/show.py` for terminals and JSON, `csv_line` for what a
spreadsheet will open.
"""

import re
from collections.abc import Iterable

PATH_LENGTH = 1024
HOST_LENGTH = 253
ENTRY_LENGTH = 512
WHY_LENGTH = 200
CONTENT_TYPE_LENGTH = 100
CELL_LENGTH = 4000

CSV_START = "\ufeff"
"""What a CSV file begins with: without it the usual spreadsheet reads UTF-8 as something older."""

# A spreadsheet calculates what begins with one of these (full-width ones in some countries). An apostrophe
# before it makes it text; one that stood there already gets another, so that each can be taken away again.
# By its country's settings a spreadsheet may cut at another character than the comma, quoted or not: what
# would then begin a cell is treated the same.
_CALCULATES = re.compile(r"""(?:^|(?<=[;,\t|"]))(?=\s*'*[=+\-@＝＋－＠])""")  # noqa: RUF001 - they count as such


def storable(text: str, length: int) -> str:
    """`text` with at most `length` characters (the last an ellipsis where it was cut), escaped."""
    if len(text) <= length and text.isprintable():
        return text
    # Cut first: 100 kB of hostile text must not be walked to keep a kilobyte of it.
    piece = text[:length]
    if not piece.isprintable():
        piece = "".join(map(_escaped, piece))
    if len(text) > length or len(piece) > length:
        piece = piece[: length - 1] + "…"
    return piece


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def csv_line(cells: Iterable[object]) -> str:
    """
    One line of CSV (RFC 4180: quoted, CR LF) of which a spreadsheet shows everything and calculates nothing.

    None is an empty cell, a number stays one; any other text is bounded, escaped as `storable` does it, and
    has an apostrophe before what would begin a formula.
    """
    return ",".join(map(_csv_cell, cells)) + "\r\n"


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    safe = _CALCULATES.sub("'", storable(str(value), CELL_LENGTH))
    return '"' + safe.replace('"', '""') + '"'
