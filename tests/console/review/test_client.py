"""The client: the protocol's own types and errors, whatever answers at the other end."""

import os
import pwd
import socket
import threading
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from console.review.answers import PastPiece
from console.review.client import over_socket, over_tls
from console.review.http.server import tls_listener, unix_listener
from db.replay import Asked, PastRequest
from db.review.accesses import AccessQuestion
from policy.errors import DatabaseAway, ReviewRefused
from policy.review.figures import StatisticsQuestion
from policy.review.question import Question
from policy.words import Reason, Verdict
from tests.console.review.serving import People, Tickets, Topic, serving, socket_of
from tests.journeys.harness.certificates import OriginAuthority

ME = pwd.getpwuid(os.getuid()).pw_name
DAY = date(2026, 11, 23)
PREVIEW = UUID(int=7)


def one_request(host: str) -> PastRequest:
    return PastRequest(
        host, None, by_name=True, visit=False, verdict=Verdict.BLOCK, reason=Reason.LISTED, replayable=True,
        decisions=3,
    )  # fmt: skip


def breaks_off(_preview: UUID) -> Iterator[PastPiece]:
    yield PastPiece(DAY, (one_request("first.test"),))
    raise RuntimeError("the rest of first.test cannot be had")


def running(**answers: object) -> Topic:
    return Topic(answers)  # type: ignore[arg-type]  # fit for what is tested


def test_over_the_socket_the_service_knows_the_account_that_asks(tmp_path: Path) -> None:
    people = People(ME)
    with serving([unix_listener(socket_of(tmp_path))], people):
        assert over_socket(socket_of(tmp_path)).who().login == ME


def test_a_path_that_is_too_long_for_an_address_is_asked_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30)
    folder.mkdir()
    with serving([unix_listener(socket_of(folder))], People(ME)):
        review = over_socket(socket_of(folder))
        assert [review.who().login for _ in range(2)] == [ME, ME]


def test_a_login_that_is_nobody_is_refused_in_the_services_own_words(tmp_path: Path) -> None:
    with (
        serving([unix_listener(socket_of(tmp_path))], People()),
        pytest.raises(ReviewRefused, match=f"^{ME} is nobody of the register$"),
    ):
        over_socket(socket_of(tmp_path)).who()


def test_arguments_and_answers_are_the_protocols_own_types_at_both_ends(tmp_path: Path) -> None:
    def lengths(_preview: UUID, asked: tuple[Asked, ...]) -> dict[int, int]:
        return {each.part: len(each.host) for each in asked}

    topic = running(people=lengths)
    with serving([unix_listener(socket_of(tmp_path))], People(ME, running=topic)):
        asked = (Asked(1, "a.test", None), Asked(2, "longer.test", "/x"))
        assert over_socket(socket_of(tmp_path)).running.people(PREVIEW, asked) == {1: 6, 2: 11}
    assert topic.asked == [("people", (PREVIEW, asked))]


def test_pieces_come_one_after_the_other(tmp_path: Path) -> None:
    days = [
        PastPiece(DAY, (one_request("a.test"),)),
        PastPiece(DAY, (one_request("b.test"), one_request("c.test"))),
    ]
    with serving(
        [unix_listener(socket_of(tmp_path))], People(ME, running=running(past=lambda *_: iter(days)))
    ):
        found = over_socket(socket_of(tmp_path)).running.past(PREVIEW)
        assert list(found) == days


def test_nothing_in_pieces_is_nothing(tmp_path: Path) -> None:
    with serving([unix_listener(socket_of(tmp_path))], People(ME, running=running(past=lambda *_: iter(())))):
        assert list(over_socket(socket_of(tmp_path)).running.past(PREVIEW)) == []


def test_an_answer_that_breaks_off_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    with serving([unix_listener(socket_of(tmp_path))], People(ME, running=running(past=breaks_off))):
        found = over_socket(socket_of(tmp_path)).running.past(PREVIEW)
        assert next(found).requests == (one_request("first.test"),)
        with pytest.raises(DatabaseAway, match="does not answer"):
            next(found)


def test_what_fails_in_the_service_is_away_and_says_nothing_of_it(tmp_path: Path) -> None:
    def fails(_days: int) -> None:
        raise RuntimeError("secret.test")

    with (
        serving([unix_listener(socket_of(tmp_path))], People(ME, running=running(most_visited=fails))),
        pytest.raises(DatabaseAway, match="the review service failed") as caught,
    ):
        over_socket(socket_of(tmp_path)).running.most_visited(3)
    assert "secret.test" not in str(caught.value)


