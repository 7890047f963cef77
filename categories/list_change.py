"""
A change of the lists, as plain data: what is asked for, stored while it waits, and applied.

Whatever changes which entries are in force is one of these, whoever asks for it: an import, an update by a
feed, a rollback, an administrator who withdraws one entry. So all of them are checked, shown to a second
person, recorded and put in force by one way (`console/lists/enact.py`), and a change that waits for its
approval is the same text in the database as the one that is carried out at once.
`categories/library_state.py` says what each of them makes of the library.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from categories.manifest import ListInfo
from policy.identifiers import new_reference
from policy.words import EntryKind


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ListRecord(_Plain):
    """What is known of one list, as `lists/<name>.json` holds it."""

    # Both are names of files, and a proposal may have been written by hand, past every command.
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    category: str
    format: str
    entries: int
    bad_lines: int
    lines: int
    size: int  # bytes of its text
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")  # of its text
    # Lines, as of `readers.ReadList`; a record of the release before has none of these.
    not_applicable: int = 0
    exceptions: int = 0
    without_effect: int = 0  # of the exceptions


class WithheldWhy(StrEnum):
    """Why an entry stays out of every Ruleset, whatever text of its list has it."""

    WITHDRAWN = "withdrawn"  # found wrong by an administrator
    QUARANTINED = "quarantined"  # newly covers a host that must stay open; nobody has decided yet
    WAITING = "waiting"  # newly covers what people visit, or a suffix others register under; the same
    REFUSED = "refused"  # was held, and an administrator said no

    @property
    def undecided(self) -> bool:
        """Whether an administrator has yet to say whether the entry comes in."""
        return self in {WithheldWhy.QUARANTINED, WithheldWhy.WAITING}


class Withheld(_Plain):
    """An entry that stays out, by what it says and not by its line: the next text has it elsewhere."""

    id: str  # reference
    list: str
    kind: EntryKind
    entry: str  # as the readers give it
    why: WithheldWhy
    because: str
    at: datetime
    # Where it stands in the text that the list had when it was last looked for; see `ListLibrary.resolved`.
    text: str = ""  # sha256
    lines: tuple[int, ...] = ()


class LetIn(_Plain):
    """An entry that was held and that an administrator let in: it is not held again."""

    list: str
    kind: EntryKind
    entry: str


class Put(_Plain):
    """A list takes part, in place of one of its name: an import, or a feed's update. Its text is kept."""

    what: Literal["put"] = "put"
    record: ListRecord
    left_out: tuple[int, ...] = ()  # lines of this text
    leave_out_protected: bool = False  # leave out what is against essential and help hosts


class Update(_Plain):
    """Several lists at once, built and put in force as one: what feeds brought together."""

    what: Literal["update"] = "update"
    puts: tuple[Put, ...] = Field(min_length=1)


class Remove(_Plain):
    """An imported list ends; its text stays, for replay."""

    what: Literal["remove"] = "remove"
    name: str


class Disable(_Plain):
    """A list takes no part until it is enabled; a shipped one may be disabled too."""

    what: Literal["disable"] = "disable"
    name: str


class Enable(_Plain):
    """A disabled list takes part again."""

    what: Literal["enable"] = "enable"
    name: str


class Restore(_Plain):
    """The imported lists become those of an earlier Ruleset; shipped ones stay as this release ships them."""

    what: Literal["restore"] = "restore"
    digest: str
    lists: tuple[ListInfo, ...]
    disabled: tuple[str, ...] = ()  # shipped lists that took no part in it


class Withhold(_Plain):
    """An entry stays out, whatever text of its list comes."""

    what: Literal["withhold"] = "withhold"
    id: str = Field(default_factory=new_reference)
    list: str
    kind: EntryKind
    entry: str
    why: WithheldWhy
    since: datetime | None = None  # of a withdrawn one: decisions before that were right


class Release(_Plain):
    """A withheld entry comes in again, and is not held another time."""

    what: Literal["release"] = "release"
    list: str
    kind: EntryKind
    entry: str


class NeverDecrypt(_Plain):
    """The organisation's own never-decrypt list, as TOML; an empty text takes it away."""

    what: Literal["never-decrypt"] = "never-decrypt"
    text: str


type ListChange = Annotated[
    Put | Update | Remove | Disable | Enable | Restore | Withhold | Release | NeverDecrypt,
    Field(discriminator="what"),
]

CHANGE: TypeAdapter[ListChange] = TypeAdapter(ListChange)
"""Reads a stored change: `CHANGE.validate_python(stored)`; `change.model_dump(mode="json")` stores it."""
