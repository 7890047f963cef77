"""Feeds are fetched apart, read apart, and put in force together; what is wrong with one stays with it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from categories.feeds.fetching import Job, Outcome, outcome_of
from categories.feeds.store import FeedStore
from categories.feeds.subscription import Subscription
from categories.list_change import Disable, Remove
from console.cli.storage import open_store
from console.cli.workplace import Workplace, workplace
from console.lists.enact import enact
from console.lists.feeds import Result, Told, next_due, update
from console.lists.past import earlier, restoring
from db.engine import make_engine
from db.proposals import ProposalStore
from db.ruleset_history import RulesetHistory
from db.settings import DatabaseSettings
from db.upgrade import ensure_schema
from policy.errors import ListRefused, ListsBusy
from tests.categories.feeds.server import (
    FeedServer,
    chunked,
    feed_server,
    give,
    redirect,
    silent,
    status,
    truncated,
)

BETS, GAMES = b"bet.test\ncasino.test\n", b"game.test\n"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


@pytest.fixture(scope="module")
def _database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty one, to be copied: its making takes longer than most of what is tested here."""
    folder = tmp_path_factory.mktemp("database")
    ensure_schema(make_engine(DatabaseSettings(), folder))
    return folder / "sluicegate.sqlite"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _database: Path) -> Workplace:
    """A state folder without shipped lists, which would only take time."""
    for name in list(os.environ):
        if name.startswith("SLUICEGATE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SLUICEGATE_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o700)
    shutil.copy(_database, tmp_path)
    return configured(tmp_path)


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Fetched here, and not in processes of their own, which tests/categories/feeds has tried.

    Each would take half a second to start.
    """

    def fetch_here(
        jobs: Iterable[Job], on_bytes: Callable[[Job, int, int], None]
    ) -> Iterator[tuple[Job, Outcome]]:
        return ((job, outcome_of(job, partial(on_bytes, job))) for job in jobs)

    monkeypatch.setattr("console.lists.feeds.fetch_all", fetch_here)


def configured(state: Path, **categories: str) -> Workplace:
    lines = [
        "[categories]",
        "shipped_lists = false",
        *(f"{key} = {said}" for key, said in categories.items()),
    ]
    (state / "sluicegate.toml").write_text("\n".join(lines))
    return workplace()


def subscribe(place: Workplace, server: FeedServer, name: str, body: bytes | None, **changes: object) -> None:
    if body is not None:
        server.answers[f"/{name}"] = give(body)
    feed = {
        "name": name,
        "category": "gambling",
        "url": server.url(f"/{name}"),
        "allow_http": True,
        "subscribed_at": LONG_AGO,
    }
    FeedStore(place.lists).put(Subscription.model_validate(feed | changes))


def results(told: tuple[Told, ...]) -> dict[str, Result]:
    return {one.name: one.result for one in told}


def in_force(place: Workplace) -> dict[str, int]:
    return {each.name: each.entries for each in place.store.open_current().lists}


def test_what_is_new_is_put_in_force_together_and_built_once(place: Workplace, server: FeedServer) -> None:
    subscribe(place, server, "bets", BETS)
    subscribe(place, server, "games", GAMES, category="games")
    told = update(place)
    assert results(told) == {"bets": Result.IN_FORCE, "games": Result.IN_FORCE}
    assert {one.entries for one in told} == {1, 2}
    assert in_force(place) == {"bets": 2, "games": 1}
    past = open_store(RulesetHistory, place).all()
    assert [one.what for one in past] == ["update"]
    assert past[0].digest == told[0].ruleset
    assert past[0].because == "its feed published another list"


def test_nothing_is_asked_before_it_is_due_and_nothing_is_done_for_what_is_not_changed(
    place: Workplace, server: FeedServer
) -> None:
    subscribe(place, server, "bets", BETS)
    update(place)
    assert update(place) == ()
    assert len(server.asked) == 1
    assert results(update(place, everything=True)) == {"bets": Result.UNCHANGED}
    assert server.asked[1].headers["if-none-match"]
    assert len(open_store(RulesetHistory, place).all()) == 1


def test_a_server_that_tells_nothing_of_changes_is_no_reason_to_build(
    place: Workplace, server: FeedServer
) -> None:
    server.answers["/bets"] = chunked(BETS)
    subscribe(place, server, "bets", None)
    update(place)
    assert results(update(place, ["bets"])) == {"bets": Result.UNCHANGED}
    assert len(open_store(RulesetHistory, place).all()) == 1


WRONG = {
    "away": (status(500), Result.AWAY, "the server answered 500 Internal Server Error"),
    "loop": (redirect("/loop"), Result.AWAY, "more than 5 redirects"),
    "cut": (truncated(BETS), Result.AWAY, "cut off"),
    "page": (give(b"<html>gone</html>"), Result.REFUSED, "a web page"),
    "empty": (give(b""), Result.REFUSED, "no entries in it"),
    "binary": (give(bytes(range(8)) * 99), Result.REFUSED, "binary data"),
    "coded": (give(b"x.test\n", Content_Encoding="br"), Result.REFUSED, "not asked for"),
}


def test_whatever_is_wrong_with_one_its_last_good_list_stays_and_the_others_go_on(
    place: Workplace, server: FeedServer
) -> None:
    for number, name in enumerate(("good", *WRONG)):
        subscribe(place, server, name, BETS + b"own%d.test\n" % number)
    assert set(results(update(place)).values()) == {Result.IN_FORCE}
    good = in_force(place)
    assert set(good.values()) == {3}
    server.answers |= {f"/{name}": answer for name, (answer, _, _) in WRONG.items()}
    server.answers["/good"] = give(BETS)
    told = {one.name: one for one in update(place, everything=True)}
    assert told.pop("good").result is Result.IN_FORCE
    for name, (_, result, because) in WRONG.items():
        assert told[name].result is result
        assert because in told[name].because
        state = FeedStore(place.lists).state(name)
        assert (state.failures, state.problem) == (1, told[name].because)
    assert in_force(place) == {**good, "good": 2}


def test_one_that_has_shrunk_is_refused_and_keeps_no_other_out(place: Workplace, server: FeedServer) -> None:
    many = b"".join(b"bet%d.test\n" % number for number in range(400))
    subscribe(place, server, "bets", many)
    subscribe(place, server, "games", GAMES, category="games")
    update(place)
    server.answers |= {"/bets": give(many[:300]), "/games": give(b"game.test\nchess.test\n")}
    told = update(place, everything=True)
    assert results(told) == {"bets": Result.REFUSED, "games": Result.IN_FORCE}
    assert in_force(place) == {"bets": 400, "games": 2}
    # What was refused is not built again by every timer; an administrator may accept it.
    rulesets = len(open_store(RulesetHistory, place).all())
    assert results(update(place, ["bets"])) == {"bets": Result.REFUSED}
    assert results(update(place, ["bets"], accept_size=True)) == {"bets": Result.IN_FORCE}
    assert in_force(place)["bets"] < 400
    assert len(open_store(RulesetHistory, place).all()) == rulesets + 1


def test_what_was_refused_is_not_read_again_by_a_timer_on_the_same_day(
    place: Workplace, server: FeedServer
) -> None:
    subscribe(place, server, "bets", b"<html>gone</html>")
    update(place)
    store = FeedStore(place.lists)
    due = {"next_at": LONG_AGO, "refused_at": datetime.now(UTC) - timedelta(hours=23)}
    store.put_state("bets", store.state("bets").model_copy(update=due))
    (store.copies / str(store.state("bets").copy_sha256)).write_bytes(BETS)
    assert results(update(place)) == {"bets": Result.REFUSED}, "though it would be fit now"
    due["refused_at"] = datetime.now(UTC) - timedelta(hours=25)
    store.put_state("bets", store.state("bets").model_copy(update=due))
    assert results(update(place)) == {"bets": Result.IN_FORCE}


def test_a_text_that_was_rolled_back_is_not_taken_again_and_the_next_one_is(
    place: Workplace, server: FeedServer
) -> None:
    subscribe(place, server, "bets", BETS)
    update(place)
    server.answers["/bets"] = give(BETS + b"bank.test\n")
    update(place, ["bets"])
    past = open_store(RulesetHistory, place).all()
    back = restoring(past, earlier(past, None), frozenset())
    enact(place, back, because="it blocks our bank")
    assert in_force(place) == {"bets": 2}
    for _ in range(2):
        told = update(place, ["bets"])
        assert results(told) == {"bets": Result.NOT_TAKEN}
        assert "rolled back" in told[0].because
    assert in_force(place) == {"bets": 2}
    server.answers["/bets"] = give(BETS + b"poker.test\nroulette.test\n")
    assert results(update(place, ["bets"])) == {"bets": Result.IN_FORCE}
    assert in_force(place) == {"bets": 4}


def test_a_list_that_was_disabled_or_removed_does_not_come_back_by_itself(
    place: Workplace, server: FeedServer
) -> None:
    subscribe(place, server, "bets", BETS)
    subscribe(place, server, "games", GAMES, category="games")
    update(place)
    enact(place, Disable(name="bets"), because="not now")
    server.answers["/bets"] = give(BETS + b"poker.test\n")
    assert results(update(place, ["bets"])) == {"bets": Result.NOT_TAKEN}
    enact(place, Remove(name="games"), because="not any more")
    assert results(update(place, ["games"])) == {"games": Result.NOT_TAKEN}
    assert in_force(place) == {}


def test_what_two_people_decide_is_proposed_once_and_holds_up_no_other(
    place: Workplace, server: FeedServer
) -> None:
    subscribe(place, server, "bets", BETS)
    subscribe(place, server, "unions", b"union.test\n", category="privileged")
    told = update(place)
    assert results(told) == {"bets": Result.IN_FORCE, "unions": Result.PROPOSED}
    assert in_force(place) == {"bets": 2}
    assert results(update(place, everything=True)) == {"bets": Result.UNCHANGED, "unions": Result.NOT_TAKEN}
    (waiting,) = open_store(ProposalStore, place).pending()
    assert waiting.id == next(one.proposal for one in told if one.name == "unions")


def test_with_two_people_every_update_is_proposed(
    place: Workplace, server: FeedServer, tmp_path: Path
) -> None:
    subscribe(place, server, "bets", BETS)
    careful = configured(tmp_path, two_people="true")
    assert results(update(careful)) == {"bets": Result.PROPOSED}
    assert careful.store.current_digest() is None


def test_a_damaged_feed_or_a_category_that_is_gone_stops_no_other(
    place: Workplace, server: FeedServer, tmp_path: Path
) -> None:
    subscribe(place, server, "bets", BETS)
    subscribe(place, server, "damaged", BETS)
    subscribe(place, server, "gone", GAMES, category="no_longer_there")
    (tmp_path / "lists/feeds/damaged.json").write_text("{")
    told = update(place)
    assert results(told) == {
        "bets": Result.IN_FORCE,
        "damaged": Result.REFUSED,
        "gone": Result.REFUSED,
    }
    assert in_force(place) == {"bets": 2}


def test_while_somebody_else_changes_the_lists_it_fetches_and_waits(
    place: Workplace, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.lists.feeds._PATIENCE", timedelta(0))
    monkeypatch.setattr("console.lists.feeds._AGAIN_SECONDS", 0.0)
    subscribe(place, server, "bets", BETS)
    with place.library.files.locked():
        told = update(place)
    assert results(told) == {"bets": Result.AWAY}
    assert "another command changes the lists" in told[0].because
    assert len(server.asked) == 1
    assert results(update(place, ["bets"])) == {"bets": Result.IN_FORCE}
    assert server.asked[1].headers["if-none-match"], "it is not fetched twice"


def test_two_updates_do_not_run_at_once_and_an_unknown_name_is_refused(
    place: Workplace, server: FeedServer
) -> None:
    assert update(place) == ()
    subscribe(place, server, "bets", BETS)
    with FeedStore(place.lists).updating(), pytest.raises(ListsBusy, match="another update"):
        update(place)
    with pytest.raises(ListRefused, match="no feed has this name"):
        update(place, ["pets"])


def test_a_copy_that_is_gone_is_fetched_again(place: Workplace, server: FeedServer) -> None:
    subscribe(place, server, "bets", BETS)
    update(place)
    store = FeedStore(place.lists)
    (store.copies / str(store.state("bets").copy_sha256)).unlink()
    assert results(update(place, ["bets"])) == {"bets": Result.UNCHANGED}
    assert "if-none-match" not in server.asked[1].headers


def test_an_update_that_is_killed_at_any_moment_leaves_nothing_half_done(
    place: Workplace, server: FeedServer, tmp_path: Path
) -> None:
    """While it fetches, and again and again while it reads, builds and records."""
    subscribe(place, server, "bets", BETS)
    update(place)
    subscribe(place, server, "slow", None)
    server.answers |= {"/slow": silent, "/bets": give(BETS + b"poker.test\n")}
    for seconds in (0.6, 0.9, 1.2, 1.5):
        process = subprocess.Popen([sys.executable, "-m", "console.cli.main", "lists", "update", "--now"])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert in_force(place)["bets"] in {2, 3}
    server.answers["/slow"] = give(GAMES)
    results_then = results(update(place, everything=True))
    assert results_then["slow"] is Result.IN_FORCE
    assert in_force(place) == {"bets": 3, "slow": 1}
    assert not list(tmp_path.rglob(".unfinished-*"))


def test_the_next_feed_that_is_due_is_known(place: Workplace, server: FeedServer, tmp_path: Path) -> None:
    store, now = FeedStore(place.lists), datetime.now(UTC)
    assert next_due(store, now) is None
    subscribe(place, server, "bets", BETS)
    assert next_due(store, now) == now
    update(place)
    due = next_due(store, now)
    assert due is not None
    assert timedelta(hours=23) < due - now < timedelta(hours=25)
    (tmp_path / "lists/feeds/state/bets.json").write_text("{")
    assert next_due(store, now) is None
