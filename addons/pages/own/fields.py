"""What was typed into a form's fields, and what is wrong with it."""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from addons.pages.own_page import Field, FieldKind
from addons.pages.strings import own as strings


def typed(form: Mapping[str, str], name: str) -> str:
    """What was typed there, composed (NFC): line breaks as `\\n`, a space for what cannot be seen."""
    text = unicodedata.normalize("NFC", form.get(name, "")).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text).strip()


def filled(field: Field, form: Mapping[str, str], *, missing: str) -> Field:
    """
    `field` with what was typed into it, and with its error where that will not do.

    `missing` is the sentence for nothing at all. What is not one of a choice's values counts as nothing.
    """
    value = typed(form, field.name)
    if field.kind is FieldKind.CHOICE and value not in {choice.value for choice in field.choices}:
        value = ""
    error = ""
    if not value and field.required:
        error = missing
    elif len(value) > field.most:
        error = strings.too_long(field.label, field.most)
    # What is much too long is not sent back to be made shorter.
    return replace(field, value=value[: 2 * field.most], error=error)
