"""What one policy says otherwise than another, key by key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policy.document import Policy


@dataclass(frozen=True, slots=True)
class Difference:
    """One key whose value differs; None where there is none, or an empty one."""

    key: str  # such as "category.games.action"
    before: object
    after: object


def compare(before: Policy, after: Policy) -> list[Difference]:
    """Every key that differs, by name."""
    old, new = dict(_flat(before)), dict(_flat(after))
    return [
        Difference(key, old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def notice_says_otherwise(before: Policy, after: Policy) -> bool:
    """
    Whether people would read another notice under the version that they have said they read.

    It may be another setting that changed, such as a period: the notice says those too.
    """
    old, new = before.notice, after.notice
    return old is not None and new is not None and old.version == new.version and old.parts != new.parts


def _flat(policy: Policy) -> Iterator[tuple[str, object]]:
    whole = policy.file.model_dump(mode="json")
    # By name, since an order alone gives a list of tables no keys of its own.
    whole["departure"] = {departure["name"]: departure for departure in whole["departure"]}
    yield from _leaves("", whole)
    # The order decides among equals, so a change of it is a change of the rules.
    if policy.departures:
        yield "departure (order)", [departure.name for departure in policy.departures]
    yield "category (order)", list(policy.rules)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), inner)
    elif value not in (None, "", []):  # what is empty says nothing
        yield path, value