def test_a_database_that_is_away_is_away_for_who_asks(tmp_path: Path) -> None:
    def away(_question: StatisticsQuestion) -> None:
        raise DatabaseAway("db.test/log: the database does not answer")

    question = StatisticsQuestion("p", "", date(2026, 1, 1), date(2026, 2, 1))
    with (
        serving([unix_listener(socket_of(tmp_path))], People(ME, figures=Topic({"statistics": away}))),
        pytest.raises(DatabaseAway, match="the database does not answer"),
    ):
        over_socket(socket_of(tmp_path)).figures.statistics(question)


def test_a_time_without_an_offset_is_nobodys_time(tmp_path: Path) -> None:
    topic = Topic({"looks": lambda *_: None})
    with serving([unix_listener(socket_of(tmp_path))], People(ME, watching=topic)):
        naive = datetime(2026, 11, 23, 9, 0)  # noqa: DTZ001 (what the test is about)
        with pytest.raises(ReviewRefused, match="since: a time needs its offset"):
            over_socket(socket_of(tmp_path)).watching.looks(AccessQuestion(naive, naive))
    assert topic.asked == []


def test_what_cannot_cross_the_wire_is_refused_in_one_line(tmp_path: Path) -> None:
    review = over_socket(tmp_path / "nobody-is-asked.sock")
    for ask in (
        lambda: review.authorities.grant("K7QF2M9T", "x" * 5000),
        lambda: review.authorities.grant("K7QF2M9T", "caf\udce9"),
        lambda: review.reviewing.search(Question("K7QF2M9T", "caf\udce9")),
    ):
        with pytest.raises(ReviewRefused, match="ask in other words") as refused:
            ask()
        assert "x" * 20 not in str(refused.value)


def test_where_no_service_is_it_is_away(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway, match=r"review\.sock: the review service does not answer"):
        over_socket(socket_of(tmp_path)).who()
    with pytest.raises(DatabaseAway, match="no review service is there"):
        over_socket(tmp_path / ("none" * 30) / "review.sock").who()


def test_over_tls_a_ticket_says_who_asks_and_each_question_needs_its_own(tmp_path: Path) -> None:
    authority, tickets = OriginAuthority(tmp_path), Tickets()
    pem = authority.issue("localhost")
    listener = tls_listener("127.0.0.1:0", pem, pem)
    port = listener.socket.getsockname()[1]
    with serving([listener], People("jane"), tickets):
        review = over_tls(f"https://localhost:{port}", authority.ca_file, lambda: tickets.give("jane"))
        assert [review.who().login for _ in range(3)] == ["jane"] * 3
        used = tickets.give("jane")
        again = over_tls(f"https://localhost:{port}", authority.ca_file, lambda: used)
        assert again.who().login == "jane"
        with pytest.raises(ReviewRefused, match="the ticket is not good"):
            again.who()


def test_a_certificate_of_somebody_else_is_not_spoken_to(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    authority, other, tickets = OriginAuthority(tmp_path), OriginAuthority(tmp_path / "other"), Tickets()
    pem = authority.issue("localhost")
    listener = tls_listener("127.0.0.1:0", pem, pem)
    port = listener.socket.getsockname()[1]
    with serving([listener], People("jane"), tickets):
        review = over_tls(f"https://localhost:{port}", other.ca_file, lambda: tickets.give("jane"))
        with pytest.raises(DatabaseAway, match="certificate"):
            review.who()
    assert tickets.open  # it was never sent


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", id="json-of-something-else"),
        pytest.param(b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", id="no-problem"),
        pytest.param(
            b"HTTP/1.1 500 Oh\r\nContent-Type: application/problem+json\r\nContent-Length: 4\r\n\r\n[{}]",
            id="a-problem-that-is-none",
        ),
        pytest.param(b"\x00\x01\x02\x03\r\n\r\n", id="no-http"),
    ],
)
def test_whatever_else_answers_there_is_away(tmp_path: Path, said: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_of(tmp_path)))
        listener.listen()

        def once() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(said)

        thread = threading.Thread(target=once)
        thread.start()
        with pytest.raises(DatabaseAway):
            over_socket(socket_of(tmp_path)).who()
        thread.join(10)
