"""
The monitoring notice: what people are told before anything about them is recorded (P4.0, S3.14.1).

Its sentences name the policy's own settings in braces (`{visit_days}`), so that nobody can lengthen a period
and leave the notice saying the old one. Whoever changes what the notice says also changes its version:
everybody is then asked to read it anew. `sluicegate policy check` compares it with what was in force before.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from policy.sections.part import Part

type Meanwhile = Literal["allow", "refuse"]
type Paragraphs = tuple[str, ...]

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


_Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
_Paragraphs = Annotated[tuple[_Paragraph, ...], BeforeValidator(_listed), Field(min_length=1, max_length=40)]


class NoticeText(Part):
    """What the notice says, by part; a string is one paragraph, a list of them several."""

    recorded: _Paragraphs
    not_recorded: _Paragraphs
    decrypted: _Paragraphs
    purposes: _Paragraphs
    who_may_look: _Paragraphs
    how_long: _Paragraphs
    rights: _Paragraphs
    contacts: _Paragraphs


class NoticeSection(Part):
    """The notice as it stands in the policy file."""

    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z. -]{0,31}$")]
    # What becomes of pieces of pages, and of what programs ask for, until its person has read the notice.
    meanwhile: Meanwhile = "allow"
    text: NoticeText


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice as people read it: the policy's settings filled in."""

    version: str
    meanwhile: Meanwhile
    recorded: Paragraphs
    not_recorded: Paragraphs
    decrypted: Paragraphs
    purposes: Paragraphs
    who_may_look: Paragraphs
    how_long: Paragraphs
    rights: Paragraphs
    contacts: Paragraphs

    @property
    def parts(self) -> dict[str, Paragraphs]:
        """What it says, by part, in the order in which it is read."""
        return {field.name: getattr(self, field.name) for field in fields(self)[2:]}


def fill_in(section: NoticeSection, settings: Mapping[str, str]) -> Notice:
    """
    The notice with each `{name}` replaced by its setting.

    Raises `ValueError` for a name that no setting has.
    """
    texts = {
        part: tuple(_filled(f"notice.text.{part}", paragraph, settings) for paragraph in paragraphs)
        for part, paragraphs in section.text
    }
    return Notice(section.version, section.meanwhile, **texts)


def _filled(where: str, paragraph: str, settings: Mapping[str, str]) -> str:
    def setting(found: re.Match[str]) -> str:
        name = found[1]
        if name is None or name not in settings:
            known = ", ".join(settings)
            raise ValueError(f"{where}: {found[0]!r} names no setting; braces hold one of {known}")
        return settings[name]

    return _BRACES.sub(setting, paragraph)
