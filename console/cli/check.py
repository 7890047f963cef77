"""`sluicegate check`: what `run` would trip over, and what an operator ought to know; starts nothing."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from addons.ca import load_ca
from addons.ca.expiry import days_left, warning_for
from addons.ca.folder import NEXT_FILE, CaFolder
from addons.expected.conflicts import conflicts
from addons.identity.checking import State, look_at_ways
from addons.never_decrypt import never_decrypt_in_force
from addons.sealing import key_name, make_seal
from addons.settings import Modes
from categories.check import find_conflicts, refuse_categories
from console.cli import show
from console.cli.break_glass import state_of, unrecorded
from console.cli.bypass_records import RECORDS
from console.cli.review.connect import socket_of
from console.cli.review.readiness import empty_offices, key_said, service_lacks
from console.cli.settings import shown_settings
from console.cli.times import show_moment
from console.cli.workplace import Workplace, workplace
from console.lists.unsettled import unsettled
from console.people.unsettled import unsettled as unsettled_people
from db.break_glass import BreakGlassStore
from db.engine import make_engine, place
from db.exemptions import ExemptionStore
from db.people import PeopleStore
from db.settings import WhenFull
from db.upgrade import Schema, current_revision, needed_revision, schema
from policy.document import SHIPPED, read_policy
from policy.errors import Away, ConfigurationError, SluicegateError
from policy.identifiers import show_reference
from policy.judge import is_privileged
from policy.standard import departures_said

_SQLITE = (
    "SQLite cannot keep two people apart: who may read the file may read every decision, and the actor is "
    "the account of the operating system; use PostgreSQL where more than one person has a part in this"
)
_OWN_ROOT = (
    "is its own root, so the key that every client trusts lies here; make one below a root that does not: "
    "sluicegate ca csr, or ca next --new-root"
)


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"  # `run` would refuse
    AWAY = "away"  # something needed is away


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    what: str  # a key, a file or a part
    says: str  # what is so, and what follows or is to be done


_LEVELS = {
    State.WELL: Level.OK,
    State.DOUBTFUL: Level.WARNING,
    State.WRONG: Level.ERROR,
    State.AWAY: Level.AWAY,
}


type Look = Callable[[Workplace, datetime], Iterator[Finding]]


def check(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """
    Check settings, policy, lists and database; start nothing.

    Prints every setting with its value and where that came from, secrets
    hidden; then what was looked at, what is missing and what follows.

    Exit code 0 when the gateway would run (warnings or not), 3 when a
    setting, the policy, the authority or the database is wrong, 4 when
    nothing is wrong but something is away.

    Examples:
      sluicegate check
      sluicegate check --json | grep '"error"'
    """
    at = workplace()
    now = datetime.now(UTC)
    findings = look(LOOKS, at, now)
    settings = list(shown_settings(at.effective))
    if as_json:
        for setting in settings:
            show.json_line({"setting": setting.key, "value": setting.value, "source": setting.source})
    else:
        show.table(["setting", "value", "from"], ([s.key, _value(s.value), s.source] for s in settings))
    tell(findings, as_json)


def look(looks: Iterable[Look], at: Workplace, now: datetime) -> list[Finding]:
    """What these looks find, in their order."""
    return [finding for each in looks for finding in _looked(each, at, now)]


def tell(findings: Sequence[Finding], as_json: bool) -> None:
    """Show what was found. Raises `ConfigurationError` or `Away` where one of them would stop the gateway."""
    for finding in findings:
        if as_json:
            show.json_line(asdict(finding))
        else:
            show.line(f"{finding.level:<8} {show.plain(finding.what)}: {show.plain(finding.says, 600)}")
    for level, error in ((Level.ERROR, ConfigurationError), (Level.AWAY, Away)):
        if bad := [finding for finding in findings if finding.level is level]:
            more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
            raise error(f"{bad[0].what}: {bad[0].says}{more}")


def _looked(each: Look, at: Workplace, now: datetime) -> Iterator[Finding]:
    """What a look found; what stopped it is a finding too, and the others go on."""
    try:
        yield from each(at, now)
    except SluicegateError as error:
        where, _, says = str(error).partition(": ")
        yield Finding(Level.AWAY if isinstance(error, Away) else Level.ERROR, where, says or str(error))


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def look_at_policy(at: Workplace, now: datetime) -> Iterator[Finding]:
    """What is empty or overdue in the policy, what departs from one standard, and from the shipped one."""
    policy, shipped = at.policy, read_policy(SHIPPED)
    yield Finding(
        Level.OK, str(policy.source), f"{len(policy.rules)} categories, digest {policy.digest[:12]}"
    )
    for key, says in (*policy.gaps(now.date()), *departures_said(policy)):
        yield Finding(Level.WARNING, key, says)
    public_key = policy.file.sealing.public_key
    if make_seal(public_key) is not None:
        name = key_name(bytes.fromhex(public_key)).hex()
        yield Finding(Level.OK, "sealing", f"privileged decisions have a part sealed to key {name}")
    for category, rule in shipped.rules.items():
        ours = policy.rules.get(category)
        if ours is None:
            yield Finding(
                Level.WARNING, f"category.{category}", "not in this policy: its lists cannot take part"
            )
        elif ours.action is not rule.action or ours.exemption is not rule.exemption:
            yield Finding(
                Level.WARNING,
                f"category.{category}",
                f"departs from the shipped policy: action {ours.action}, exemption {ours.exemption} "
                f"(shipped: {rule.action}, {rule.exemption})",
            )


def look_at_authority(at: Workplace, now: datetime) -> Iterator[Finding]:
    """The certificate authority, how long it still holds, and what is to follow it."""
    authority, ca = load_ca(at.state.ca, now=now), CaFolder(at.state.ca)
    warning = warning_for(days_left(authority.ends, now))
    valid = f"valid until {authority.ends:%Y-%m-%d}"
    yield Finding(
        Level.WARNING if warning else Level.OK, str(ca.path()), f"{valid}; {warning}" if warning else valid
    )
    if authority.certificate == authority.root:
        yield Finding(Level.WARNING, str(ca.path()), _OWN_ROOT)
    following = ca.next()
    if following is not None:
        says = f"waits to be put in force, valid until {following.ends:%Y-%m-%d} (sluicegate ca switch)"
        yield Finding(Level.OK, str(ca.path(NEXT_FILE)), says)


def look_at_lists(at: Workplace, now: datetime) -> Iterator[Finding]:
    """The Ruleset in force, seen from the policy as it is now."""
    sources = at.library.items()
    refuse_categories(sources, at.policy)
    digest = at.store.current_digest()
    if digest is None:
        yield Finding(
            Level.OK,
            str(at.state.rulesets),
            f"no Ruleset yet; the first run builds one of {len(sources)} lists",
        )
        return
    ruleset = at.store.open_current()
    entries = sum(info.entries for info in ruleset.lists)
    yield Finding(
        Level.OK,
        str(at.state.rulesets),
        f"{len(ruleset.lists)} lists, {entries:,} entries, digest {digest[:12]}",
    )
    unknown = sorted({info.category for info in ruleset.lists} - set(at.policy.rules))
    if unknown:
        says = (
            "lists in force have it and the policy has no rule, so what they cover is refused as undecidable"
        )
        yield from (Finding(Level.ERROR, f"category.{category}", says) for category in unknown)
        return
    for conflict in find_conflicts(ruleset, sources, at.policy, now)[:10]:
        yield Finding(Level.ERROR, "Ruleset", f"would not allow {conflict}; import the lists again")


def look_at_identity(at: Workplace, _: datetime) -> Iterator[Finding]:
    """The people's files, and what not asking for them means."""
    identity = at.settings.identity
    if not identity.asks:
        yield Finding(
            Level.WARNING,
            "identity.kinds",
            "nobody is asked who they are: exemptions for people and roles cannot hold",
        )
        return
    for state, what, says in look_at_ways(identity, at.state.root / "run" / "tickets"):
        yield Finding(_LEVELS[state], what, says)
    if not identity.required:
        yield Finding(
            Level.WARNING, "identity.required", "who gives no person is judged as nobody, not refused"
        )
    elif at.settings.gateway.mode is not Modes.EXPLICIT and not identity.passwords:
        yield Finding(
            Level.WARNING,
            "gateway.mode",
            "redirected clients cannot be asked who they are, and without ldap or htpasswd not sign in on a "
            "page: with identity.required nothing but essential hosts opens for them",
        )


