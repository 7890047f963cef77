"""What of a directory says what of a person, and how long a role is held without being confirmed."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

type Attribute = Annotated[str, Field(pattern=r"^([A-Za-z][A-Za-z0-9-]{0,63})?$")]
"""The name of an attribute; empty: the directory does not tell."""


class PeopleSettings(BaseModel):
    """Read by `sluicegate people import`. Where the directory is, and who reads it, is `[identity.ldap]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Attribute = "cn"
    email: Attribute = "mail"
    kind: Attribute = "employeeType"
    unit: Attribute = "departmentNumber"
    manager: Attribute = "manager"
    ends: Attribute = ""
    # Groups (their distinguished names) whose members have a role. None: the directory tells of no roles.
    roles: dict[str, str] = {}
    role_days: Annotated[int, Field(ge=1, le=731)] = 180
