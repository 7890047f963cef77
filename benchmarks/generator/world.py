"""The organisation that the benchmarks ask about: its policy, Ruleset, people and pages."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generator.forms import AT, LATER, Forms
from benchmarks.generator.people import Somebody, people
from benchmarks.generator.sites import LISTED, PRIVILEGED, sites
from benchmarks.generator.traffic import Traffic
from categories.build import build
from categories.library import ListLibrary
from categories.ruleset import Ruleset
from categories.store import RulesetStore
from policy.document import SHIPPED, Policy, parse_policy
from policy.sections.authority import StandingAuthority
from policy.words import Purpose

PEOPLE = 3_000
DATA = Path(".data")
_LISTS = (*LISTED, "advertising_tracking", "video_conferencing", "chat")
_AS = {"malware_phishing": "malware"}  # how the shipped policy calls the category
# Pieces of pages with who opened the page, which is more than is kept as shipped, and so the harder case; and
# social media on a stated purpose, so that there are confirmed visits.
_CHANGED = (
    ('[record.other]\nlevel = "anonymous"', '[record.other]\nlevel = "site"'),
    ('title = "Social media"\naction = "block"', 'title = "Social media"\naction = "confirm"'),
)


@dataclass(frozen=True, slots=True)
class World:
    """All that traffic is made of."""

    policy: Policy
    everybody: list[Somebody]
    forms: Forms
    traffic: Traffic


@contextmanager
def world(data: Path = DATA, number: int = PEOPLE) -> Iterator[World]:
    """A Ruleset of real lists is built in a temporary folder, which takes a minute."""
    policy = _policy()
    with tempfile.TemporaryDirectory() as folder:
        forms = Forms(_ruleset(data, Path(folder)), policy)
        everybody = people(number)
        yield World(policy, everybody, forms, Traffic(everybody, sites(data), forms, policy))


def _policy() -> Policy:
    text = SHIPPED.read_text("utf-8")
    for shipped, changed in _CHANGED:
        assert shipped in text, shipped
        text = text.replace(shipped, changed)
    policy = parse_policy(text.encode(), SHIPPED)
    authority = StandingAuthority(
        organisation="Example Force",
        reference="SA/1",
        granted_by="Chief Executive",
        purposes=(Purpose.BREACH,),
        granted_on=AT.date(),
        review_by=LATER.date(),
        impact_assessment="DPIA/1",
    )
    file = policy.file.model_copy(update={"standing_authority": authority})
    return Policy(file=file, digest=policy.digest, source=policy.source, text=text)


def _ruleset(data: Path, folder: Path) -> Ruleset:
    library, store = ListLibrary(folder / "lists", shipped=None), RulesetStore(folder / "rulesets")
    staged = [library.read_in(name, _AS.get(name, name), data / "scale" / f"{name}.txt") for name in _LISTS]
    advice = folder / "advice.txt"
    advice.write_text("\n".join(PRIVILEGED))
    staged.append(library.read_in("advice", "privileged", advice))
    return Ruleset.open(store.folder(build(library, store, SHIPPED, staged=staged).digest))
