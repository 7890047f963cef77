"""
Text from outside, made fit to be stored.

A host, path, entry or header is somebody else's choice of characters. Before it is stored it is
bounded in length and freed of what databases refuse (NUL, lone surrogates) or terminals obey
(controls, format characters, odd separators, what Unicode has not assigned): those become `\\xNN`
or `\\uNNNN`, so that nothing is lost to a reader and nothing acts. Showing it is a second matter,
one function a medium: Jinja for HTML, `console/cli/show.py` for terminals and JSON.
"""

PATH_LENGTH = 1024
HOST_LENGTH = 253
ENTRY_LENGTH = 512
WHY_LENGTH = 200
CONTENT_TYPE_LENGTH = 100


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
