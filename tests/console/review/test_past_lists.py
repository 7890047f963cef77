"""Rulesets of a time gone by: as they were compiled, from their texts, or not any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from categories.build import build
from categories.library import SHIPPED, ListLibrary
from categories.store import RulesetStore
from console.review.past_lists import NotKept, PastLists
from policy.document import SHIPPED as POLICY
from tests.categories.compiled import source

URL = ("www.bet.test", "/")


@dataclass
class Was:
    digest: str
    lists: tuple[Mapping[str, object], ...]


@dataclass
class Were:
    past: list[Was]

    def all(self) -> list[Was]:
        return self.past


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Was]:
    """A state folder with a Ruleset of one imported list and the shipped ones."""
    folder = tmp_path_factory.mktemp("state")
    library = ListLibrary(folder / "lists", SHIPPED)
    library.put(source(library, folder, "gambling", "bet.test"))
    report = build(library, RulesetStore(folder / "rulesets"), POLICY)
    return folder, Was(report.digest, tuple(each.model_dump(mode="json") for each in report.lists))


def past_lists(folder: Path, *past: Was, rulesets: str = "rulesets") -> PastLists:
    library = ListLibrary(folder / "lists", SHIPPED)
    return PastLists(Were(list(past)), library, RulesetStore(folder / rulesets))


def test_what_is_still_compiled_is_opened(built: tuple[Path, Was]) -> None:
    folder, was = built
    ruleset = past_lists(folder).ruleset(was.digest, [URL])
    assert [match.list for match in ruleset.matches(*URL)] == ["gambling"]


def test_what_is_not_compiled_any_more_is_read_from_its_texts(built: tuple[Path, Was]) -> None:
    """The texts of shipped lists are those of this release, where they are the same."""
    folder, was = built
    ruleset = past_lists(folder, Was("0" * 64, ()), was, rulesets="none").ruleset(was.digest, [URL])
    assert ruleset.digest == was.digest
    (match,) = ruleset.matches(*URL)
    assert (match.list, match.line, match.entry) == ("gambling", 2, "bet.test")


def test_what_is_missing_is_said(built: tuple[Path, Was]) -> None:
    folder, was = built
    with pytest.raises(NotKept, match="history"):
        past_lists(folder, rulesets="none").ruleset(was.digest, [URL])
    another = Was(was.digest, tuple({**info, "sha256": "0" * 64} for info in was.lists))
    with pytest.raises(NotKept, match="is not kept here"):
        past_lists(folder, another, rulesets="none").ruleset(was.digest, [URL])
    of_another_engine = Was("e" * 64, was.lists)
    with pytest.raises(NotKept, match="another version of the engine"):
        past_lists(folder, of_another_engine, rulesets="none").ruleset("e" * 64, [URL])
