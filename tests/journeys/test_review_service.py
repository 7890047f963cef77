"""
The review service as it runs in use: a process with a login of its own, asked by accounts of this machine
over its socket and by logins of the database over TLS, while people leave, the database goes away and the
service is killed.
"""

import os
import pwd
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from pydantic import SecretStr

from console.review.client import over_socket, over_tls
from console.review.protocol import Review
from db.engine import make_engine
from db.people import PeopleStore
from db.review.accesses import AccessQuestion, Looked
from db.review.tickets import ask_ticket
from db.settings import DatabaseSettings
from policy.errors import DatabaseAway, ReviewRefused
from policy.identifiers import show_reference
from policy.review.authority import Authority, Terms
from policy.review.question import Question
from policy.words import Purpose, ReviewerRole
from tests.db.examples import decision
from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.reviewing import SERVICE, Station, station
from tests.postgres import PostgresServer, postgres

__all__ = ["postgres"]

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can be several accounts"),
]

# Accounts that every machine has, and who they are to the register of people.
OFFICES = {
    "mail": ["Professional Standards"],
    "news": ["Chief Executive and Monitoring Officer"],
    "uucp": ["Internal Auditor"],
    "games": ["ICT Service Desk"],
    "www-data": [],
    "lp": ["Professional Standards"],
}
REVIEWER, GRANTER, AUDITOR, OPERATOR, SUBJECT, LEAVER = OFFICES
STRANGER, JOB = "sync", "daemon"
HOST = "marked-by-nobody.test"
MATTER = "PSD/2026/014"


