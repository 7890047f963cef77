"""Where an exchange goes that the origin does not answer."""

import pytest

from addons.stream.exits import Exits
from policy.words import Ended, Reason, RecordLevel, Step, Verdict
from tests.addons.gateway import Gateway


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        (Ended.NO_SUCH_NAME, 502),
        (Ended.UNREACHABLE, 502),
        (Ended.BAD_CERTIFICATE, 502),
        (Ended.TIMEOUT, 504),
        (Ended.PRIVATE_ADDRESS, 403),
        (Ended.ORIGIN_LEFT, 502),
        (Ended.ERROR, 502),
    ],
)
async def test_what_could_not_be_had_is_told_under_the_reference_of_its_decision(
    ended: Ended, status: int
) -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", answer=False)
    page = gateway.chain.exits.page_for_failure(flow, ended)
    assert page.status_code == status
    reference = gateway.decision.reference
    assert f"{reference[:4]}-{reference[4:]}".encode() in (page.content or b"")
    assert len(gateway.log.decisions) == 1


async def test_a_flow_without_a_decision_is_a_failure_of_ours_and_recorded_as_one() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", answer=False)
    flow.metadata.clear()
    page = gateway.chain.exits.page_for_failure(flow, Ended.ERROR)
    assert page.status_code == 503
    assert gateway.decision.reason is Reason.UNDECIDABLE


async def test_what_is_not_http_is_recorded_as_refused() -> None:
    gateway = Gateway()
    tunnel = await gateway.connect("fine.test")
    gateway.chain.exits.not_http(tunnel.client_conn, "fine.test", 443)
    decision = gateway.decision
    assert (decision.step, decision.verdict, decision.reason, decision.final) == (
        Step.RAW,
        Verdict.BLOCK,
        Reason.NOT_HTTP,
        True,
    )
    assert gateway.outcomes[-1].decision == decision.id


async def test_what_is_not_http_at_a_privileged_host_names_nobody() -> None:
    gateway = Gateway()
    tunnel = await gateway.connect("union.test")
    gateway.chain.exits.not_http(tunnel.client_conn, "union.test", 443)
    assert gateway.decision.record is RecordLevel.CATEGORY


def test_what_is_no_request_is_counted_by_its_word_and_not_recorded() -> None:
    gateway = Gateway()
    exits: Exits = gateway.chain.exits
    for _ in range(2):
        assert exits.not_a_request("malformed").status_code == 400
    assert gateway.chain.counts == {"not-a-request:malformed": 2}
    assert gateway.log.decisions == []
