"""A desk that says what it is told to, and remembers what it was asked; presence that somebody sets."""

from collections.abc import Callable
from dataclasses import dataclass, field

from addons.desk.protocol import Answer, Away, Question
from policy.presence import Presence


@dataclass
class FakeDesk:
    """Away until `answers` says something for a kind of question: an answer, or how to find one."""

    answers: dict[type[Question], Answer | Callable[[Question], Answer]] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)

    async def ask(self, question: Question) -> Answer:
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
