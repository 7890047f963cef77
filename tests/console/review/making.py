"""The service on a test's own database, with a clock of the test's own."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine

from console.review.made import Made, make_service
from console.review.running import Running
from console.review.settings import ReviewSettings
from db.settings import DatabaseSettings
from policy.document import SHIPPED, Policy, read_policy
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole

OPERATOR = Reviewer("", "olga", frozenset({ReviewerRole.IT}))


def clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


def made_on(
    engine: Engine,
    now: Callable[[], datetime] = clock,
    *,
    policy: Policy | None = None,
    state: Path = Path("nowhere"),
) -> Made:
    """The service, made as it is made of the settings."""
    url = SecretStr(engine.url.render_as_string(hide_password=False))
    return make_service(
        ReviewSettings(), DatabaseSettings(url=url), state, policy or read_policy(SHIPPED), now=now
    )


def running_of(engine: Engine, reviewer: Reviewer = OPERATOR) -> Running:
    """What somebody who runs the gateway may ask."""
    return Running(made_on(engine).parts, reviewer)
