"""A review as the service does it, down to the database: an authority, what it is about, and who asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from console.review.parts import Parts
from console.review.telling import Telling
from db.policies import PolicyTexts
from db.presence import PresenceStore
from db.review.afterwards import Afterwards
from db.review.authorities import AuthorityStore
from db.review.holds import HoldStore
from db.review.looks import Looks
from db.review.openings import OpeningStore
from db.review.tellings import TellingStore
from policy.decision import Decision
from policy.document import read_policy
from policy.review.authority import Authority
from policy.review.question import Question
from policy.words import PersonHow, Resource, Verdict
from tests.console.evidence.samples import KEY
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.review.reviewing import SINCE, grant, ship

POLICY = read_policy()


@dataclass(frozen=True)
class Case:
    """An authority about alice and bob, in force, and the service that answers within it."""

    database: Database
    parts: Parts
    authority: Authority

    def question(self, **changes: object) -> Question:
        """All that it permits, unless it is changed."""
        return Question(authority=self.authority.id, purpose="the complaint", **changes)  # type: ignore[arg-type]  # by name


def decided(hours: float, **changes: object) -> Decision:
    """A blocked visit of alice's, so many hours into the period, changed as asked."""
    at = SINCE + timedelta(hours=hours)
    return decision(**{"at": at, "organisation": "", "policy": POLICY.digest, **changes})


PAGE = {"page": "https://news.test", "host": "news.test", "verdict": Verdict.ALLOW}
PIECE = {**PAGE, "host": "ads.test", "resource": Resource.EMBEDDED, "verdict": Verdict.BLOCK}


@pytest.fixture
def case(database: Database, service: Engine) -> Iterator[Case]:
    """With the shipped policy kept, and a notice that alice has read."""
    engine = database.engine
    PolicyTexts(engine).record(POLICY.digest, POLICY.text, "gateway-1")
    PresenceStore(engine).acknowledge("", "alice", "1", how=PersonHow.NEGOTIATE, policy=POLICY.digest)
    yield Case(database, parts(service), grant(service))


def parts(engine: Engine) -> Parts:
    """What the service is made with; nobody asks it here to judge again."""

    def explain(_: object) -> object:
        raise NotImplementedError

    authorities, tellings = AuthorityStore(engine), TellingStore(engine)
    return Parts(
        policy=POLICY,
        looks=Looks(engine),
        authorities=authorities,
        holds=HoldStore(engine),
        openings=OpeningStore(engine),
        tellings=tellings,
        telling=Telling(POLICY, authorities, tellings, Afterwards(engine), utc_now),
        explain=explain,  # type: ignore[arg-type]  # fit for what is tested
        signing_key=lambda: KEY,
        now=utc_now,
    )


def utc_now() -> datetime:
    """Asked when it is called, since the database goes by its own clock."""
    return datetime.now(UTC)


def shipped(case: Case, *decisions: Decision) -> None:
    """Into the log."""
    ship(case.database, decisions)
