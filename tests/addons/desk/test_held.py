"""What changed presence is passed on when every worker knows; everything else at once."""

import pytest

from addons.desk.held import HELD_SECONDS, HeldDesk
from addons.desk.protocol import (
    Acknowledge,
    Answer,
    Away,
    ChooseRole,
    Done,
    Known,
    MyRecord,
    NotDone,
    NotKnown,
    Question,
    SignIn,
    SignOut,
    Spend,
    StatePurpose,
)
from addons.server.service import PRESENCE_SECONDS
from policy.words import PersonHow
from tests.addons.desk.fakes import FakeDesk, PresenceNow
from tests.samples import NOW

ACKNOWLEDGE = Acknowledge("", "jane", "1", PersonHow.PAGE)
SIGN_IN = SignIn("jane", "secret", "192.0.2.77")


@pytest.mark.parametrize(
    ("question", "answer", "held"),
    [
        (ACKNOWLEDGE, Done(), True),
        (StatePurpose("", "jane", "social.example", "social_media", "work", "K7QF2M9T"), Done(), True),
        (ChooseRole("", "jane", "licensing"), Done(), True),
        (SIGN_IN, Known("", "jane"), True),
        (SignOut("192.0.2.77"), Done(), True),
        (ACKNOWLEDGE, Away(), False),
        (ChooseRole("", "jane", "chief"), NotDone("not-held"), False),
        (SIGN_IN, NotKnown("wrong"), False),
        (Spend(b"n", NOW), Done(), False),
        (MyRecord("", "jane"), Away(), False),
    ],
    ids=repr,
)
async def test_an_answer_is_held_back_where_something_changed(
    question: Question, answer: Answer, held: bool
) -> None:
    presence, waits = PresenceNow(), list[float]()

    async def pause(seconds: float) -> None:
        assert presence.looks == 1, "this worker has looked before"
        waits.append(seconds)

    desk = HeldDesk(FakeDesk({type(question): answer}), presence, pause)
    assert await desk.ask(question) == answer
    assert waits == ([HELD_SECONDS] if held else [])
    assert presence.looks == held


def test_it_is_held_for_longer_than_workers_take_to_look() -> None:
    assert HELD_SECONDS > PRESENCE_SECONDS
