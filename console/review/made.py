"""The review service, made of the settings: for `review serve`, and for commands that are it themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from console.evidence.keys import SigningKey, signing_key
from console.review.http.callers import Redeem
from console.review.parts import Parts
from console.review.past_lists import past_lists
from console.review.replaying import Replaying
from console.review.service import ReviewService
from console.review.settings import ReviewSettings
from console.review.telling import Telling
from db.engine import make_engine
from db.policies import PolicyTexts
from db.review.actors import Actors
from db.review.afterwards import Afterwards
from db.review.authorities import AuthorityStore
from db.review.holds import HoldStore
from db.review.looks import Looks
from db.review.named import NamedInDecisions
from db.review.openings import OpeningStore
from db.review.tellings import TellingStore
from db.review.tickets import redeem_ticket
from db.ruleset_history import RulesetHistory
from db.settings import DatabaseSettings
from db.upgrade import ensure_schema
from policy.document import Policy
from policy.errors import ReviewRefused


@dataclass(frozen=True, slots=True)
class Made:
    """The service, what finds out whose a ticket is, and what tells people of reviews that are over."""

    parts: Parts
    service: ReviewService
    redeem: Redeem
    tell_due: Callable[[], int]


def make_service(
    settings: ReviewSettings,
    database: DatabaseSettings,
    state: Path,
    policy: Policy,
    *,
    shared: Path | None = None,
    mails: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Made:
    """
    The service on the configured database, whose schema is fit for it.

    `shared` is the folder that several gateways take their lists from, where they do; `mails`: whether mail
    is sent here.

    Raises `ConfigurationError`, also where this login may not read for people; or `DatabaseAway`.
    """
    engine = make_engine(database, state)
    ensure_schema(engine)
    authorities = AuthorityStore(engine, now)
    authorities.waiting("")  # which a login without the role may not even ask

    @cache
    def key() -> SigningKey:
        return signing_key(settings.key_folder or state / "review")

    tellings = TellingStore(engine, now)
    parts = Parts(
        policy=policy,
        looks=Looks(engine, now),
        authorities=authorities,
        holds=HoldStore(engine, now),
        openings=OpeningStore(engine, now),
        tellings=tellings,
        telling=Telling(policy, authorities, tellings, Afterwards(engine), now, mails),
        explain=Replaying(
            past_lists(RulesetHistory(engine), state, shared),
            PolicyTexts(engine).text,
            NamedInDecisions(engine),
        ).explain,
        signing_key=key,
        now=now,
        spool=state / "spool",
    )

    def redeem(ticket: str) -> str:
        login = redeem_ticket(engine, ticket)
        if login is None:
            raise ReviewRefused("the ticket is not good: it is over, was used, or never was one; ask again")
        return login

    service = ReviewService(parts, Actors(engine, policy.file.review, now).reviewer, settings.programs)
    return Made(parts, service, redeem, parts.telling.tell_due)
