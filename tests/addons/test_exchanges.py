"""What is remembered of a connection, and for how long."""

import gc
import weakref

from addons.exchanges import EXCHANGE, ClientState, Exchange, exchange_of, state_of
from addons.facts import Tunnel
from policy.facts import Name
from policy.words import NameSource
from tests.addons.gateway import Gateway


def test_a_connection_is_remembered_while_it_lives_and_no_longer() -> None:
    gateway = Gateway()
    client = gateway.client("192.0.2.5")
    state = state_of(client)
    assert (state.client_ip, state.claim) == ("192.0.2.5", None)
    assert state_of(client) is state
    assert state_of(gateway.client()) is not state
    remembered = weakref.ref(state)
    del client, state
    gc.collect()
    assert remembered() is None


def test_a_destination_is_open_while_any_exchange_needs_it() -> None:
    state = ClientState("192.0.2.5")
    here = ("fine.test", 443)
    state.open(here)
    state.open(here)
    state.close(here)
    assert here in state.open_to
    state.close(here)
    state.close(here)
    assert here not in state.open_to


async def test_the_exchange_of_a_flow_is_found_once_its_decision_is_recorded() -> None:
    gateway = Gateway()
    flow = await gateway.request("http://fine.test/", answer=False)
    exchange = exchange_of(flow)
    assert isinstance(exchange, Exchange)
    assert exchange.decision == gateway.decision
    del flow.metadata[EXCHANGE]
    assert exchange_of(flow) is None


def test_a_redirected_connection_leads_somewhere_from_the_start() -> None:
    gateway = Gateway()
    assert state_of(gateway.client()).tunnel is None
    tunnel = state_of(gateway.redirected("203.0.113.7", 80)).tunnel
    assert tunnel == Tunnel(Name(NameSource.ADDRESS, "203.0.113.7"), 80)
    assert tunnel.redirected
