"""The same words after every change of lists."""

import json

import pytest

from categories.build import BuildReport
from categories.list_change import WithheldWhy
from categories.manifest import ListInfo
from categories.plausibility.held import Held
from console.cli.lists.outcome import SHOWN, outcome_record, print_outcome
from console.cli.show import as_json
from console.lists.enact import Enacted
from policy.words import EntryKind

REPORT = BuildReport(digest="ab" * 32, lists=(), built=True, seconds=1.25, peak_bytes=1)


def held(entry: str) -> Held:
    return Held("own", 3, EntryKind.HOST, entry, "games", WithheldWhy.QUARANTINED, "town.test", "covers it")


@pytest.mark.parametrize(
    ("done", "in_force", "says"),
    [
        pytest.param(
            Enacted(REPORT, REPORT.digest), True, "Ruleset abababababab in force: 0 lists", id="done"
        ),
        pytest.param(Enacted(REPORT, REPORT.digest), False, "what is in force stays", id="kept"),
        pytest.param(Enacted(None, "cd" * 32), True, "Ruleset cdcdcdcdcdcd in force stays", id="no-build"),
        pytest.param(
            Enacted(REPORT, REPORT.digest, "K7QF2M9T", "it is essential"),
            True,
            "waits for approval: sluicegate lists approve K7QF-2M9T",
            id="waits",
        ),
    ],
)
def test_a_person_is_told_what_is_in_force_or_what_it_waits_for(
    capsys: pytest.CaptureFixture[str], done: Enacted, in_force: bool, says: str
) -> None:
    print_outcome(done, in_force=in_force)
    assert says in capsys.readouterr().out
    record = outcome_record(done, in_force=in_force)
    assert record["in_force"] is (in_force and done.proposal is None)


def test_entries_that_are_counted_and_not_in_force_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    info = ListInfo(
        name="own", category="games", format="hosts", entries=3, bad_lines=0, lines=3, sha256="a" * 64
    )
    for left_out, says in [
        ((), "3 entries, 1.2 s"),
        ((2,), "3 entries, without those on 1 of their lines, "),
    ]:
        report = REPORT.model_copy(update={"lists": (info.model_copy(update={"left_out": left_out}),)})
        print_outcome(Enacted(report, REPORT.digest))
        assert says in capsys.readouterr().out


def test_what_is_held_back_is_shown_and_of_confidential_lists_without_the_entry(
    capsys: pytest.CaptureFixture[str],
) -> None:
    entries = ["confidential:" + "ab" * 16, *(f"h{number}.test\x1b" for number in range(SHOWN))]
    done = Enacted(REPORT, REPORT.digest, held=tuple(map(held, entries)))
    print_outcome(done)
    out = capsys.readouterr().out
    assert "own line 3: confidential: covers it" in out
    assert "and 1 more" in out
    assert "\x1b" not in out
    assert "abab:" not in out
    told = json.loads(as_json(outcome_record(done)))
    assert [one["entry"] for one in told["held"]][:2] == ["confidential", "h0.test\x1b"]
