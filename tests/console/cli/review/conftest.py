"""A review service in memory behind the commands, and an authority that was asked for and granted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from console.cli.review import connect
from console.review.protocol import Review
from policy.review.authority import Terms
from policy.words import Purpose, ReviewerRole
from tests.console.cli.review.fake import GRANTER, ORGANISATION, World

type SitDown = Callable[..., Review]


@pytest.fixture
def world() -> World:
    """What there is to be reviewed: nothing yet."""
    return World()


@pytest.fixture
def sit_down(world: World, monkeypatch: pytest.MonkeyPatch) -> SitDown:
    """Let the commands that follow be this person's."""

    def sits(login: str, *roles: ReviewerRole, offices: tuple[str, ...] = ()) -> Review:
        review = world.asked_by(login, *roles, offices=offices)
        monkeypatch.setattr(connect, "review", lambda: review)
        return review

    return sits


@pytest.fixture
def authority(world: World, sit_down: SitDown) -> str:
    """One in force about alice, of the last two weeks; at the terminal is who may look within it."""
    now = datetime.now(UTC)
    terms = Terms(
        organisation=ORGANISATION,
        role=ReviewerRole.PROFESSIONAL_STANDARDS,
        matter="PSD-1",
        purpose=Purpose.BREACH,
        necessity="a complaint names this person and such sites",
        proportionality="one person and two weeks, no more than that",
        less_intrusive="the line manager asked, and it cannot be checked otherwise",
        people=("alice",),
        units=(),
        since=now - timedelta(days=14),
        until=now,
        categories=(),
        allowed_visits=True,
        sealed=False,
        days=14,
        renews=None,
    )
    asks = world.asked_by("olga", ReviewerRole.PROFESSIONAL_STANDARDS)
    one = asks.authorities.request(terms)
    world.asked_by("gerda", offices=(GRANTER,)).authorities.grant(one.id, "necessary, and no more")
    sit_down("olga", ReviewerRole.PROFESSIONAL_STANDARDS)
    return one.id
