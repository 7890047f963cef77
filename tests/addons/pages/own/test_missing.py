"""What was missing from the page I was on: looked up for who asks, when they ask, and for nobody else."""

import re

import pytest

from addons.desk.protocol import MissingPieces, Piece, Pieces
from addons.pages.own import paths
from addons.pages.own.missing import MOST_SHOWN
from addons.pages.own.tokens import Tokens, Use
from tests.addons.pages.own.samples import NOBODY, PERSON, PIECES, get, post, shown
from tests.samples import NOW

ASKED = {"page": "https://news.example/today?id=7"}


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("https://news.example/today?id=7", "https://news.example"),
        ("news.example", "https://news.example"),
        ("News.Example/today", "https://news.example"),
        ("http://news.example", "http://news.example"),
    ],
)
def test_the_page_is_asked_for_by_scheme_and_host_for_who_asks(typed: str, page: str) -> None:
    _, desk = shown(post(paths.MISSING, {"page": typed, "person": "boss"}), {MissingPieces: PIECES})
    assert desk.asked == [MissingPieces("", "ab1234", page)]


def test_opening_the_page_looks_nothing_up() -> None:
    """Each look leaves a record, and a page can be opened by accident."""
    _, desk = shown(get(paths.MISSING), {MissingPieces: PIECES})
    assert desk.asked == []


def test_each_piece_is_shown_with_its_category_and_a_way_to_ask_for_it() -> None:
    text = shown(post(paths.MISSING, ASKED), {MissingPieces: PIECES})[0].body.decode()
    assert "pieces from 4 sites were blocked" in text
    assert "P2BB-BBBB" in text
    assert "Social media" in text
    assert "Request access to video.social.example for work" in text
    assert "Request access to bad.example" not in text  # nothing opens malware
    found = re.findall(r'href="/request-access\?t=([^"]+)"', text)
    topics = [Tokens(bytes(32)).open(token, Use.LINK, PERSON, NOW).topic for token in found]
    assert [(topic.host, topic.reference) for topic in topics] == [
        ("tracker.example", "P1AAAAAA"),
        ("video.social.example", "P2BBBBBB"),
        ("a.example", "P4DDDDDD"),
    ]


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        pytest.param(Pieces(()), 200, "blocked no piece", id="none"),
        pytest.param(Pieces((), told=False), 200, "kept without your name", id="nobody-is-named"),
        pytest.param(None, 503, "cannot look anything up", id="away"),
        pytest.param(Pieces((Piece("a.example", None, "P4DDDDDD"),)), 200, "pieces from one site", id="one"),
    ],
)
def test_what_came_of_it_is_said(answer: Pieces | None, status: int, says: str) -> None:
    page, _ = shown(post(paths.MISSING, ASKED), {MissingPieces: answer} if answer else {})
    assert page.status == status
    assert says in page.body.decode()
    assert 'value="https://news.example/today?id=7"' in page.body.decode()


@pytest.mark.parametrize("typed", ["", "a b", "javascript://x", "ftp://news.example", "https://"])
def test_what_names_no_page_is_not_looked_up(typed: str) -> None:
    page, desk = shown(post(paths.MISSING, {"page": typed}), {MissingPieces: PIECES})
    assert (page.status, desk.asked) == (422, [])


def test_nobody_in_particular_has_no_pieces() -> None:
    for request in (get(paths.MISSING, who=NOBODY), post(paths.MISSING, ASKED, who=NOBODY)):
        page, desk = shown(request, {MissingPieces: PIECES})
        assert (page.status, desk.asked) == (403, [])


def test_a_page_of_very_many_pieces_is_cut() -> None:
    many = Pieces(tuple(Piece(f"h{n}.example", None, "P4DDDDDD") for n in range(1000)))
    text = shown(post(paths.MISSING, ASKED), {MissingPieces: many})[0].body.decode()
    assert text.count('<th scope="row">') == MOST_SHOWN
