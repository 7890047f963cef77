"""
Which lists the Ruleset in force holds, by category: how many, how many entries, and how old.

A list's own name is its operator's to choose, and may be the host it came from; so lists are counted by
category, whose names are the policy's. Old is what was read in long ago: `lists/<name>.json` is written
whenever a list changes, and of a feed its server's word that nothing has is as good. Lists that come with the
product are as old as the release.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from categories.manifest import NAME, Manifest
from categories.store import RulesetStore

_MOST_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of one Ruleset."""

    digest: str
    built_at: datetime
    lists: Mapping[str, int]  # how many, by category
    entries: Mapping[str, int]  # in force, by category
    oldest: datetime | None  # when the imported list was read in, or confirmed, that was so longest ago


class ListsInForce:
    """Reads a manifest once, and again when another Ruleset is in force."""

    def __init__(self, rulesets: Path, lists: Path) -> None:
        self._store = RulesetStore(rulesets)
        self._folder = lists
        self._manifest: Manifest | None = None

    def look(self, well_at: Mapping[str, datetime] | None = None) -> Lists | None:
        """
        The lists in force; None where no Ruleset is, or its manifest does not read.

        `well_at` says of those that are feeds when their servers gave, or confirmed, what we have.
        """
        well_at = well_at or {}
        digest = self._store.current_digest()
        if digest is None:
            return None
        if self._manifest is None or self._manifest.digest != digest:
            self._manifest = _read(self._store.folder(digest) / NAME)
        manifest = self._manifest
        if manifest is None:
            return None
        entries: Counter[str] = Counter()
        for each in manifest.lists:
            entries[each.category] += each.entries
        read_in = [
            max(at, well_at.get(each.name, at))
            for each in manifest.lists
            if (at := self._read_in(each.name)) is not None
        ]
        return Lists(
            digest=manifest.digest,
            built_at=manifest.built_at,
            lists=Counter(each.category for each in manifest.lists),
            entries=entries,
            oldest=min(read_in, default=None),
        )

    def _read_in(self, name: str) -> datetime | None:
        try:
            return datetime.fromtimestamp((self._folder / f"{name}.json").stat().st_mtime, UTC)
        except OSError:
            return None  # one that comes with the product


def _read(path: Path) -> Manifest | None:
    try:
        with path.open("rb") as file:
            return Manifest.model_validate_json(file.read(_MOST_BYTES))
    except (OSError, ValidationError):
        return None
