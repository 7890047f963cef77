"""
Every trick of `docs/evasion.md`, played through running gateways.

The document and the tables are the same list; each trick comes to what its row says; nothing that is
forbidden was reached by any of them; and each request left exactly the Decisions that its row says.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pytest
from mitmproxy.hooks import all_hooks

from addons.identity.identify import Identity
from addons.server.activity import Activity
from policy.words import RecordLevel
from tests.addons.gateway import Gateway as Chained
from tests.journeys.evasion.document import Row, read_rows
from tests.journeys.evasion.failures import PLACES
from tests.journeys.evasion.table import GROUPS
from tests.journeys.evasion.trick import Trick, Verdict, is_unnamed, unnamed
from tests.journeys.evasion.world import LOGIN, Stage, stage
from tests.journeys.harness.clients import Answer
from tests.journeys.harness.gateway import Gateway

pytestmark = pytest.mark.journey

DOCUMENT = Path(__file__).parents[3] / "docs" / "evasion.md"
TRICKS = list(enumerate(chain.from_iterable(GROUPS.values()), 1))
AT_LEAST = 60
OF_THE_PROCESS = frozenset({"load", "configure", "running", "done"})  # of no exchange


@dataclass
class Played:
    """The stage, and the numbers of the tricks that were played on it."""

    stage: Stage
    numbers: list[int] = field(default_factory=list)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with stage(tmp_path_factory.mktemp("evasion")) as running:
        yield Played(running)


def test_the_document_and_the_table_are_the_same_list() -> None:
    assert len(TRICKS) >= AT_LEAST
    assert read_rows(DOCUMENT.read_text("utf-8")) == {
        group: [Row(number, trick.title, trick.verdict) for number, trick in TRICKS if trick in tricks]
        for group, tricks in GROUPS.items()
    }


def test_every_hook_of_the_chain_is_made_to_fail() -> None:
    addons = {type(addon) for addon in Chained().chain.addons} | {Activity, Identity}
    hooks = {
        f"{addon.__name__}.{name}"
        for addon in addons
        for name in vars(addon)
        if name in all_hooks and name not in OF_THE_PROCESS
    }
    assert len(hooks) >= 15
    assert hooks <= PLACES


def fence(at: Stage, number: int) -> None:
    """A refused request whose row in the log stands between those of two tricks."""
    answer = at.client.get(f"http://{number}.fence.test/")
    assert answer.status == 403


def is_ours(answer: Answer) -> bool:
    """Whether an answer is a page of the gateway's own."""
    return answer.headers.get("content-security-policy", "").startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("number", "trick"), [pytest.param(number, trick, id=f"{number}") for number, trick in TRICKS]
)
def test_it_comes_to_what_the_document_says(played: Played, number: int, trick: Trick) -> None:
    at = played.stage
    fence(at, number)
    fence(at.at_guarded(LOGIN), number)
    played.numbers.append(number)
    unlisted, reached = at.unlisted.connections, at.forbidden_reached()

    answers = trick.play(at)

    assert tuple(answer and answer.status for answer in answers) == trick.gets, [
        answer and answer.text for answer in answers
    ]
    last = answers[-1]
    if trick.verdict is Verdict.REFUSED:
        assert last is None or is_ours(last)
    else:
        assert last is not None
        assert not is_ours(last)
        assert last.text.startswith(at.filled(f"hello from {trick.origin}"))
    assert at.forbidden_reached() == reached
    assert (at.unlisted.connections > unlisted) is trick.at_unlisted


def logged(gateway: Gateway) -> tuple[dict[int, list[str]], Counter[str]]:
    """
    The final Decisions of each trick as "step reason", in their order, and those that nobody can attribute.

    Those are of privileged sites: such a row tells the hour, and nothing of when in it.
    """
    found: dict[int, list[str]] = {}
    current: list[str] = []
    gateway.shipped()
    rows = gateway.rows("SELECT * FROM decision WHERE final")
    for row in sorted(rows, key=lambda row: row.at):
        if row.record == RecordLevel.CATEGORY:
            continue
        if row.host.endswith(".fence.test"):
            current = found[int(row.host.partition(".")[0])] = []
        else:
            current.append(f"{row.step} {row.reason}")
    return found, Counter(
        unnamed(f"{row.step} {row.reason}") for row in rows if row.record == RecordLevel.CATEGORY
    )


def test_each_request_left_exactly_the_decisions_its_row_says(played: Played) -> None:
    at = played.stage
    (free, unnamed_there), (guarded, unnamed_here) = logged(at.gateway), logged(at.guarded)
    by_number = dict(TRICKS)
    expected = {number: by_number[number].log for number in played.numbers}
    assert {number: free[number] + guarded[number] for number in played.numbers} == {
        number: [said for said in log if not is_unnamed(said)] for number, log in expected.items()
    }
    assert unnamed_there + unnamed_here == Counter(filter(is_unnamed, chain.from_iterable(expected.values())))
    # Some time has passed by now: what was still under way would have arrived.
    assert at.forbidden_reached() == []


def test_no_trick_broke_the_gateway(played: Played) -> None:
    log = played.stage.gateway.log.read_text("utf-8")
    assert "Traceback" not in log
    assert "was closed by" not in log
