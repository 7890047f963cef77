"""
The Ruleset check: what a Ruleset must leave open before it may be put in force.

A public list that names Windows Update as malware, or a gambling clinic as gambling, must not take
effect. So each entry of an essential or help category is judged by the policy with the Ruleset's own
matches, all of them: a listed parent, a prefix, a pattern. So is every host and URL prefix that any list
has under one of them: `www.` before a help line is the help line. What does not come out as allowed is a
`Conflict`, with every entry that is against it, so that an operator can leave those out.

The same check keeps lists to the policy: a category without a rule would make everything that it
matches undecidable, and protection is for hosts: a keyword in an essential list would open any page that
has it in its address.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from categories.library import SourceList
from categories.readers import read_blocks
from categories.ruleset import Ruleset
from policy.document import Policy
from policy.errors import ListRefused
from policy.judge import Evidence, judge_name
from policy.registers import hosts_upwards
from policy.words import Action, CategoryKind, EntryKind, Verdict

_OPEN = (CategoryKind.ESSENTIAL, CategoryKind.HELP)
_PROTECTED = (*_OPEN, CategoryKind.PRIVILEGED)
_OF_HOSTS = (EntryKind.HOST, EntryKind.PREFIX, EntryKind.ADDRESS)


@dataclass(frozen=True, slots=True)
class Conflict:
    """An entry that is against a host which must stay open."""

    host: str
    protected_by: str  # the essential or help category
    list: str
    line: int
    kind: EntryKind
    entry: str
    category: str

    def __str__(self) -> str:
        return f"{self.host} ({self.protected_by}) by {self.list} line {self.line}: {self.entry}"


class RulesetConflicts(ListRefused):
    """The Ruleset would not allow hosts that must stay open; `conflicts` has all of them."""

    def __init__(self, conflicts: tuple[Conflict, ...]) -> None:
        self.conflicts = conflicts
        shown = "; ".join(map(str, conflicts[:10]))
        more = f"; and {len(conflicts) - 10} more" if len(conflicts) > 10 else ""
        hosts = len({conflict.host for conflict in conflicts})
        super().__init__(
            f"the Ruleset would not allow {hosts} essential or help hosts: {shown}{more}; "
            "leave those lines out, or correct the lists"
        )


def refuse_categories(sources: Sequence[SourceList], policy: Policy) -> None:
    """Raise `ListRefused` for a list whose category the policy has no rule for."""
    for source in sources:
        if source.category not in policy.rules:
            raise ListRefused(
                f"{source.name}: the policy has no category {source.category!r}; "
                f"choose one of {', '.join(policy.rules)}, or add a rule to {policy.source}"
            )


def find_conflicts(
    ruleset: Ruleset, sources: Sequence[SourceList], policy: Policy, now: datetime
) -> tuple[Conflict, ...]:
    """Every entry that is against an essential or help host; each once, by host."""
    return tuple(dict.fromkeys(_conflicts(ruleset, sources, policy, now)))


def _conflicts(
    ruleset: Ruleset, sources: Sequence[SourceList], policy: Policy, now: datetime
) -> Iterator[Conflict]:
    protected: dict[str, str] = {}
    for source, host, target in protected_urls(sources, policy):
        if target == "/":  # all of it, not a part
            protected.setdefault(host, source.category)
        yield from _against(ruleset, policy, now, host, target, source.category)
    for host, target in ruleset.listed_below(protected.keys()):
        category = next(protected[parent] for parent in hosts_upwards(host) if parent in protected)
        yield from _against(ruleset, policy, now, host, target, category)


def _against(
    ruleset: Ruleset, policy: Policy, now: datetime, host: str, target: str, category: str
) -> Iterator[Conflict]:
    """What keeps a URL from being allowed that is protected by `category`."""
    matches = ruleset.matches(host, target)
    if judge_name(Evidence(host, matches), policy, now).verdict is Verdict.ALLOW:
        return
    for match in matches:
        if policy.rules[match.category].action is not Action.ALLOW:
            yield Conflict(host, category, match.list, match.line, match.kind, match.entry, match.category)


def protected_urls(sources: Sequence[SourceList], policy: Policy) -> Iterator[tuple[SourceList, str, str]]:
    """
    List, host and target of every entry of an essential or help list.

    Raises `ListRefused` for an entry of a protected category that is not about a host.
    """
    for source in sources:
        if policy.rules[source.category].kind not in _PROTECTED:
            continue
        for kind, text, line in read_blocks(source.blocks(), source.name).entries:
            if line in source.left_out:
                continue
            if kind not in _OF_HOSTS:
                raise ListRefused(
                    f"{source.name} line {line}: {text}: a {kind} could make any host "
                    f"{source.category}; give hosts, URL prefixes or address ranges only"
                )
            if kind is not EntryKind.ADDRESS and policy.rules[source.category].kind in _OPEN:
                host, slash, path = text.partition("/")
                yield source, host, slash + path or "/"
