"""
Which changes of lists need a second person: a pure comparison of the library before and after.

With `categories.two_people` all of them. Without it those that open what nobody sees again: a list of an
essential or help category opens hosts to everybody, a privileged one takes people out of the record, and what
is never decrypted is not looked into. It is the library that is compared, not the change that is asked for:
an import under the name of another category's list, a rollback, an entry let in all count by what they do.
"""

from collections.abc import Iterable, Iterator

from categories.library_state import SHIPPED_PREFIX, LibraryState
from categories.list_change import WithheldWhy
from categories.manifest import ListInfo
from policy.document import Policy
from policy.words import CategoryKind


def second_person_because(
    before: LibraryState, after: LibraryState, policy: Policy, *, always: bool
) -> str | None:
    """Why the change needs a second person, as the rest of a sentence; None where one is enough."""
    if before.never_decrypt != after.never_decrypt:
        return "it is about what is never decrypted"
    names = lists_that_differ(before, after)
    for name in names:
        for category in {category_of(before, name), category_of(after, name)}:
            rule = policy.rules.get(category)
            if rule is not None and rule.kind is not CategoryKind.ORDINARY:
                return f"{name} is a list of {category}, which is {rule.kind}"
    return "the setting categories.two_people asks for it" if always and names else None


def kept_lists_because(
    in_force: Iterable[ListInfo], then: Iterable[ListInfo], policy: Policy, *, always: bool
) -> str | None:
    """
    The same of lists that were kept, by one person, and would come into force with whatever is next.

    `then` are the lists that would be in force; those that the product ships are nobody's change.
    """
    known = {(info.name, info.category, info.sha256) for info in in_force}
    for info in then:
        if info.name.startswith(SHIPPED_PREFIX) or (info.name, info.category, info.sha256) in known:
            continue
        rule = policy.rules.get(info.category)
        if always or (rule is not None and rule.kind is not CategoryKind.ORDINARY):
            return f"{info.name} is kept and not in force yet"
    return None


def lists_that_differ(before: LibraryState, after: LibraryState) -> list[str]:
    """The names of the lists that have other entries, or another part, in one state than in the other."""
    named = {*_named(before), *_named(after)}
    return sorted(name for name in named if _of(before, name) != _of(after, name))


def category_of(state: LibraryState, name: str) -> str:
    """What a list's entries are; "" where there is no such list."""
    if name in state.records:
        return state.records[name].category
    return name.removeprefix(SHIPPED_PREFIX).partition(".")[0] if name.startswith(SHIPPED_PREFIX) else ""


def _named(state: LibraryState) -> Iterator[str]:
    yield from state.records
    yield from state.disabled
    yield from (key.partition(" ")[0] for key in state.left_out)
    yield from (held.list for held in state.withheld)


def _of(state: LibraryState, name: str) -> tuple[object, ...]:
    record = state.records.get(name)
    left_out = {key: lines for key, lines in state.left_out.items() if key.partition(" ")[0] == name}
    # Withdrawn or otherwise kept out is the same to a request, and not to the decisions of the past.
    withheld = {
        (held.kind, held.entry, held.why is WithheldWhy.WITHDRAWN)
        for held in state.withheld
        if held.list == name
    }
    # What else is known of a text, a restored record may not know.
    known = record.model_dump(include={"category", "format", "sha256"}) if record is not None else None
    return known, name in state.disabled, left_out if record is not None else None, withheld
