"""How a preview is shown: tables for people, one object for programs, with the same numbers kept back."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from console.cli import show
from console.lists.disclosure import Figures, Shown
from console.lists.preview import Preview
from console.lists.url_preview import UrlPreview
from policy.words import Verdict

_MOST_HOSTS = 20  # in a table; JSON has all of them
_MOST_NOTES = 10
_NEWLY = {
    Verdict.BLOCK: "newly blocked",
    Verdict.ALLOW: "newly allowed",
    Verdict.CONFIRM: "newly to be confirmed",
}


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that a preview found."""

    change: str  # in words
    ruleset: str  # digest in force
    candidate: str  # digest of what would be; the same where only the policy changes
    policy: str  # digest in force
    candidate_policy: str
    notes: tuple[str, ...]  # what else would come of it, a line each
    waits_at: frozenset[str]  # hosts that are newly blocked only after somebody has let the entry in
    confidential: frozenset[str]  # lists of which no entry is shown, nor the host it is about
    log: Preview
    urls: UrlPreview | None


def as_record(told: Told) -> dict[str, object]:
    """One JSON object."""
    log = told.log
    return {
        "change": told.change,
        "ruleset": told.ruleset,
        "candidate": told.candidate,
        "policy": told.policy,
        "candidate_policy": told.candidate_policy,
        "notes": told.notes,
        "first_day": log.first.isoformat(),
        "last_day": log.last.isoformat(),
        "visits": log.total.visits,
        "other_requests": log.total.others,
        **{_key(verdict): _shown(log.newly[verdict], _waiting(told, verdict)) for verdict in _NEWLY},
        "judged_again": {known.name.lower(): number for known, number in log.known.items()},
        "not_judged_again": {left.name.lower(): number for left, number in log.left.items()},
        "urls": None if told.urls is None else _urls(told.urls, told.confidential),
    }


def _key(verdict: Verdict) -> str:
    return _NEWLY[verdict].replace(" ", "_")


def _shown(shown: Shown, waits_at: frozenset[str]) -> dict[str, object]:
    return {
        "at_named_hosts": _figures(shown.at_named_hosts),
        "at_other_hosts": _figures(shown.at_other_hosts),
        "by_list": [
            {
                **each.source._asdict(),
                "at_named_hosts": _figures(each.at_named_hosts),
                "at_other_hosts": _figures(each.at_other_hosts),
            }
            for each in shown.by_list
        ],
        "hosts": [
            {
                "host": each.host,
                **each.source._asdict(),
                **_figures(each.figures),
                "waits": each.host in waits_at,
            }
            for each in shown.hosts
        ],
    }


def _waiting(told: Told, verdict: Verdict) -> frozenset[str]:
    """What opens a host never waits."""
    return frozenset() if verdict is Verdict.ALLOW else told.waits_at


def _figures(figures: Figures) -> dict[str, object]:
    return {
        "visits": figures.visits,
        "other_requests": figures.other_requests,
        "people": figures.people,
    }


def _urls(urls: UrlPreview, confidential: frozenset[str]) -> dict[str, object]:
    changed = {_key(verdict): urls.towards(verdict, confidential) for verdict in _NEWLY}
    return {
        "read": urls.urls,
        "unreadable": urls.unreadable,
        **{
            key: {"urls": sum(each.urls for each in hosts), "hosts": list(map(asdict, hosts))}
            for key, hosts in changed.items()
        },
    }


def print_told(told: Told) -> None:
    """Tables, the totals first."""
    show.line(f"If this were in force: {show.plain(told.change)}")
    for label, before, after in (
        ("Ruleset", told.ruleset, told.candidate),
        ("policy", told.policy, told.candidate_policy),
    ):
        if before != after:
            show.line(f"  {label} {before[:12]} would become {after[:12]}; nothing has changed yet")
    for note in told.notes[:_MOST_NOTES]:
        show.line(f"  {show.plain(note, 300)}")
    if len(told.notes) > _MOST_NOTES:
        show.line(f"  and {len(told.notes) - _MOST_NOTES:,} more of these")
    _print_log(told)
    if told.urls is not None:
        _print_urls(told.urls, told.confidential)


def _print_log(told: Told) -> None:
    log = told.log
    show.line()
    show.line(
        f"Requests from {log.first} to {log.last} (UTC): {log.total.visits:,} visits, "
        f"{log.total.others:,} others"
    )
    show.table(["", "where", "visits", "other requests", "people"], _totals(log))
    sources = [
        [
            _NEWLY[verdict],
            *map(_source, each.source),
            *map(_cell, _numbers(each.at_named_hosts)),
            _other(each.at_other_hosts),
        ]
        for verdict in _NEWLY
        for each in log.newly[verdict].by_list
    ]
    if sources:
        show.line("By category and list")
        columns = ["", "category", "list", "visits", "other requests", "people", "visits at other hosts"]
        show.table(columns, sources)
    hosts = [
        [
            f"{_NEWLY[verdict]}, waits" if each.host in _waiting(told, verdict) else _NEWLY[verdict],
            *(each.host, *map(_cell, _numbers(each.figures)), *map(_source, each.source)),
        ]
        for verdict in _NEWLY
        for each in log.newly[verdict].hosts[:_MOST_HOSTS]
    ]
    if hosts:
        show.line("Most visited, of the hosts that ten people or more asked for")
        show.table(["", "host", "visits", "other requests", "people", "category", "list"], hosts)
        if any(str(row[0]).endswith("waits") for row in hosts):
            show.line("waits: one of the hosts visited most, and open until somebody lets the entry in")
    for known, number in log.known.items():
        show.line(f"{_cell(number):>14}  judged again by {known}")
    for left, number in log.left.items():
        show.line(f"{_cell(number):>14}  not judged again: {left}")


def _totals(log: Preview) -> Iterator[list[object]]:
    for verdict, words in _NEWLY.items():
        shown = log.newly[verdict]
        if verdict is Verdict.CONFIRM and not shown.by_list:
            continue  # nearly always, since few policies ask
        yield [words, "hosts of ten people or more", *map(_cell, _numbers(shown.at_named_hosts))]
        yield ["", "other hosts, to the nearest ten", *map(_cell, _numbers(shown.at_other_hosts))]


def _numbers(figures: Figures) -> tuple[object, ...]:
    return figures.visits, figures.other_requests, figures.people


def _other(figures: Figures) -> str:
    return _cell(figures.visits) if figures.visits is not None else f"of {figures.people} people"


def _cell(number: object) -> str:
    if number is None:
        return "not shown"
    return f"{number:,}" if isinstance(number, int) else str(number)


def _source(name: str | None) -> str:
    return name or "(the policy's default)"


def _print_urls(urls: UrlPreview, confidential: frozenset[str]) -> None:
    show.line()
    show.line(f"URLs of the file: {urls.urls:,}; lines that are none: {urls.unreadable:,}")
    changed = {words: urls.towards(verdict, confidential) for verdict, words in _NEWLY.items()}
    for words, hosts in changed.items():
        show.line(f"{sum(each.urls for each in hosts):>14,}  {words}")
    rows = [
        [words, each.host, each.urls, _source(each.category), _source(each.list)]
        for words, hosts in changed.items()
        for each in hosts[:_MOST_HOSTS]
    ]
    if rows:
        show.table(["", "host", "URLs", "category", "list"], rows)
