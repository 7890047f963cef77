"""A log judged again from beginning to end, by the database that holds it."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from console.lists.disclosure import Figures, Source
from console.lists.preview import Preview, preview
from console.lists.replay import Known, Left
from db.engine import make_engine
from db.replay import FEW
from db.settings import DatabaseSettings, SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.upgrade import upgrade
from policy.decision import Decision
from policy.words import Reason, Resource, Verdict
from tests.console.lists.replaying import replay
from tests.console.review.making import running_of
from tests.db.examples import decision
from tests.samples import NOW

GAMBLING = Source("gambling", "gambling")
NOTHING = Figures(0, 0, 0)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = make_engine(DatabaseSettings(), tmp_path)
    upgrade(made)
    return made


def fill(engine: Engine, folder: Path, decisions: list[Decision]) -> None:
    writer = SpoolWriter(folder / "spool" / "slot-0", SpoolSettings())
    for one in decisions:
        writer.record(one)
    writer.close()
    Shipper(engine, folder / "spool", 1000).ship_once()


def allowed(host: str, person: str | None, days: int = 0, **changes: object) -> Decision:
    row = {"verdict": Verdict.ALLOW, "reason": Reason.NOT_LISTED, "path": None, "replayable": False}
    return decision(**{"host": host, "person": person, "at": NOW - timedelta(days=days), **row, **changes})


def previewed(engine: Engine, *listed: str, days: int = 7) -> Preview:
    return preview(
        running_of(engine),
        replay({"old.test": ("gambling",)}, dict.fromkeys(listed, ("gambling",))),
        days=days,
        question={"change": "a test"},
        now=NOW,
        on_progress=lambda *_: None,
    )


def test_visits_newly_blocked_and_newly_allowed_over_several_days(engine: Engine, tmp_path: Path) -> None:
    """Twelve people come twice each to one site, three to another, eleven were kept from a third."""
    fill(
        engine,
        tmp_path,
        [
            *(allowed("new.test", f"person-{n}", days) for n in range(12) for days in (0, 3)),
            *(allowed("new.test", None, resource=Resource.EMBEDDED) for _ in range(4)),
            *(allowed("rare.test", f"person-{n}") for n in range(3)),
            *(decision(at=NOW, host="old.test", person=f"person-{n}") for n in range(11)),
            *(allowed("free.test", f"person-{n}") for n in range(20)),
            allowed("new.test", "person-1", days=8),
            decision(at=NOW, reason=Reason.MALFORMED),
        ],
    )
    found = previewed(engine, "new.test", "rare.test")
    assert (found.total.visits, found.total.others) == (24 + 3 + 11 + 20 + 1, 4)
    blocked, opened = found.newly[Verdict.BLOCK], found.newly[Verdict.ALLOW]
    assert blocked.at_named_hosts == Figures(24, 4, 12)
    assert blocked.at_other_hosts == Figures(None, None, "fewer than 10")
    assert [(each.host, each.source) for each in blocked.hosts] == [("new.test", GAMBLING)]
    assert opened.at_named_hosts == Figures(11, 0, 11)
    assert opened.at_other_hosts == NOTHING
    assert found.newly[Verdict.CONFIRM].by_list == ()
    assert found.known == {Known.HOST: 50, Known.WHOLE: 10}  # 51 and 11, to the nearest ten
    assert found.left == {Left.NO_LIST: "fewer than 10"}
    assert (found.last - found.first).days == 7


def test_the_window_is_of_whole_days(engine: Engine, tmp_path: Path) -> None:
    rows = [allowed("new.test", f"person-{n}", days=n % 3) for n in range(3 * FEW)]
    fill(engine, tmp_path, rows)
    assert previewed(engine, "new.test", days=0).newly[Verdict.BLOCK].at_named_hosts == Figures(10, 0, 10)
    assert previewed(engine, "new.test", days=2).newly[Verdict.BLOCK].at_named_hosts == Figures(30, 0, 30)


def test_it_is_said_how_far_it_is(engine: Engine, tmp_path: Path) -> None:
    fill(engine, tmp_path, [allowed("new.test", "person")])
    said: list[tuple[str, int, int]] = []
    preview(
        running_of(engine),
        replay({}, {}),
        days=2,
        question={},
        now=NOW,
        on_progress=lambda *told: said.append(told),
    )
    assert [done for _, done, _ in said] == sorted(done for _, done, _ in said)
    assert {of for *_, of in said} == {3}
    assert said[-1][1] == 3
