"""One Outcome for each final Decision."""

import pytest

from addons.exchanges import Exchange, exchange_of
from addons.stream.exits import BODIES, ENDED
from policy.words import Ended
from tests.addons.gateway import Gateway
from tests.samples import facts


async def test_an_answer_that_ended_is_accounted_for_once_whatever_comes_after() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", answer=False)
    flow.metadata[BODIES] = (7, 11)
    await gateway.answer(flow)
    await gateway.hook("error", flow)
    await gateway.hook("client_disconnected", flow.client_conn)
    [outcome] = gateway.outcomes
    assert (outcome.bytes_in, outcome.bytes_out, outcome.ended) == (7, 11, Ended.COMPLETE)
    assert outcome.duration_us >= 0


@pytest.mark.parametrize("ended", [Ended.CLIENT_LEFT, Ended.ORIGIN_LEFT, Ended.TIMEOUT])
async def test_one_that_broke_off_says_how(ended: Ended) -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", answer=False)
    flow.metadata[ENDED] = ended
    await gateway.hook("error", flow)
    [outcome] = gateway.outcomes
    assert (outcome.status, outcome.ended) == (None, ended)


async def test_it_may_come_after_the_client_has_left() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", answer=False)
    await gateway.hook("client_disconnected", flow.client_conn)
    assert gateway.outcomes == []
    await gateway.hook("error", flow)
    assert len(gateway.outcomes) == 1


async def test_a_connect_is_over_when_its_client_leaves() -> None:
    gateway = Gateway()
    connect = await gateway.connect("fine.test")
    await gateway.hook("client_disconnected", connect.client_conn)
    await gateway.hook("client_disconnected", connect.client_conn)
    [outcome] = gateway.outcomes
    assert (outcome.decision, outcome.status) == (gateway.decision.id, 200)


async def test_a_full_log_loses_the_outcome_and_counts_it() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", answer=False)
    gateway.log.full = True
    await gateway.answer(flow)
    assert gateway.outcomes == []
    assert gateway.chain.counts["log-full:outcome"] == 1


async def test_a_content_type_is_kept_without_parameters() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", answer=False)
    await gateway.answer(flow, headers=((b"CONTENT-TYPE", b"Text/HTML; charset=x; secret=y"),))
    assert gateway.outcomes[0].content_type == "text/html"


async def test_an_exchange_that_passed_unrecorded_has_no_outcome() -> None:
    gateway = Gateway()
    gateway.recorder.over(Exchange(None, facts()), Ended.COMPLETE)
    assert gateway.outcomes == []


async def test_an_undecrypted_tunnel_is_over_once() -> None:
    gateway = Gateway()
    tunnel = await gateway.connect("union.test")
    await gateway.hello(tunnel.client_conn, "union.test")
    for _ in range(2):
        gateway.chain.exits.tunnel_ended(tunnel.client_conn, 1, 2, Ended.COMPLETE)
    assert len(gateway.outcomes) == 1


async def test_every_final_decision_has_its_outcome() -> None:
    """Over everything this gateway does in a busy minute."""
    gateway = Gateway(never_decrypt=["pinned.test"])
    for host in ("fine.test", "bet.test", "union.test", "pinned.test"):
        await gateway.request(f"http://{host}/")
        tunnel = await gateway.connect(host)
        data = await gateway.hello(tunnel.client_conn, host)
        if data.ignore_connection:
            gateway.chain.exits.tunnel_ended(tunnel.client_conn, 1, 2, Ended.COMPLETE)
        else:
            await gateway.request(f"https://{host}/", client=tunnel.client_conn)
        await gateway.hook("client_disconnected", tunnel.client_conn)
    await gateway.connect("fine.test", 22)
    decided = sorted(d.id for d in gateway.log.decisions if d.final)
    assert sorted(o.decision for o in gateway.outcomes) == decided
    assert len(decided) == 13


async def test_the_page_that_answered_is_what_is_accounted_for() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", answer=False)
    page = gateway.chain.exits.page_for_failure(flow, Ended.TIMEOUT)
    flow.metadata[ENDED] = Ended.TIMEOUT
    await gateway.hook("error", flow)
    assert exchange_of(flow) is not None
    assert [(o.status, o.ended) for o in gateway.outcomes] == [(page.status_code, Ended.TIMEOUT)]
