"""What every page of ours is made of: headers that let nothing in or out, and one template."""

import base64
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from jinja2 import DictLoader, Environment, StrictUndefined

from addons.pages.link import Link

_FOLDER = resources.files("addons.pages") / "templates"
_TEMPLATES = ("page.html", "frame.html", "own.html", "parts.html")


class Form(StrEnum):
    """What kind of thing the answer will be put into."""

    PAGE = "page"  # a navigation: the whole page
    FRAME = "frame"  # an iframe: a small one
    TEXT = "text"  # an image, a script, a program: a short text


@dataclass(frozen=True, slots=True)
class Page:
    """An answer of ours."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """What a page says, in the order it says it; what is empty is left out."""

    whose: str
    title: str
    what: str
    because: str = ""
    clauses: str = ""
    links: tuple[Link, ...] = ()  # to our own pages
    steps: tuple[str, ...] = ()
    recorded: str = ""
    searched_by: str = ""
    no_allegation: str = ""
    reference: str = ""  # as a person reads it


@cache
def templates() -> Environment:
    """Every template there is, by its file's name."""
    # Read when the first page is asked for, not at import, and kept: a page must not need the disk again.
    texts = {name: (_FOLDER / name).read_text("utf-8") for name in _TEMPLATES}
    return Environment(
        loader=DictLoader(texts),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def style(*more: str) -> tuple[str, str]:
    """The style sheet, with `more` of them behind it, and its hash for the content security policy."""
    text = "".join((_FOLDER / name).read_text("utf-8") for name in ("style.css", *more))
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text, f"sha256-{digest}"


def _headers(form: Form, content_type: str) -> tuple[tuple[str, str], ...]:
    # A page of ours in somebody's frame would let that page show it as its own; the small form is for frames.
    ancestors = "*" if form is Form.FRAME else "'none'"
    styles = "" if form is Form.TEXT else f"; style-src '{style()[1]}'"
    return (
        ("content-type", content_type),
        ("content-language", "en-GB"),
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            f"default-src 'none'{styles}; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}",
        ),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    )


def render(status: int, form: Form, content: Content) -> Page:
    """`content` in the form asked for."""
    if form is Form.TEXT:
        reference = f" Reference {content.reference}." if content.reference else ""
        text = f"{content.title}. {content.what}{reference}\n"
        return Page(status, _headers(form, "text/plain; charset=utf-8"), text.encode())
    html = templates().get_template(f"{form}.html").render(page=content, style=style()[0])
    return Page(status, _headers(form, "text/html; charset=utf-8"), html.encode())
