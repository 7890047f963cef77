"""What every section of the policy file is made of: a frozen piece that refuses unknown keys."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Days = Annotated[int, Field(ge=1, le=3660)]
CategoryName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]  # of a schedule or departure
# Of an office, unit, role or device, as the register of people has it.
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class Part(BaseModel):
    """One table of the policy file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def clauses_of(clause: str) -> tuple[str, ...]:
    """`"P3.2, S3.2.8"` as its clauses."""
    return tuple(part.strip() for part in clause.split(",") if part.strip())
