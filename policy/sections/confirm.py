"""How long a person's own statement of work purpose holds for a site."""

from typing import Annotated

from pydantic import Field

from policy.sections.part import Part


class Confirm(Part):
    """A Confirmation's life."""

    minutes: Annotated[int, Field(ge=1, le=1440)] = 60
