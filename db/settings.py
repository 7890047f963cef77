"""Where the decision log goes and how it is kept until it is there. Read in `db/` only."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

# Shown in place of what is secret.
STARS = "********"


class Durability(StrEnum):
    """What a Decision survives from the moment its answer may leave."""

    PROCESS = "process"  # the death of the gateway: it has been handed to the kernel
    POWER = "power"  # the loss of power: it has been synced to the disk, with its neighbours


class WhenFull(StrEnum):
    """What to do with a request whose Decision the spool cannot take."""

    BLOCK = "block"  # no record, no access
    PASS_ESSENTIAL = "pass-essential"  # noqa: S105 - updates, anti-virus and the like go on; nothing else


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DatabaseSettings(_Section):
    """The database of the decision log and the registers."""

    url: SecretStr | None = None  # None: sluicegate.sqlite in the state folder


class SpoolSettings(_Section):
    """How each worker keeps its Decisions until the database has them."""

    durability: Durability = Durability.PROCESS
    when_full: WhenFull = WhenFull.BLOCK
    max_bytes: Annotated[int, Field(ge=1 << 20)] = 1 << 30  # a worker slot
    batch_size: Annotated[int, Field(ge=1, le=50_000)] = 5_000  # records a transaction
