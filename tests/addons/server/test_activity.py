"""Counting what a worker carries."""

from mitmproxy import http
from mitmproxy.test import tflow

from addons.server.activity import DECISION, Activity
from policy.decision import Decision, Judgement
from policy.words import Reason, Verdict
from tests.samples import decision

REFUSED = decision(Judgement(Verdict.BLOCK, Reason.NO_PERSON, "bet.example"))
TO_CONFIRM = decision(Judgement(Verdict.CONFIRM, Reason.LISTED, "forum.example"))
ALLOWED = decision(Judgement(Verdict.ALLOW, Reason.NOT_LISTED, "news.example"))


def flow(made: Decision | None) -> http.HTTPFlow:
    exchange = tflow.tflow()
    exchange.metadata[DECISION] = made
    return exchange


def test_requests_and_what_was_not_allowed_are_counted_however_they_end() -> None:
    activity = Activity()
    for made in (REFUSED, ALLOWED, None, TO_CONFIRM):
        exchange = flow(made)
        activity.requestheaders(exchange)
        activity.response(exchange)
    abandoned = flow(REFUSED)
    activity.requestheaders(abandoned)
    activity.error(abandoned)
    assert (activity.requests, activity.blocked) == (5, 3)


def test_a_request_that_is_not_over_has_been_counted_but_not_judged() -> None:
    activity = Activity()
    activity.requestheaders(flow(REFUSED))
    assert (activity.requests, activity.blocked) == (1, 0)
