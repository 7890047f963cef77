"""The policies that gateways ran with, to the letter: what decisions and notices were made under."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, exists, insert, select
from sqlalchemy.exc import IntegrityError

from db.actor import actor
from db.engine import reading, writing
from db.people_models import PolicyTextRow


@dataclass(frozen=True, slots=True)
class KnownPolicy:
    """A policy that some gateway ran with."""

    digest: str  # SHA-256 of its text, hex: what decisions name
    at: datetime  # when it was first seen
    gateway: str  # that saw it first


class PolicyTexts:
    """Every policy by its digest."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def record(self, digest: str, text: str, gateway: str) -> bool:
        """Keep a policy's text; whether nobody had. Raises `DatabaseAway`."""
        try:
            with writing(self._engine) as connection:
                if connection.scalar(select(exists().where(PolicyTextRow.digest == digest))):
                    return False
                row = {"digest": digest, "text": text, "at": self._now(), "gateway": gateway}
                connection.execute(insert(PolicyTextRow).values(**row, actor=actor(connection)))
        except IntegrityError:  # another gateway was first
            return False
        return True

    def history(self) -> list[KnownPolicy]:
        """All that are kept, the one seen last first."""
        columns = PolicyTextRow.digest, PolicyTextRow.at, PolicyTextRow.gateway
        with reading(self._engine) as connection:
            rows = connection.execute(select(*columns).order_by(PolicyTextRow.at.desc()))
            return [KnownPolicy(row.digest, row.at, row.gateway) for row in rows]

    def text(self, digest: str) -> str | None:
        """The text of the policy with this digest, None where it is not kept."""
        with reading(self._engine) as connection:
            return connection.scalar(select(PolicyTextRow.text).where(PolicyTextRow.digest == digest))
