"""What a change did to the library, as plain data for the change log and for whoever approves it."""

from collections.abc import Mapping
from typing import Any

from categories.library_state import LibraryState, list_and_text
from categories.readers.confidential import ENTRY as CONFIDENTIAL
from console.lists.two_people import lists_that_differ


def told(before: LibraryState, after: LibraryState) -> tuple[dict[str, object], dict[str, object]]:
    """Each list that differs, by name, as it was and as it is; None where there was, or is, no such part."""
    names = lists_that_differ(before, after)
    sides = tuple({name: _side(state, name) for name in names} for state in (before, after))
    if before.never_decrypt != after.never_decrypt:
        for side, state in zip(sides, (before, after), strict=True):
            side["never-decrypt"] = state.never_decrypt
    return sides[0], sides[1]


def _side(state: LibraryState, name: str) -> object:
    withheld = [
        {"kind": held.kind.value, "entry": shown_entry(held.entry), "why": held.why.value}
        for held in state.withheld
        if held.list == name
    ]
    side: dict[str, object] = {"disabled": name in state.disabled, "withheld": withheld}
    if (record := state.records.get(name)) is None:
        return side if withheld or side["disabled"] else None
    known = record.model_dump(include={"category", "format", "entries", "sha256"})
    left_out = state.left_out.get(list_and_text(name, record.sha256), frozenset())
    return {**known, "left_out": len(left_out), **side}


def shown_entry(entry: str) -> str:
    """An entry as it may be stored and shown: of a confidential list not even its digest."""
    return "confidential" if entry.startswith(CONFIDENTIAL) else entry


def shown_change(change: Mapping[str, Any]) -> str:
    """A change as a proposal keeps it, in a few words; whoever may propose may have written it by hand."""
    try:
        return _in_words(change)
    except (KeyError, TypeError, ValueError, AttributeError):
        return "a change that this release does not know"


def _in_words(change: Mapping[str, Any]) -> str:
    what = change.get("what")
    match what:
        case "put":
            record = change["record"]
            return f"put {record['name']}: {record['entries']:,} entries of {record['category']}"
        case "update":
            return f"update {', '.join(put['record']['name'] for put in change['puts'])}"
        case "restore":
            return f"roll back to {change['digest'][:12]}"
        case "withhold" | "release":
            return f"{what} {shown_entry(change['entry'])} of {change['list']}"
        case "never-decrypt":
            return "another never-decrypt list" if change["text"] else "no never-decrypt list"
        case _:
            return " ".join(
                str(change[key]) for key in ("what", "action", "name", "target") if change.get(key)
            )
