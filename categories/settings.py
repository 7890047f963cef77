"""How lists are chosen, and where they are kept. Read by the console and `addons/server/`."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from categories.urls.normalise import normalise_host

type Host = Annotated[str, AfterValidator(normalise_host)]
"""A host in its normal form."""

type Part = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""A part of something: 0.5 is half of it."""


def _proxy(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("expected a proxy such as http://proxy.example:3128")
    return url


type FeedProxy = Annotated[SecretStr, AfterValidator(_proxy)]
"""The URL of a proxy; it may hold a login."""


class CategoriesSettings(BaseModel, frozen=True, extra="forbid"):
    """Which lists take part besides the imported ones, and whose they are."""

    shipped_lists: bool = True  # those in categories/lists/
    two_people: bool = False  # a change of any list waits for somebody else's approval
    shared_folder: Path | None = None  # lists and Rulesets of several gateways; None: the state folder's own
    feed_proxy: FeedProxy | None = None  # feeds are fetched through it; a login in it is kept secret
    protected_hosts: tuple[Host, ...] = ("gov.uk", "police.uk", "nhs.uk")  # with everything below them
    most_shrink: Part = 0.5  # part of its entries that a list may lose from one text to the next
    most_growth: Part = 2.0  # part of its entries that it may gain: 2.0 is three times as many
