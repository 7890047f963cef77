"""To whose key privileged decisions are sealed; without one nothing more of them is kept than the hour."""

from typing import Annotated

from pydantic import Field

from policy.sections.part import Part


class Sealing(Part):
    """The public half of the key; the private one is on no machine of the gateway (`docs/sealing.md`)."""

    public_key: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = (
        ""  # X25519, hex; empty: nothing is sealed
    )

    @property
    def on(self) -> bool:
        """Whether anything is sealed."""
        return bool(self.public_key)