def look_at_people(at: Workplace, now: datetime) -> Iterator[Finding]:
    """Who is in the register, which roles run out, and which offices nobody has."""
    engine = make_engine(at.settings.database, at.state.root)
    if schema(engine) is not Schema.CURRENT:
        return  # which the database's own look says
    people = PeopleStore(engine).everybody()
    yield Finding(Level.OK, "people", f"{len(people):,} in the register")
    if people or at.settings.identity.asks:
        requests = ExemptionStore(engine).requests()
        yield from (
            Finding(Level.WARNING, what, says)
            for what, says in unsettled_people(people, requests, at.policy, now)
        )


def look_at_never_decrypt(at: Workplace, now: datetime) -> Iterator[Finding]:
    """The hosts that are never decrypted, and which of them are due for another look."""
    added = at.never_decrypt_file()
    never = never_decrypt_in_force(added)
    where = f"never_decrypt.toml, {added}" if added else "never_decrypt.toml"
    yield Finding(Level.OK, where, f"{len(never.hosts)} hosts are never decrypted")
    for entry in never.overdue(now.date()):
        yield Finding(
            Level.WARNING, entry.host, f"never decrypted; its review was due on {entry.review} ({entry.who})"
        )


def look_at_expected(at: Workplace, _: datetime) -> Iterator[Finding]:
    """Safe search and tenants on hosts that the gateway will not see into."""
    never = never_decrypt_in_force(at.never_decrypt_file())
    ruleset = at.store.open_current() if at.store.current_digest() is not None else None

    def privileged(host: str) -> bool:
        return ruleset is not None and is_privileged(ruleset.matches(host, ""), at.policy)

    for setting, says in conflicts(at.policy, never, privileged):
        yield Finding(Level.WARNING, setting, says)


