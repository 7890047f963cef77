"""A candidate beside a Ruleset in force, both compiled from lists written in a test."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from categories.plausibility.held import Held
from categories.plausibility.newly import Newly
from tests.categories.compiled import compiled

AGAINST = frozenset({"gambling", "games", "malware", "pornography", "social_media"})


def newly(folder: Path, candidate: Mapping[str, str], in_force: Mapping[str, str] | None = None) -> Newly:
    """Lists as text, by name, as `tests.categories.compiled` takes them; `None` where nothing is in force."""
    before = None if in_force is None else compiled(folder / "before", in_force)
    return Newly(compiled(folder / "now", candidate), before, before.lists if before else ())


def told(held: Iterable[Held]) -> list[tuple[str, str, str]]:
    """List, entry and what becomes of it."""
    return [(each.list, each.entry, each.why.value) for each in held]
