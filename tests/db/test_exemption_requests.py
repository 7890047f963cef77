"""Requests in somebody's transaction: the same once at a time, decided once."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from db.engine import writing
from db.exemption_requests import ask, decide, find_request, join, refuse_decided, waiting
from policy.errors import RegisterRefused
from policy.registers import GranteeKind, TargetKind
from policy.words import RequestOutcome

NOW = datetime.now(UTC)
WANTED: dict[str, Any] = {
    "organisation": "",
    "grantee_kind": GranteeKind.PERSON,
    "grantee": "alice",
    "kind": TargetKind.HOST,
    "target": "a.test",
}
MORE = {"category": None, "purpose": "x", "decision": None, "requested_by": "", "asked_of": None}


def test_the_same_waits_once_and_may_be_asked_for_again_afterwards(engine: Engine) -> None:
    with writing(engine) as connection:
        assert waiting(connection, WANTED) is None
        asked = ask(connection, {**WANTED, **MORE}, NOW, restricted=False)
        assert waiting(connection, WANTED) == asked
        assert waiting(connection, {**WANTED, "target": "b.test"}) is None
    with pytest.raises(IntegrityError), writing(engine) as connection:
        ask(connection, {**WANTED, **MORE}, NOW, restricted=False)
    with writing(engine) as connection:
        decide(connection, asked, RequestOutcome.REFUSED, "no", NOW, restricted=False)
        assert waiting(connection, WANTED) is None
        assert ask(connection, {**WANTED, **MORE}, NOW, restricted=False).id != asked.id


def test_who_asks_again_is_counted(engine: Engine) -> None:
    with writing(engine) as connection:
        asked = ask(connection, {**WANTED, **MORE}, NOW, restricted=False)
        assert join(connection, asked).joined == 1
        assert find_request(connection, asked.id).joined == 1


def test_nothing_is_decided_twice_also_where_another_was_first(engine: Engine) -> None:
    with writing(engine) as connection:
        asked = ask(connection, {**WANTED, **MORE}, NOW, restricted=False)
        refuse_decided(asked)
        decide(connection, asked, RequestOutcome.REFUSED, "no", NOW, restricted=False)
        # As it was when this one looked.
        with pytest.raises(RegisterRefused, match="refused already"):
            decide(connection, asked, RequestOutcome.GRANTED, "yes", NOW, restricted=False)
        with pytest.raises(RegisterRefused, match="refused already"):
            refuse_decided(find_request(connection, asked.id))
