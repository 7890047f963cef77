"""A preview as people and programs get it: the same figures, and what is kept back said, not left blank."""

import json
from datetime import date

import pytest

from console.cli.lists.preview_shown import Told, as_record, print_told
from console.cli.show import as_json
from console.lists.disclosure import Figures, Shown, ShownHost, ShownSource, Source
from console.lists.impact import Count
from console.lists.preview import Preview
from console.lists.replay import Change, Known, Left
from console.lists.url_preview import UrlPreview
from policy.words import Verdict

NOTHING = Figures(0, 0, 0)
OF_FEW = Figures(None, None, "fewer than 10")
GAMBLING = Source("gambling", "bets\x1b[2J")
DEFAULT = Source(None, None)
NO_CHANGE = Shown(NOTHING, NOTHING, (), ())
BLOCKED = Shown(
    at_named_hosts=Figures(1234, 5, 34),
    at_other_hosts=OF_FEW,
    by_list=(
        ShownSource(GAMBLING, Figures(1234, 5, 34), OF_FEW),
        ShownSource(DEFAULT, NOTHING, Figures(20, "fewer than 10", "not known")),
    ),
    hosts=(
        ShownHost("many[/bold].test", GAMBLING, Figures(1200, 5, 30)),
        ShownHost("other.test", GAMBLING, Figures(34, 0, 12)),
    ),
)


def told(blocked: Shown = BLOCKED, urls: UrlPreview | None = None, **changes: object) -> Told:
    log = Preview(
        first=date(2026, 3, 1),
        last=date(2026, 3, 8),
        total=Count(5000, 20000),
        newly={Verdict.BLOCK: blocked, Verdict.ALLOW: NO_CHANGE, Verdict.CONFIRM: NO_CHANGE},
        known={Known.HOST: 25000},
        left={Left.PART: 20, Left.NO_LIST: "fewer than 10"},
    )
    known = {
        "change": "list bets (gambling) with text 5f5f",
        "ruleset": "a" * 64,
        "candidate": "b" * 64,
        "policy": "c" * 64,
        "candidate_policy": "c" * 64,
        "notes": ("held back, and not among what follows: x",),
        "waits_at": frozenset({"other.test"}),
        "confidential": frozenset(),
    }
    # `changes` are fields by name, each of another type; one that does not exist is an error as it runs.
    return Told(**{**known, **changes}, log=log, urls=urls)  # type: ignore[arg-type]


def printed(one: Told, capsys: pytest.CaptureFixture[str]) -> str:
    print_told(one)
    return capsys.readouterr().out


def test_tables_say_what_is_kept_back(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(told(), capsys)
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert "newly blocked hosts of ten people or more 1,234 5 34" in rows
    assert "other hosts, to the nearest ten not shown not shown fewer than 10" in rows
    assert "newly allowed hosts of ten people or more 0 0 0" in rows
    assert "newly blocked (the policy's default) (the policy's default) 0 0 0 20" in rows
    assert "25,000 judged again by the host alone" in rows
    assert f"fewer than 10 not judged again: {Left.NO_LIST}" in rows
    assert "newly to be confirmed" not in out


def test_a_host_that_waits_is_marked_and_the_mark_explained(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [" ".join(line.split()) for line in printed(told(), capsys).splitlines()]
    assert any(row.startswith("newly blocked, waits other.test 34 0 12 gambling") for row in rows)
    assert any(row.startswith("newly blocked many[/bold].test 1,200 5 30 gambling") for row in rows)
    assert any(row.startswith("waits: ") for row in rows)
    without = printed(told(waits_at=frozenset()), capsys)
    assert "waits" not in without


def test_names_from_outside_do_nothing_at_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(told(), capsys)
    assert "\x1b" not in out
    assert "many[/bold].test" in out


def test_what_a_preview_is_of_is_said_with_both_digests_where_they_differ(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = printed(told(), capsys)
    assert "list bets (gambling) with text 5f5f" in out
    assert f"Ruleset {'a' * 12} would become {'b' * 12}" in out
    assert "policy cccc" not in out
    assert "held back, and not among what follows: x" in out


def test_many_notes_are_counted_and_not_all_shown(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(told(notes=tuple(f"note {n}" for n in range(25))), capsys)
    assert "note 9" in out
    assert "note 10" not in out
    assert "and 15 more of these" in out


def test_nothing_that_changes_is_a_table_of_noughts(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(told(NO_CHANGE), capsys)
    assert "By category and list" not in out
    assert "Most visited" not in out
    assert "newly blocked" in out


def test_the_urls_of_a_file_have_a_part_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    urls = UrlPreview(urls=7, unreadable=1)
    urls.changed[Change(Verdict.ALLOW, Verdict.BLOCK, "gambling", "bets")]["a.test"] += 3
    out = printed(told(urls=urls), capsys)
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert "URLs of the file: 7; lines that are none: 1" in rows
    assert "3 newly blocked" in rows
    assert "newly blocked a.test 3 gambling bets" in rows
    assert "URLs of the file" not in printed(told(), capsys)


def test_a_host_that_a_confidential_list_is_about_is_counted_and_not_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    urls = UrlPreview(urls=7)
    urls.changed[Change(Verdict.ALLOW, Verdict.BLOCK, "gambling", "ours")].update({"a.test": 3, "b.test": 2})
    out = printed(told(urls=urls, confidential=frozenset({"ours"})), capsys)
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert "newly blocked confidential 5 gambling ours" in rows
    assert "a.test" not in out


def test_json_has_everything_and_no_number_that_the_tables_keep_back() -> None:
    record = json.loads(as_json(as_record(told())))
    blocked = record["newly_blocked"]
    assert blocked["at_other_hosts"] == {"visits": None, "other_requests": None, "people": "fewer than 10"}
    assert blocked["by_list"][1] == {
        "category": None,
        "list": None,
        "at_named_hosts": {"visits": 0, "other_requests": 0, "people": 0},
        "at_other_hosts": {"visits": 20, "other_requests": "fewer than 10", "people": "not known"},
    }
    assert [(each["host"], each["waits"]) for each in blocked["hosts"]] == [
        ("many[/bold].test", False),
        ("other.test", True),
    ]
    assert record["newly_allowed"]["hosts"] == []
    assert record["judged_again"] == {"host": 25000}
    assert record["not_judged_again"] == {"part": 20, "no_list": "fewer than 10"}
    assert (record["first_day"], record["last_day"]) == ("2026-03-01", "2026-03-08")
    assert (record["visits"], record["other_requests"]) == (5000, 20000)
    assert record["urls"] is None
