"""The protocol: nobody is named in it as who asks, and the service has all of it."""

import inspect
from typing import get_type_hints

import pytest

from console.review.protocol import Review
from tests.console.review.office import REVIEWER, Office

TOPICS = sorted(name for name, member in vars(Review).items() if isinstance(member, property))


def protocol(topic: str) -> type:
    found: type = get_type_hints(vars(Review)[topic].fget)["return"]
    return found


@pytest.mark.parametrize("topic", TOPICS)
def test_no_question_says_who_asks(topic: str) -> None:
    for name, function in vars(protocol(topic)).items():
        if inspect.isfunction(function) and not name.startswith("_"):
            given = set(inspect.signature(function).parameters)
            assert not given & {"actor", "reviewer", "login_of_who_asks", "as_login", "by", "user"}, name


@pytest.mark.parametrize("topic", TOPICS)
def test_the_service_has_every_question_with_the_same_arguments(shared: Office, topic: str) -> None:
    there = getattr(shared.by(REVIEWER), topic)
    for name, function in vars(protocol(topic)).items():
        if inspect.isfunction(function) and not name.startswith("_"):
            wanted = list(inspect.signature(function).parameters)[1:]
            assert list(inspect.signature(getattr(there, name)).parameters) == wanted, name
