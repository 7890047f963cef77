"""Where the review service is asked, and by what it knows who asks. Read by the service and by its client."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from addons.settings import split_address


class ReviewSettings(BaseModel):
    """
    The review service: a Unix socket for this machine, and where it is wanted a listener with TLS.

    `programs`, `listen`, `certificate`, `key` and `key_folder` are the service's; `address` and `ca_file` are
    those of who asks from another machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    socket: Path | None = None  # None: run/review.sock in the state folder
    known_by: Literal["account", "database"] = "account"  # who asks over the socket
    # Logins that are no people but programs, such as the job that updates lists: they may ask which sites
    # many people visit, and nothing else.
    programs: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    listen: str = ""  # empty: the socket alone
    certificate: Path | None = None  # PEM, the chain
    key: Path | None = None  # PEM
    address: str = ""  # such as https://review.example.org:8470; empty: the socket
    ca_file: Path | None = None  # PEM; None: the system's authorities
    key_folder: Path | None = None  # what exports are signed by; None: review in the state folder

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value:
            split_address(value)
        return value

    @field_validator("address")
    @classmethod
    def _is_https(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme != "https" or not parts.hostname or parts.path not in {"", "/"} or parts.query:
            raise ValueError(f"{value!r}: expected https://HOST:PORT and nothing more")
        if parts.username is not None:
            raise ValueError("address: a name or password does not belong in it")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _listens_with_tls(self) -> Self:
        if self.listen and (self.certificate is None or self.key is None):
            raise ValueError("listen: over a network only with TLS; name review.certificate and review.key")
        return self
