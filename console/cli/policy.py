"""`sluicegate policy check|history|show`: the organisation's rules before they hold, and those that did."""

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console.cli import show
from console.cli.check import Finding, Level, look, look_at_expected, look_at_lists, look_at_policy, tell
from console.cli.storage import open_store
from console.cli.times import show_moment
from console.cli.workplace import Workplace, workplace
from db.engine import make_engine
from db.policies import PolicyTexts
from db.upgrade import Schema, schema
from policy.comparison import Difference, compare, notice_says_otherwise
from policy.document import Policy, parse_policy, read_policy
from policy.errors import ConfigurationError, DatabaseAway, Refused

SHORTEST_DIGEST = 6

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy file that is to hold.")],
    as_json: AsJson = False,
) -> None:
    """
    Check a policy before it holds; change nothing.

    Says what is wrong, empty or overdue, what departs from one standard,
    whether the lists in force have their rules, and which keys differ from
    the policy in force (of that one itself: from the one recorded before).

    Exit code 0 when a gateway would run by it, 3 when it would not.
    What it would have decided: sluicegate lists preview --policy FILE.

    Examples:
      sluicegate policy check new-policy.toml
      sluicegate policy check new-policy.toml --json | grep '"warning"'
    """
    at, now = workplace(), datetime.now(UTC)
    after = read_policy(file)
    findings = look([look_at_policy, look_at_lists, look_at_expected], replace(at, policy=after), now)
    before = _before(at, after)
    differences = compare(before, after) if before is not None else []
    if before is not None and notice_says_otherwise(before, after):
        findings.append(Finding(Level.WARNING, "notice.version", _OTHERWISE))
    if as_json:
        for difference in differences:
            show.json_line(asdict(difference))
    else:
        _show_differences(before, differences)
    tell(findings, as_json)


_OTHERWISE = (
    "the notice says something else under a version that people have said they read; give it a new version, "
    "and everybody is asked to read it"
)


def _before(at: Workplace, after: Policy) -> Policy | None:
    """What to compare with: the policy in force, or the one recorded before where that is the file itself."""
    if at.policy.digest != after.digest:
        return at.policy
    try:
        engine = make_engine(at.settings.database, at.state.root)
        texts = PolicyTexts(engine)
        known = texts.history() if schema(engine) is Schema.CURRENT else []
        earlier = next((one for one in known if one.digest != after.digest), None)
        text = texts.text(earlier.digest) if earlier is not None else None
        return (
            parse_policy(text.encode(), Path(f"policy {earlier.digest[:12]}")) if earlier and text else None
        )
    except (ConfigurationError, DatabaseAway) as error:
        show.note(f"not compared with the policy recorded before: {error}")
        return None


def _show_differences(before: Policy | None, differences: list[Difference]) -> None:
    if before is None:
        show.line("This is the policy in force, and none before it is on record.")
        return
    of = f"policy {before.digest[:12]} ({show.plain(str(before.source))})"
    if not differences:
        show.line(f"Nothing that matters differs from {of}.")
        return
    show.line(f"{len(differences)} keys differ from {of}:")
    rows = ([each.key, _shown(each.before), _shown(each.after)] for each in differences)
    show.table(["key", "there", "here"], rows)


def _shown(value: object) -> str:
    if value is None:
        return "(empty)"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def history(as_json: AsJson = False) -> None:
    """
    The policies that gateways ran with, the one seen last first.

    Each is kept to the letter under its digest, which every decision names.

    Examples:
      sluicegate policy history
      sluicegate policy history --json
    """
    at = workplace()
    texts = open_store(PolicyTexts, at)
    known = [
        {**asdict(one), "in_force": one.digest == at.policy.digest, **_versions(texts.text(one.digest))}
        for one in texts.history()
    ]
    if as_json:
        for one in known:
            show.json_line(one)
        return
    columns = ["first seen", "digest", "by gateway", "version", "notice", "in force here"]
    show.table(columns, (list(_cells(one)) for one in known))


def _cells(one: dict[str, object]) -> Iterator[object]:
    at = one["at"]
    yield show_moment(at) if isinstance(at, datetime) else at
    yield str(one["digest"])[:12]
    yield one["gateway"]
    yield one["version"]
    yield one["notice_version"]
    yield "yes" if one["in_force"] else ""


def _versions(text: str | None) -> dict[str, str | None]:
    """What a policy's text says of its version and its notice's; an older one may have no notice."""
    try:
        parsed = tomllib.loads(text or "")
    except (tomllib.TOMLDecodeError, RecursionError):
        parsed = {}
    return {"version": _version(parsed.get("about")), "notice_version": _version(parsed.get("notice"))}


def _version(section: object) -> str | None:
    version = section.get("version") if isinstance(section, dict) else None
    return version if isinstance(version, str) else None


def show_(
    digest: Annotated[
        str | None, typer.Argument(metavar="[DIGEST]", help="Of an earlier one; its first digits suffice.")
    ] = None,
) -> None:
    """
    Print a policy to the letter: the one in force, or an earlier one.

    What is printed can be used as a policy file; its SHA-256 is its digest.

    Examples:
      sluicegate policy show > policy.toml
      sluicegate policy show 3f9a2c41d07b
    """
    at = workplace()
    if digest is None or (len(digest) >= SHORTEST_DIGEST and at.policy.digest.startswith(digest)):
        _print(at.policy.text)
        return
    if len(digest) < SHORTEST_DIGEST:
        raise typer.BadParameter(f"at least {SHORTEST_DIGEST} digits", param_hint="DIGEST")
    texts = open_store(PolicyTexts, at)
    found = [one.digest for one in texts.history() if one.digest.startswith(digest)]
    text = texts.text(found[0]) if len(found) == 1 else None
    if text is None:
        several = "begins several policies; give more digits" if found else "is no policy on record"
        raise Refused(f"{digest}: {several}; sluicegate policy history lists them")
    _print(text)


def _print(text: str) -> None:
    """To the letter into a pipe or file; on a terminal nothing in it may act."""
    if not sys.stdout.isatty():
        sys.stdout.write(text)
        return
    for line in text.splitlines():
        show.line(show.plain(line.expandtabs(4), 10_000))
