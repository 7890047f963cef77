"""
What the gateway's own pages are made of: sections, tables and forms, and one template for all of them.

These pages differ from the ones that are shown in place of a site. They stand at a host of the gateway's own,
so they may hold forms, and what a form sends comes from the very origin that made it. Their headers say so:

- `form-action 'self'`: a form leads nowhere else, whatever is written into it. Chromium holds a *redirect*
  that answers a form to the same rule, so an answer that leads to a site is a page with a link to it.
- `referrer-policy: same-origin`, not `no-referrer`: with that, browsers send `Origin: null` with a
  form (Fetch, "append a request Origin header"), and its origin could not be told from anybody's.
- nobody may frame them, open them with a hold on them, or embed them.

There is no script: what a page has to say is said when it is made. A form says what is kept of it and for how
long, and stands beside a way to do the same by telephone; `PageForm` cannot be made without either.
"""

from dataclasses import dataclass
from enum import StrEnum

from addons.pages.link import Link, is_own_path
from addons.pages.page import Page, style, templates
from addons.pages.strings import common

_TEMPLATE = "own.html"


class FieldKind(StrEnum):
    """How something is entered."""

    TEXT = "text"
    PASSWORD = "password"  # noqa: S105 (the type of a field, as HTML calls it)
    AREA = "area"  # several lines
    CHOICE = "choice"  # one of several


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to enter. `error` says what is wrong with what was entered, and how to put it right."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    hint: str = ""
    value: str = ""
    most: int = 200  # characters
    required: bool = True
    choices: tuple[Choice, ...] = ()
    autocomplete: str = "off"  # a word of HTML's, such as "username"
    error: str = ""


@dataclass(frozen=True, slots=True)
class PageForm:
    """A form. `action` is one of our own paths."""

    action: str
    token: str
    button: str
    kept: str  # what is kept of it, who sees it, and for how long
    telephone: str  # how to do the same without it
    fields: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        """Raises `ValueError` for a form that leads elsewhere."""
        if not is_own_path(self.action):
            raise ValueError(f"a form of ours leads to a path of ours, not {self.action!r}")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; the first cell of each says what the row is about."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page, in this order; what is empty is left out."""

    heading: str = ""
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    table: Table | None = None
    links: tuple[Link, ...] = ()
    form: PageForm | None = None


@dataclass(frozen=True, slots=True)
class OwnContent:
    """What a page says, in this order."""

    whose: str
    title: str
    lead: str
    sections: tuple[Section, ...] = ()
    told: bool = False  # `lead` says what came of what the person has just done
    reference: str = ""  # as a person reads it
    home: str = "/"  # the way to the index; "" on the index itself

    @property
    def errors(self) -> tuple[tuple[str, str], ...]:
        """The fields to put right, by name, for the summary at the top."""
        fields = [field for section in self.sections if section.form for field in section.form.fields]
        return tuple((field.name, field.error) for field in fields if field.error)


def render_own(status: int, content: OwnContent) -> Page:
    """One of our own pages."""
    text, digest = style("own.css")
    headers = (
        ("content-type", "text/html; charset=utf-8"),
        ("content-language", "en-GB"),
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            f"default-src 'none'; style-src '{digest}'; base-uri 'none'; form-action 'self'; "
            "frame-ancestors 'none'",
        ),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
        # A password is typed into one of them: nobody on the way may ask for it without TLS.
        ("strict-transport-security", "max-age=31536000"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    )
    html = templates().get_template(_TEMPLATE).render(page=content, style=text, said=common)
    return Page(status, headers, html.encode())
