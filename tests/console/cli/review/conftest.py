"""An authority that was asked for and granted, for the commands that look within one."""

from datetime import UTC, datetime, timedelta

import pytest

from policy.review.authority import Terms
from policy.words import Purpose, ReviewerRole
from tests.console.cli.conftest import SitDown
from tests.console.cli.review.fake import GRANTER, ORGANISATION, World


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
