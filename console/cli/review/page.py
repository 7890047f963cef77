"""
What every report is as a page: one HTML file that loads nothing, runs nothing, and can be printed.

Every string goes through `storable` and then through Jinja's escaping, so that neither markup nor a character
that turns the direction of a line can act; there is one way from text to this medium, and it is here.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from console.cli.review import plots
from console.cli.review.bounds_shown import Fact
from console.cli.review.figures_shown import COUNTED
from console.cli.times import show_moment
from policy.text import storable

_FOLDER = resources.files("console.cli.review") / "templates"
_TEMPLATES = (
    *("page.html", "pieces.html", "careful.html"),
    *("report.html", "timeline.html", "statistics.html"),
)
_LONGEST = 2000
_NUMBERS = frozenset(COUNTED)
_WHOLE = frozenset({"day", "hour", "time", "reference", "period (UTC)"})
_CUT = frozenset({"host", "path", "part of", "entry"})


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a page: its first column heads its rows; columns of numbers stand on the right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    def kind(self, place: int) -> str:
        """How a column is set: numbers on the right, times and references whole, somebody else's text cut."""
        name = self.columns[place]
        if name in _NUMBERS:
            return "number"
        return "whole" if name in _WHOLE else "cut" if name in _CUT else ""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above everything else."""

    title: str
    made: datetime
    purpose: str
    facts: tuple[Fact, ...]  # what it was read within


def render(template: str, head: Head, **parts: object) -> str:
    """The page of this template."""
    return _environment().get_template(template).render(head=head, made=show_moment(head.made), **parts)


@cache
def _environment() -> Environment:
    texts = {name: (_FOLDER / name).read_text("utf-8") for name in _TEMPLATES}
    environment = Environment(
        loader=DictLoader(texts),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.globals.update(
        style=Markup((_FOLDER / "page.css").read_text("utf-8")),  # noqa: S704 - ours
        size={
            "width": plots.WIDTH,
            "height": plots.HEIGHT,
            "left": plots.LEFT,
            "right": plots.RIGHT,
            "bottom": plots.BOTTOM,
        },
    )
    return environment


def _shown(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Markup):
        return storable(value, _LONGEST)
    return value
