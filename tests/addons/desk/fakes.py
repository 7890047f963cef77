"""A desk that says what it is told to, and remembers what it was asked; presence that somebody sets."""

from collections.abc import Callable
from dataclasses import dataclass, field

from addons.desk.protocol import AnyAnswer, AnyQuestion, Away
from policy.presence import Presence


@dataclass
class FakeDesk:
    """Away until `answers` says something for a kind of question: an answer, or how to find one."""

    answers: dict[type[AnyQuestion], AnyAnswer | Callable[[AnyQuestion], AnyAnswer]] = field(
        default_factory=dict
    )
    asked: list[AnyQuestion] = field(default_factory=list)

    async def ask(self, question: AnyQuestion) -> AnyAnswer:
        self.asked.append(question)
        answer = self.answers.get(type(question), Away())
        return answer(question) if callable(answer) else answer


@dataclass
class PresenceNow:
    """What is in force, as the test set it."""

    presence: Presence = field(default_factory=Presence)
    looks: int = 0

    def refresh(self) -> bool:
        self.looks += 1
        return False