def look_at_database(at: Workplace, _: datetime) -> Iterator[Finding]:
    """Whether the database answers and its schema fits."""
    engine = make_engine(at.settings.database, at.state.root)
    where, found = place(engine), schema(engine)
    sqlite = at.settings.database.url is None or engine.dialect.name == "sqlite"
    match found:
        case Schema.CURRENT:
            yield Finding(Level.OK, where, f"revision {needed_revision()}")
        case Schema.EMPTY if sqlite:
            yield Finding(Level.OK, where, "not there yet; the first run makes it")
        case Schema.EMPTY | Schema.OLDER:
            yield Finding(Level.ERROR, where, "its schema is not this release's; run: sluicegate db upgrade")
        case Schema.AHEAD:
            yield Finding(Level.OK, where, f"revision {current_revision(engine)}, on which this release runs")
        case Schema.NEWER:
            yield Finding(Level.ERROR, where, "made by a newer release; install that one")
    if sqlite:
        yield Finding(Level.WARNING, where, _SQLITE)


def look_at_review(at: Workplace, now: datetime) -> Iterator[Finding]:
    """Whether the review service answers, what signs exports, and which of reviewing's offices nobody has."""
    engine, settings = make_engine(at.settings.database, at.state.root), at.settings.review
    sqlite = engine.dialect.name == "sqlite"
    lacks = list(
        service_lacks(
            socket_of(at.settings, at.state),
            settings.address,
            named=settings.socket is not None,
            needed=not sqlite,
        )
    )
    if sqlite or settings.key_folder is not None:
        yield Finding(
            Level.OK, "review.key_folder", key_said(settings.key_folder or at.state.root / "review")
        )
    if schema(engine) is Schema.CURRENT and (people := PeopleStore(engine).everybody()):
        file = at.policy.file
        lacks += empty_offices(file.review, people, now, seals=bool(file.sealing.public_key))
    yield from (Finding(Level.WARNING, what, says) for what, says in lacks)


def look_at_break_glass(at: Workplace, now: datetime) -> Iterator[Finding]:
    """What is open, what nobody has confirmed, and which bypass nobody has written down."""
    engine = make_engine(at.settings.database, at.state.root)
    if schema(engine) is not Schema.CURRENT:
        return  # which the database's own look says
    store = BreakGlassStore(engine)
    openings = store.openings()
    yield Finding(Level.OK, "break-glass", f"{len(openings)} openings and bypasses on record")
    for one in openings:
        if one.is_open(now):
            says = f"open until {show_moment(one.until)}: nearly everything passes and nobody is recorded"
            yield Finding(Level.WARNING, "break-glass", says)
        if one.confirmed is None:
            yield Finding(
                Level.WARNING,
                f"break-glass {show_reference(one.id)}",
                f"{state_of(one, now)}; somebody else has to run: sluicegate break-glass confirm",
            )
    for bypass in unrecorded(store, RECORDS, now):
        yield Finding(
            Level.WARNING,
            str(RECORDS),
            f"the bypass from {show_moment(bypass.begins)} is not written down; run: "
            "sluicegate break-glass record-bypass",
        )
    if openings and not store.keeps_people_apart:
        yield Finding(
            Level.WARNING,
            "break-glass",
            "on SQLite the second person is another account and perhaps nobody else",
        )


def look_at_changes(at: Workplace, now: datetime) -> Iterator[Finding]:
    """What of the lists waits for somebody, or is on no record."""
    if schema(make_engine(at.settings.database, at.state.root)) is not Schema.CURRENT:
        return  # which the database's own look says
    yield from (Finding(Level.WARNING, what, says) for what, says in unsettled(at, now))


def look_at_state(at: Workplace, _: datetime) -> Iterator[Finding]:
    """The state folder: whose it is, and whether the spools fit on its disk."""
    root, settings = at.state.root, at.settings
    if settings.spool.when_full is WhenFull.PASS_ESSENTIAL:
        yield Finding(
            Level.WARNING, "spool.when_full", "when the spool is full, essential hosts pass without a record"
        )
    if not root.exists():
        yield Finding(Level.OK, str(root), "not there yet; made on first use")
        return
    if not os.access(root, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigurationError(f"{root}: this account may not write it; use the gateway's account")
    at.state.refuse_others()
    if root.stat().st_mode & 0o077:
        yield Finding(Level.WARNING, str(root), "others may look into this folder; chmod 700 it")
    needed, free = settings.gateway.workers * settings.spool.max_bytes, shutil.disk_usage(root).free
    if free < needed:
        yield Finding(
            Level.WARNING,
            "spool.max_bytes",
            f"{free >> 20} MiB are free; while the database is away the spools may need {needed >> 20} MiB",
        )


LOOKS: tuple[Look, ...] = (
    look_at_policy,
    look_at_authority,
    look_at_lists,
    look_at_never_decrypt,
    look_at_expected,
    look_at_identity,
    look_at_people,
    look_at_database,
    look_at_review,
    look_at_break_glass,
    look_at_changes,
    look_at_state,
)
