"""
The lists of a time gone by, to judge a decision of that time again.

The Ruleset that a decision names is opened as it was compiled where that is still here. Else the history says
of which texts it was, and what of them could cover the URL is compiled anew (`categories/narrow.py`).
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from categories.build import digest_of
from categories.confidential.key import NAME as KEY
from categories.library import ListLibrary, SourceList
from categories.list_change import ListRecord
from categories.manifest import ListInfo
from categories.narrow import narrow_ruleset
from categories.ruleset import Ruleset
from categories.store import RulesetStore
from policy.errors import ListRefused, Refused


class NotKept(Refused):
    """Something that a decision was made by is not here any more, or never was."""


class PastRuleset(Protocol):
    """One Ruleset that was put in force, as `db/ruleset_history.py` has it."""

    @property
    def digest(self) -> str:
        """Its name."""

    @property
    def lists(self) -> tuple[Mapping[str, Any], ...]:
        """A `ListInfo` each, as plain JSON."""


class History(Protocol):
    """Every Ruleset that was ever put in force."""

    def all(self) -> Sequence[PastRuleset]:
        """Newest first."""


def past_lists(history: History, state: Path, shared: Path | None) -> "PastLists":
    """Those of a gateway's state folder, or of the folder that several gateways take theirs from."""
    root = shared or state
    # The key of the confidential lists is never shared with them.
    return PastLists(history, ListLibrary(root / "lists"), RulesetStore(root / "rulesets", state / KEY))


@dataclass(frozen=True, slots=True)
class PastLists:
    """Opens Rulesets by the digests that decisions name."""

    history: History
    library: ListLibrary
    store: RulesetStore

    def ruleset(self, digest: str, urls: Collection[tuple[str, str]]) -> Ruleset:
        """
        What it says of these URLs (host and target, normalised), and perhaps of those alone.

        Raises `NotKept` with the reason where it cannot be told.
        """
        with suppress(ListRefused):
            return self.store.open(self.store.folder(digest))
        past = next((one for one in self.history.all() if one.digest == digest), None)
        if past is None:
            raise NotKept("no Ruleset of this digest is in the history of this database")
        sources = [self._source(ListInfo.model_validate(info)) for info in past.lists]
        if digest_of(sources) != digest:
            raise NotKept("its lists were compiled by another version of the engine, which is not here")
        try:
            return narrow_ruleset(digest, sources, urls, self.store.key_file, datetime.now(UTC))
        except ListRefused as refused:
            raise NotKept(str(refused)) from refused

    def _source(self, info: ListInfo) -> SourceList:
        text = self.library.text_of(info.sha256)
        if not text.exists():
            shipped = self.library.shipped_list(info.name)
            if shipped is None or shipped.record.sha256 != info.sha256:
                raise NotKept(f"the text that the list {info.name} had then is not kept here")
            text = shipped.text
        known = info.model_dump(exclude={"left_out"})
        return SourceList(ListRecord(**known, size=0), text, left_out=frozenset(info.left_out))
