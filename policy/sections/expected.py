"""What search engines, video sites and cloud services are told with each request: safe search and tenants."""

from typing import Annotated, Literal

from pydantic import Field

from policy.sections.part import Part

type Restriction = Literal["off", "moderate", "strict"]
Domain = Annotated[
    str, Field(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$", max_length=253)
]
DirectoryId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]


class SafeSearch(Part):
    """What is asked of each engine for everybody who asks through the gateway."""

    google: Literal["off", "strict"] = "off"
    bing: Restriction = "off"
    duckduckgo: Restriction = "off"
    youtube: Restriction = "off"


class Tenants(Part):
    """Whose accounts may sign in to cloud services; empty: anybody's."""

    microsoft: tuple[Domain, ...] = ()  # domains of the tenants that may be signed in to
    microsoft_context: DirectoryId | Literal[""] = ""  # the directory that sets this restriction
    google: tuple[Domain, ...] = ()
