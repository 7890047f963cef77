"""What is known of one request, as plain data. Made in `addons/facts.py`, judged in `policy/judge.py`."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from policy.words import NameSource, PersonHow, Resource, Standing, Step


@dataclass(frozen=True, slots=True)
class Name:
    """One name of an exchange, normalised, and which part of it said so."""

    source: NameSource
    host: str


@dataclass(frozen=True, slots=True)
class Who:
    """Who asked, as far as it is known."""

    person: str | None = None
    how: PersonHow = PersonHow.NONE
    organisation: str | None = None
    unit: str | None = None
    role: str | None = None  # the active one; a person with several has none until one is chosen
    device: str | None = None
    client_ip: str | None = None
    standing: Standing = Standing.GOOD
    notified: bool = False  # has acknowledged a notice: nobody else is ever named in the log
    notice: str | None = None  # the version acknowledged last


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """
    One step of one exchange.

    `target` is what the URL rules see: normalised path with its query. It is never stored;
    `path` (without the query) may be, by the record level.
    """

    exchange: UUID
    at: datetime  # aware, UTC
    step: Step
    names: tuple[Name, ...]  # every name of the exchange; the first is the one we would connect to
    scheme: str  # "http", "https", "" where it is not known yet
    port: int
    who: Who = field(default_factory=Who)
    method: str | None = None
    target: str = "/"
    path: str | None = None
    resource: Resource = Resource.UNKNOWN
    resource_why: str = ""
    page: str | None = None  # scheme and host of the page this is a piece of
    referrer_host: str | None = None
    decrypted: bool = False

    @property
    def host(self) -> str:
        """The host this exchange would connect to."""
        return self.names[0].host if self.names else ""