class Machine:
    """Where the service runs: its socket, its address, and its log."""

    def __init__(self, made: Station, name: str = "first") -> None:
        self.station = made
        self.socket = made.folder / name / "review.sock"
        self.socket.parent.mkdir(mode=0o755)
        made.folder.chmod(0o711)  # who is on the machine may connect; who that is, the kernel says
        self.authority = OriginAuthority(made.folder)
        self.log = ""
        self.port = 0
        pem = str(self.authority.issue("localhost"))
        self._settings = made.settings(SERVICE) | {
            "SLUICEGATE_REVIEW__SOCKET": str(self.socket),
            "SLUICEGATE_REVIEW__KNOWN_BY": "account",
            "SLUICEGATE_REVIEW__PROGRAMS": JOB,
            "SLUICEGATE_REVIEW__LISTEN": "127.0.0.1:0",
            "SLUICEGATE_REVIEW__CERTIFICATE": pem,
            "SLUICEGATE_REVIEW__KEY": pem,
        }

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[str]]:
        """The service, for as long as the block lasts."""
        command = [sys.executable, "-m", "console.cli.main", "review", "serve"]
        with subprocess.Popen(command, env=self._settings, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            for line in process.stderr:
                self.log += line
                if found := re.search(r"answers at .* and 127\.0\.0\.1:(\d+)$", line):
                    self.port = int(found[1])
                    break
            else:
                raise AssertionError(f"the review service did not start: {self.log}")
            try:
                yield process
            finally:
                process.terminate()
                self.log += process.communicate(timeout=30)[1]

    def ask(self, account: str) -> Review:
        """What this account of the machine may ask."""
        return cast("Review", _As(pwd.getpwnam(account).pw_uid, over_socket(self.socket)))

    def ask_with_tickets(self, login: str) -> Review:
        """What this login of the database may ask from elsewhere."""
        url = SecretStr(self.station.settings(login)["SLUICEGATE_DATABASE__URL"])
        engine = make_engine(DatabaseSettings(url=url), self.station.folder)
        return over_tls(f"https://localhost:{self.port}", self.authority.ca_file, lambda: ask_ticket(engine))

    def accesses(self, actor: str) -> list[Looked]:
        """What the auditor finds of somebody, oldest first."""
        now = datetime.now(UTC)
        question = AccessQuestion(now - timedelta(hours=1), now + timedelta(hours=1), actor=actor, size=200)
        return list(reversed(self.ask(AUDITOR).watching.looks(question).rows))


class _As:
    """Connects as another account: that is what the kernel tells the service."""

    def __init__(self, account: int, inner: Any) -> None:
        self._account = account
        self._inner = inner

    def __getattr__(self, name: str) -> "_As":
        return _As(self._account, getattr(self._inner, name))

    def __call__(self, *arguments: object) -> Any:
        os.seteuid(self._account)
        try:
            return self._inner(*arguments)
        finally:
            os.seteuid(0)


@pytest.fixture(scope="module")
def machine(postgres: PostgresServer) -> Iterator[Machine]:
    with station(postgres, REVIEWER, GRANTER, SUBJECT) as made:
        made.enter(OFFICES)
        now = datetime.now(UTC)
        common: dict[str, Any] = {"organisation": None, "person": SUBJECT, "host": HOST}
        made.record(
            [
                *(decision(**common, at=now - timedelta(minutes=10 + minute)) for minute in range(5)),
                decision(**{**common, "person": REVIEWER}, at=now - timedelta(minutes=9)),
                decision(**{**common, "person": "somebody"}, at=now - timedelta(minutes=8)),
                *(
                    decision(
                        **{**common, "person": f"p{number}", "host": "many.test"}, at=now - timedelta(hours=1)
                    )
                    for number in range(12)
                ),
            ]
        )
        machine = Machine(made)
        with machine.serving():
            yield machine


def terms(*people: str) -> Terms:
    now = datetime.now(UTC)
    return Terms(
        organisation="",
        role=ReviewerRole.PROFESSIONAL_STANDARDS,
        matter=MATTER,
        purpose=Purpose.BREACH,
        necessity="a complaint names this person and what was opened",
        proportionality="one person, and the days that the complaint is about",
        less_intrusive="they were asked and denied it; no other record shows it",
        people=people,
        units=(),
        since=now - timedelta(days=2),
        until=now + timedelta(days=1),
        categories=(),
        allowed_visits=True,
        sealed=False,
        days=7,
        renews=None,
    )


def granted(machine: Machine, *people: str) -> Authority:
    asked = machine.ask(REVIEWER).authorities.request(terms(*(people or (SUBJECT,))))
    return machine.ask(GRANTER).authorities.grant(asked.id, "it is necessary and no more than that")


def question(authority: Authority, **more: Any) -> Question:
    return Question(authority=authority.id, purpose=f"matter {MATTER}", **more)


def test_accounts_ask_within_what_another_account_granted(machine: Machine) -> None:
    authority = granted(machine)
    found = machine.ask(REVIEWER).reviewing.search(question(authority))
    assert {one.visit.person for one in found.answer.visits} == {SUBJECT}
    assert len(found.answer.visits) == 5
    access = machine.accesses(REVIEWER)[-1]
    assert (access.id, access.authority) == (found.bounds.access, authority.id)
    assert (access.actor, access.via) == (REVIEWER, SERVICE)
    assert (access.rows_seen, access.result) == (5, "shown")


@pytest.mark.parametrize(
    ("account", "says"),
    [
        pytest.param(GRANTER, "not one that you may look within", id="who-granted-it"),
        pytest.param(AUDITOR, "not one that you may look within", id="the-auditor"),
        pytest.param(OPERATOR, "not one that you may look within", id="an-operator"),
        pytest.param(SUBJECT, "not one that you may look within", id="whom-it-names"),
        pytest.param(STRANGER, "not in the register of people", id="nobody-of-the-register"),
        pytest.param("root", "a program is named in review.programs", id="root"),
    ],
)
def test_no_other_account_is_shown_a_row_and_each_try_is_on_record(
    machine: Machine, account: str, says: str
) -> None:
    authority = granted(machine)
    with pytest.raises(ReviewRefused, match=says):
        machine.ask(account).reviewing.search(question(authority))
    last = [one for one in machine.accesses(account) if one.what.startswith("review")][-1]
    assert str(last.result).startswith("refused: ")
    assert last.rows_seen == 0


def test_nobody_is_shown_their_own_rows_though_an_authority_names_their_unit(machine: Machine) -> None:
    asked = machine.ask("lp").authorities.request
    with pytest.raises(ReviewRefused, match="your own unit"):
        asked(Terms(**{**_plain(terms()), "people": (), "units": ("CID",)}))


def test_an_authority_that_ends_between_two_questions_has_ended(machine: Machine) -> None:
    authority = granted(machine)
    first = machine.ask(REVIEWER).reviewing.search(question(authority, size=2))
    machine.ask(GRANTER).authorities.revoke(authority.id, "the complaint was withdrawn")
    with pytest.raises(ReviewRefused, match="was revoked"):
        machine.ask(REVIEWER).reviewing.search(question(authority, size=2, after=first.answer.after))


def test_who_leaves_between_two_questions_is_nobody(machine: Machine) -> None:
    assert machine.ask(LEAVER).who().login == LEAVER
    engine = make_engine(
        DatabaseSettings(url=SecretStr(machine.station.settings("postgres")["SLUICEGATE_DATABASE__URL"])),
        machine.station.folder,
    )
    PeopleStore(engine).disable("", LEAVER, because="left the force")
    engine.dispose()
    with pytest.raises(ReviewRefused, match="disabled"):
        machine.ask(LEAVER).who()


def test_from_elsewhere_a_login_asks_with_tickets_and_without_one_nobody(machine: Machine) -> None:
    authority = granted(machine)
    found = machine.ask_with_tickets(REVIEWER).reviewing.search(question(authority))
    assert len(found.answer.visits) == 5
    address = f"https://localhost:{machine.port}"
    for ticket in ("0" * 64, "' OR true --"):
        with pytest.raises(ReviewRefused):
            over_tls(address, machine.authority.ca_file, lambda ticket=ticket: ticket).who()  # type: ignore[misc]  # a lambda's default


def test_what_an_operator_sees_names_nobody_and_a_program_is_told_only_what_many_visit(
    machine: Machine,
) -> None:
    since = datetime.now(UTC) - timedelta(hours=2)
    shown = machine.ask(OPERATOR).running.decisions(since, False, None, 100)
    assert {one.host for one in shown} == {HOST, "many.test"}
    assert SUBJECT not in repr(shown)
    assert [one.host for one in machine.ask(JOB).running.most_visited(10)] == ["many.test"]
    with pytest.raises(ReviewRefused):
        machine.ask(JOB).running.decisions(since, False, None, 100)
    with pytest.raises(ReviewRefused):
        machine.ask(REVIEWER).running.decisions(since, False, None, 100)


def test_many_who_ask_at_once_are_each_answered_as_themselves_or_told_to_come_again(machine: Machine) -> None:
    authority = granted(machine)
    review = machine.ask_with_tickets(REVIEWER)

    def once(_: int) -> str:
        try:
            return str(len(review.reviewing.search(question(authority)).answer.visits))
        except DatabaseAway as away:
            return "again" if "too many" in str(away) else str(away)

    with ThreadPoolExecutor(12) as many:
        answers = set(many.map(once, range(36)))
    assert {"5"} <= answers <= {"5", "again"}


def test_a_service_that_was_killed_starts_again_in_its_place(
    machine: Machine,
) -> None:
    second = Machine(machine.station, "second")
    with second.serving() as service:
        service.kill()
        service.wait(30)
        with pytest.raises(DatabaseAway):
            second.ask(REVIEWER).who()
        with second.serving():
            assert second.ask(REVIEWER).who().login == REVIEWER


def test_while_the_database_is_away_so_is_the_answer_and_then_it_is_back(
    machine: Machine, postgres: PostgresServer
) -> None:
    authority = granted(machine)
    postgres.stop("immediate")
    try:
        with pytest.raises(DatabaseAway, match="database"):
            machine.ask(REVIEWER).reviewing.search(question(authority))
    finally:
        postgres.start()
    assert len(machine.ask(REVIEWER).reviewing.search(question(authority)).answer.visits) == 5


def test_nothing_of_rows_people_or_matters_is_in_the_services_log(machine: Machine) -> None:
    authority = granted(machine)
    machine.ask(REVIEWER).reviewing.search(question(authority))
    for mark in (HOST, MATTER, SUBJECT, "Traceback", show_reference(authority.id)):
        assert mark not in machine.log.replace(str(machine.station.folder), "")


def _plain(given: Terms) -> dict[str, Any]:
    return {name: getattr(given, name) for name in Terms.__slots__}
