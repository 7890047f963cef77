"""What is counted over the rows of an export: pure. Nobody is put in an order by a number."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from console.evidence.contents import Row
from policy.words import PersonHow, RecordLevel, Resource, Verdict


@dataclass(frozen=True, slots=True)
class Summary:
    """The rows in numbers."""

    rows: int
    visits: Mapping[Verdict, int]  # that count
    beside: int  # what belongs to a visit
    other: int  # what is no visit, and belongs to none
    not_final: int  # steps on the way to a decision
    withdrawn: int  # by an entry that was wrong: in none of the above
    held: int
    hows: Mapping[PersonHow, int]
    resources: Mapping[Resource, int]
    levels: Mapping[RecordLevel, int]
    people: tuple[str, ...]  # by name
    units: tuple[str, ...]
    gateways: tuple[str, ...]
    engines: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    without_outcome: int

    @property
    def counted(self) -> int:
        """All that count as visits."""
        return sum(self.visits.values())


def summary(rows: Iterable[Row]) -> Summary:
    """Count them."""
    hows: Counter[PersonHow] = Counter()
    resources: Counter[Resource] = Counter()
    levels: Counter[RecordLevel] = Counter()
    visits: Counter[Verdict] = Counter()
    kinds: Counter[str] = Counter()
    names: dict[str, set[str]] = {"person": set(), "unit": set(), "gateway": set(), "engine": set()}
    moments = []
    for row in rows:
        one = row.decision
        moments.append(one.at)
        hows[one.person_how] += 1
        resources[one.resource] += 1
        levels[one.record] += 1
        for name, found in names.items():
            if (value := getattr(one, name)) is not None:
                found.add(value)
        kind = _kind(row)
        kinds[kind] += 1
        if kind == "visit":
            visits[one.verdict] += 1
        kinds["held"] += one.held
        kinds["without_outcome"] += one.outcome is None and one.final
    return Summary(
        rows=len(moments),
        visits={verdict: visits[verdict] for verdict in Verdict if visits[verdict]},
        beside=kinds["beside"],
        other=kinds["other"],
        not_final=kinds["not final"],
        withdrawn=kinds["withdrawn"],
        held=kinds["held"],
        hows={how: hows[how] for how in PersonHow if hows[how]},
        resources={kind: resources[kind] for kind in Resource if resources[kind]},
        levels={level: levels[level] for level in RecordLevel if levels[level]},
        people=tuple(sorted(names["person"])),
        units=tuple(sorted(names["unit"])),
        gateways=tuple(sorted(names["gateway"])),
        engines=tuple(sorted(names["engine"])),
        first=min(moments, default=None),
        last=max(moments, default=None),
        without_outcome=kinds["without_outcome"],
    )


def _kind(row: Row) -> str:
    one = row.decision
    if one.withdrawn_on is not None:
        return "withdrawn"
    if not one.final:
        return "not final"
    if one.counts_as_visit:
        return "visit"
    return "other" if row.belongs_to is None else "beside"
