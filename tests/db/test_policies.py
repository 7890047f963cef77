"""The policies that gateways ran with: each once, to the letter, for as long as somebody's proof names it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.dispose import dispose
from db.engine import writing
from db.policies import PolicyTexts
from db.presence import PresenceStore
from policy.document import read_policy
from policy.words import PersonHow
from tests.db.ageing import days_ago

NOW = datetime.now(UTC)
POLICY = read_policy()


def test_a_policy_is_kept_to_the_letter_and_once(engine: Engine) -> None:
    texts = PolicyTexts(engine)
    assert texts.record(POLICY.digest, POLICY.text, "gateway-1")
    assert not texts.record(POLICY.digest, POLICY.text, "gateway-2")
    assert texts.text(POLICY.digest) == POLICY.text
    assert texts.text("bb" * 32) is None
    (known,) = texts.history()
    assert (known.digest, known.gateway) == (POLICY.digest, "gateway-1")


def test_the_one_seen_last_comes_first(engine: Engine) -> None:
    for day, digest in enumerate(("aa", "bb", "cc")):
        PolicyTexts(engine, now=lambda day=day: NOW + timedelta(days=day)).record(digest, "x", "g")  # type: ignore[misc]  # a default binds the day
    assert [known.digest for known in PolicyTexts(engine).history()] == ["cc", "bb", "aa"]


@pytest.mark.parametrize("statement", ["UPDATE policy_text SET text = 'x'", "DELETE FROM policy_text"])
def test_no_policy_is_changed_or_deleted(engine: Engine, statement: str) -> None:
    PolicyTexts(engine).record("aa", "x", "g")
    with pytest.raises(DBAPIError), writing(engine) as connection:
        connection.execute(text(statement))


def test_a_text_that_somebody_was_shown_outlives_others_as_does_the_last_one(engine: Engine) -> None:
    texts = PolicyTexts(engine)
    texts.record("shown", "x", "g")
    texts.record("other", "x", "g")
    days_ago(engine, 2_000, "policy_text")
    # Read long after the policy was first seen, so the proof is younger than the text.
    PresenceStore(engine).acknowledge("", "jane", "1", how=PersonHow.PAGE, policy="shown")
    days_ago(engine, 300, "policy_text", "acknowledgement")
    texts.record("last", "x", "g")
    dispose(engine, POLICY, datetime.now(UTC))
    assert {known.digest for known in texts.history()} == {"shown", "last"}
    days_ago(engine, 2_500, "policy_text", "acknowledgement")
    dispose(engine, POLICY, datetime.now(UTC))
    assert {known.digest for known in texts.history()} == {"last"}
