"""
What a library holds besides the texts, and what each change makes of it: pure functions.

The state is small (a record for each list, a line for each withheld entry), so it is replaced whole, as a
Ruleset is: a change gives another state, a Ruleset is built of that, and only when it is in force does the
library on the disk become it (`ListLibrary.become`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce

from pydantic import BaseModel, ConfigDict, ValidationError

from categories.list_change import (
    Disable,
    Enable,
    LetIn,
    ListChange,
    ListRecord,
    NeverDecrypt,
    Put,
    Release,
    Remove,
    Restore,
    Update,
    Withheld,
    WithheldWhy,
    Withhold,
)
from categories.manifest import ListInfo
from policy.errors import ListRefused

SHIPPED_PREFIX = "shipped."
"""Begins the name of every list that comes with the product, and of no other."""


class LibraryState(BaseModel):
    """Which lists take part, and what of them does not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    records: Mapping[str, ListRecord] = {}  # the imported lists, by name
    left_out: Mapping[str, frozenset[int]] = {}  # lines, by `list_and_text`
    disabled: frozenset[str] = frozenset()  # names, of shipped lists too
    withheld: tuple[Withheld, ...] = ()
    let_in: tuple[LetIn, ...] = ()
    never_decrypt: str = ""  # TOML


def list_and_text(name: str, sha256: str) -> str:
    """The key of lines left out: the same line of another text is another entry."""
    return f"{name} {sha256}"


def leaving_out(state: LibraryState, record: ListRecord, lines: frozenset[int]) -> LibraryState:
    """The state in which these lines of a list's text are left out too."""
    if not lines:
        return state
    key = list_and_text(record.name, record.sha256)
    left_out = {**state.left_out, key: state.left_out.get(key, frozenset()) | lines}
    return state.model_copy(update={"left_out": left_out})


def changed(
    state: LibraryState, change: ListChange, shipped: frozenset[str], *, at: datetime, because: str
) -> LibraryState:
    """
    The state after a change. `shipped` are the names of the lists that come with the product.

    Raises `ListRefused` for a change of something that is not there, or that would change nothing.
    """
    match change:
        case Put() | Update():
            return reduce(_put, change.puts if isinstance(change, Update) else (change,), state)
        case Remove(name=name):
            if name in shipped:
                raise ListRefused(
                    f"{name}: comes with the product; end its part: sluicegate lists disable {name}"
                )
            _refuse_unknown(state, name, shipped)
            records = {key: record for key, record in state.records.items() if key != name}
            return state.model_copy(update={"records": records, "disabled": state.disabled - {name}})
        case Disable(name=name):
            _refuse_unknown(state, name, shipped)
            if name in state.disabled:
                raise ListRefused(f"{name}: is disabled already")
            return state.model_copy(update={"disabled": state.disabled | {name}})
        case Enable(name=name):
            _refuse_unknown(state, name, shipped)
            if name not in state.disabled:
                raise ListRefused(f"{name}: is not disabled")
            return state.model_copy(update={"disabled": state.disabled - {name}})
        case Restore():
            return _restore(state, change)
        case Withhold():
            _refuse_unknown(state, change.list, shipped)
            return _withhold(state, change, at, because)
        case Release():
            return _release(state, change)
        case NeverDecrypt(text=text):
            if text == state.never_decrypt:
                raise ListRefused("the organisation's never-decrypt list is this one already")
            return state.model_copy(update={"never_decrypt": text})


def _put(state: LibraryState, change: Put) -> LibraryState:
    record = change.record
    if record.name.startswith(SHIPPED_PREFIX):
        raise ListRefused(f"{record.name}: lists that come with the product begin so; give another name")
    return leaving_out(state, record, frozenset(change.left_out)).model_copy(
        update={
            "records": {**state.records, record.name: record},
            # Whoever imports a list wants it to take part.
            "disabled": state.disabled - {record.name},
        }
    )


def _restore(state: LibraryState, change: Restore) -> LibraryState:
    # An imported list that is disabled took no part, and is kept: it can be enabled again.
    records = {name: record for name, record in state.records.items() if name in state.disabled}
    left_out = dict(state.left_out)
    for info in change.lists:
        if info.name.startswith(SHIPPED_PREFIX):
            continue
        records[info.name] = _restored(info, state.records.get(info.name))
        # As that Ruleset had it, so not in union with what was left out of this text since.
        left_out[list_and_text(info.name, info.sha256)] = frozenset(info.left_out)
    part = {info.name for info in change.lists}
    return state.model_copy(
        update={
            "records": records,
            "left_out": {key: lines for key, lines in left_out.items() if lines},
            "disabled": (state.disabled | frozenset(change.disabled)) - part,
        }
    )


def _restored(info: ListInfo, now: ListRecord | None) -> ListRecord:
    if now is not None and now.sha256 == info.sha256:
        return now.model_copy(update={"category": info.category})
    # The size of its text is nowhere in a Ruleset, and only says how far a build is; nor are some counts.
    try:
        return ListRecord(**info.model_dump(exclude={"left_out"}), size=0)
    except ValidationError:
        raise ListRefused(f"{info.name[:64]!r}: cannot be a list of a Ruleset that was in force") from None


def holding(state: LibraryState, held: Iterable[Withheld]) -> LibraryState:
    """The state in which these entries are withheld, too; the later word on one replaces the earlier."""
    new = {_key(one): one for one in held}
    kept = tuple(one for one in state.withheld if _key(one) not in new)
    return state.model_copy(update={"withheld": (*kept, *new.values())})


def _withhold(state: LibraryState, change: Withhold, at: datetime, because: str) -> LibraryState:
    one = _key(change)
    for held in state.withheld:
        if _key(held) == one and held.why == change.why:
            raise ListRefused(f"{change.list}: {change.entry}: is {held.why} already")
        if _key(held) == one and held.why is WithheldWhy.WITHDRAWN:
            # Decisions are marked by it; under another word nobody would take that back.
            raise ListRefused(f"{change.list}: {change.entry}: is withdrawn and stays out as it is")
    withheld = Withheld(
        id=change.id,
        list=change.list,
        kind=change.kind,
        entry=change.entry,
        why=change.why,
        because=because,
        at=at,
    )
    let_in = tuple(each for each in state.let_in if _key(each) != one)
    return holding(state, [withheld]).model_copy(update={"let_in": let_in})


def _release(state: LibraryState, change: Release) -> LibraryState:
    one = _key(change)
    if all(_key(held) != one for held in state.withheld):
        raise ListRefused(f"{change.list}: {change.entry}: this entry is not withheld")
    return state.model_copy(
        update={
            "withheld": tuple(held for held in state.withheld if _key(held) != one),
            "let_in": (*state.let_in, LetIn(list=change.list, kind=change.kind, entry=change.entry)),
        }
    )


def _key(one: Withheld | LetIn | Withhold | Release) -> tuple[str, str, str]:
    return one.list, one.kind, one.entry


def _refuse_unknown(state: LibraryState, name: str, shipped: frozenset[str]) -> None:
    if name in state.records or name in shipped:
        return
    known = ", ".join([*sorted(state.records), *sorted(shipped)]) or "none"
    raise ListRefused(f"{name}: no list has this name; there are: {known}")
