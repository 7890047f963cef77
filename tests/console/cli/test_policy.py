"""Policies before they hold, and those that did."""

import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.cli.storage import open_store
from console.cli.workplace import workplace
from db.engine import make_engine
from db.policies import PolicyTexts
from db.settings import DatabaseSettings
from policy.document import SHIPPED
from tests.console.cli.conftest import Cli, Ran

TEXT = SHIPPED.read_text("utf-8")


def lines(ran: Ran) -> list[dict[str, object]]:
    return [json.loads(line) for line in ran.out.splitlines()]


def new_policy(folder: Path, *changes: tuple[str, str]) -> Path:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "new-policy.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_policy_that_is_fit_is_shown_with_what_it_changes(cli: Cli, state: Path, tmp_path: Path) -> None:
    file = new_policy(tmp_path, ("minutes = 60", "minutes = 30"), ('bing = "strict"', 'bing = "off"'))
    ran = cli("policy", "check", file, "--json")
    assert (ran.code, ran.err) == (0, "")
    differences = [line for line in lines(ran) if "key" in line]
    assert differences == [
        {"key": "confirm.minutes", "before": 60, "after": 30},
        {"key": "safe_search.bing", "before": "strict", "after": "off"},
    ]
    assert any(line.get("what") == "standing_authority" for line in lines(ran))
    shown = cli("policy", "check", file)
    assert shown.code == 0
    assert "2 keys differ" in shown.out
    assert "confirm.minutes" in shown.out


def test_what_is_wrong_is_one_line_and_3(cli: Cli, state: Path, tmp_path: Path) -> None:
    ran = cli("policy", "check", new_policy(tmp_path, ("minutes = 60", "minutes = 0")))
    assert ran.code == 3
    assert "confirm.minutes: expected greater than or equal to 1" in ran.err
    assert ran.err.count("\n") == 1


def test_lists_without_a_rule_in_it_are_an_error(cli: Cli, state: Path, tmp_path: Path) -> None:
    ran = cli("policy", "check", new_policy(tmp_path, ("[category.games]", "[category.gaming]")))
    assert ran.code == 3
    assert "games" in ran.err


def test_a_comment_changes_nothing_that_matters(cli: Cli, state: Path, tmp_path: Path) -> None:
    ran = cli("policy", "check", new_policy(tmp_path, ("[about]", "# ours\n[about]")))
    assert ran.code == 0
    assert "Nothing that matters differs" in ran.out


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param([("notice_days = 2190", "notice_days = 3000")], True, id="a-period-it-says"),
        pytest.param([("They are not kept to judge", "They may be kept to judge")], True, id="its-words"),
        pytest.param(
            [
                ("notice_days = 2190", "notice_days = 3000"),
                ('[notice]\nversion = "2"', '[notice]\nversion = "3"'),
            ],
            False,
            id="under-a-new-version",
        ),
        pytest.param([("minutes = 60", "minutes = 30")], False, id="what-it-does-not-say"),
    ],
)
def test_a_notice_that_says_otherwise_under_its_old_version_is_told_of(
    cli: Cli, state: Path, tmp_path: Path, changes: list[tuple[str, str]], found: bool
) -> None:
    ran = cli("policy", "check", new_policy(tmp_path, *changes), "--json")
    assert ran.code == 0
    assert any(line.get("what") == "notice.version" for line in lines(ran)) is found


def test_what_a_service_could_not_be_told_is_a_warning(cli: Cli, state: Path) -> None:
    never = state / "lists" / "never-decrypt.toml"
    never.parent.mkdir(exist_ok=True)
    never.write_text(
        '[[entry]]\nhost = "bing.com"\nwhy = "pinned"\nwho = "IT"\nreview = 2090-01-01\n', "utf-8"
    )
    for command in (["policy", "check", SHIPPED], ["check"]):
        found = [line for line in lines(cli(*command, "--json")) if line.get("what") == "safe_search.bing"]
        assert [line["says"] for line in found] == [
            "has no effect on bing.com: it stands on the never-decrypt list"
        ]


@pytest.fixture
def recorded(state: Path) -> list[str]:
    """Two policies on record, the shipped one seen last; their digests, oldest first."""
    digests = []
    texts = (TEXT.replace("minutes = 60", "minutes = 5"), TEXT)
    clock = iter(datetime(2026, 3, 4, 12, minute, tzinfo=UTC) for minute in range(len(texts)))
    store = PolicyTexts(make_engine(DatabaseSettings(), state), lambda: next(clock))
    open_store(PolicyTexts, workplace())  # which makes the database
    for text in texts:
        digests.append(hashlib.sha256(text.encode()).hexdigest())
        assert store.record(digests[-1], text, "gw-1")
    return digests


def test_the_policy_in_force_is_compared_with_the_one_recorded_before(cli: Cli, recorded: list[str]) -> None:
    ran = cli("policy", "check", SHIPPED, "--json")
    assert {"key": "confirm.minutes", "before": 5, "after": 60} in lines(ran)


def test_the_policy_in_force_without_one_before_is_compared_with_none(cli: Cli, state: Path) -> None:
    ran = cli("policy", "check", SHIPPED)
    assert ran.code == 0
    assert "none before it is on record" in ran.out


def test_history_names_each_with_its_versions_and_marks_the_one_in_force(
    cli: Cli, recorded: list[str]
) -> None:
    found = lines(cli("policy", "history", "--json"))
    assert [(one["digest"], one["in_force"]) for one in found] == [(recorded[1], True), (recorded[0], False)]
    assert found[0]["version"] == "1"
    assert found[0]["notice_version"] == "2"
    assert recorded[0][:12] in cli("policy", "history").out


@pytest.mark.parametrize("text", ["", "about = 3", "[about]\nversion = 7", "= nothing", "a = " + "[" * 5000])
def test_history_shows_what_it_cannot_read_without_its_versions(cli: Cli, state: Path, text: str) -> None:
    """What stands there was written by a gateway, perhaps of another release, perhaps by somebody else."""
    assert open_store(PolicyTexts, workplace()).record("e" * 64, text, "gw-1")
    (found,) = lines(cli("policy", "history", "--json"))
    assert (found["version"], found["notice_version"]) == (None, None)
    assert cli("policy", "check", SHIPPED).code == 0


def test_a_policy_is_printed_to_the_letter(cli: Cli, recorded: list[str]) -> None:
    assert cli("policy", "show").out == TEXT
    assert cli("policy", "show", recorded[1][:8]).out == TEXT
    earlier = cli("policy", "show", recorded[0][:8]).out
    assert hashlib.sha256(earlier.encode()).hexdigest() == recorded[0]


@pytest.mark.parametrize(("digest", "code"), [("abc", 2), ("0" * 12, 1), ("%_%_%_%", 1)])
def test_a_digest_that_names_none_is_refused(cli: Cli, recorded: list[str], digest: str, code: int) -> None:
    ran = cli("policy", "show", digest)
    assert ran.code == code
    assert ran.out == ""


def test_on_a_terminal_nothing_in_a_policy_acts(
    cli: Cli, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = new_policy(tmp_path, ("[about]", "# \u009b2J \u202e gnp.exe\n[about]"))
    monkeypatch.setenv("SLUICEGATE_POLICY_FILE", str(hostile))
    assert cli("policy", "show").out == hostile.read_text("utf-8")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    ran = cli("policy", "show")
    assert ran.code == 0
    assert "\\x9b2J \\u202e gnp.exe" in ran.out
    assert not {"\u009b", "\u202e"} & set(ran.out)
