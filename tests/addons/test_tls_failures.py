"""Clients that do not accept our certificate, on real sockets; and what is not their doing."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from policy.registers import BreakGlass, Registers
from tests.addons.gateway import NOW, Gateway
from tests.addons.live import Live, live
from tests.addons.wire import ORIGIN, Certificates, answering, ask, origin

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
TODAY = NOW.date().isoformat()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    made = Certificates(tmp_path_factory.mktemp("certificates"))
    made.make()
    return made


async def distrusts(at: Live, port: int) -> None:
    """As browsers do it: with an alert. asyncio's own client would hang up without one."""
    reader, writer = await at.raw_tunnel(ORIGIN, port)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=ORIGIN)
    with pytest.raises(ssl.SSLCertVerificationError):
        while True:
            try:
                client.do_handshake()
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                incoming.write(await reader.read(1 << 16))
    writer.write(outgoing.read())
    await reader.read()
    writer.close()


async def goes_away_in_the_handshake(at: Live, port: int) -> None:
    reader, writer = await at.raw_tunnel(ORIGIN, port)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    hello = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=ORIGIN)
    with pytest.raises(ssl.SSLWantReadError):
        hello.do_handshake()
    writer.write(outgoing.read())
    await reader.read(1)
    writer.close()


async def goes_away_after_it(at: Live, port: int) -> None:
    _, writer = await at.tunnel(ORIGIN, port)
    writer.close()


async def uses_it(at: Live, port: int) -> None:
    reader, writer = await at.tunnel(ORIGIN, port)
    await ask(reader, writer, f"GET / HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
    writer.close()


async def offers_no_cipher_of_ours(at: Live, port: int) -> None:
    old = at.trusting()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers("AES128-SHA")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await at.tunnel(ORIGIN, port, tls=old)


@pytest.mark.parametrize(
    ("does", "counts", "failures"),
    [
        pytest.param(distrusts, (1, 0, 0), 1, id="refused"),
        pytest.param(goes_away_in_the_handshake, (0, 1, 0), 1, id="left-in-the-handshake"),
        pytest.param(goes_away_after_it, (0, 1, 0), 0, id="left-after-it"),
        pytest.param(uses_it, None, 0, id="used"),
        pytest.param(offers_no_cipher_of_ours, None, 1, id="nothing-to-do-with-trust"),
    ],
)
async def test_a_host_is_named_where_its_clients_turn_away(
    tmp_path: Path,
    certificates: Certificates,
    does: Callable[[Live, int], object],
    counts: tuple[int, int, int] | None,
    failures: int,
) -> None:
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,), trust=certificates.folder / "ca.pem") as at,
    ):
        table, counted = at.gateway.chain.tls_table, at.gateway.chain.counts
        await does(at, port)  # type: ignore[misc]  # one of those above
        await at.settled(lambda: not any(one.client.connected for one in at.carried))
        await asyncio.sleep(0.05)
        if counts is None:
            assert table.hosts == {}
        else:
            turned = table.hosts[ORIGIN]
            assert (turned.refused, turned.left, turned.used) == counts
            assert turned.last == TODAY
        assert counted["tls-failed:client"] == failures


async def test_others_who_use_it_all_the_same_are_counted_beside(
    tmp_path: Path, certificates: Certificates
) -> None:
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,), trust=certificates.folder / "ca.pem") as at,
    ):
        await distrusts(at, port)
        await at.settled(lambda: ORIGIN in at.gateway.chain.tls_table.hosts)
        await uses_it(at, port)
        assert at.gateway.chain.tls_table.hosts[ORIGIN].used == 1


async def test_a_privileged_host_is_never_named(tmp_path: Path, certificates: Certificates) -> None:
    """It is not decrypted; but a list may come between a handshake and the connection's end."""
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,), trust=certificates.folder / "ca.pem") as at,
    ):
        _, writer = await at.tunnel(ORIGIN, port)
        at.gateway.rulesets.ruleset = Gateway(listed={ORIGIN: "privileged"}).rulesets.ruleset
        writer.close()
        await at.settled(lambda: not any(one.client.connected for one in at.carried))
        await asyncio.sleep(0.05)
        assert at.gateway.chain.tls_table.hosts == {}


async def test_nobody_is_named_while_break_glass_is_open(tmp_path: Path, certificates: Certificates) -> None:
    """As it begins, connections that are looked into are closed: by us, and whatever host they led to."""
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,), trust=certificates.folder / "ca.pem") as at,
    ):
        _, writer = await at.tunnel(ORIGIN, port)
        opening = BreakGlass("K7QF2M9T", NOW, NOW + timedelta(minutes=30))
        at.gateway.registers.registers = Registers.of(break_glass=opening)
        writer.close()
        await at.settled(lambda: not any(one.client.connected for one in at.carried))
        await asyncio.sleep(0.05)
        assert at.gateway.chain.tls_table.hosts == {}


async def test_an_origin_that_is_not_trusted_is_counted_without_a_name(
    tmp_path: Path, certificates: Certificates
) -> None:
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,)) as at,
    ):
        reader, writer = await at.tunnel(ORIGIN, port)
        await ask(reader, writer, f"GET / HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
        writer.close()
        assert at.gateway.chain.counts["tls-failed:origin"] >= 1
        assert ORIGIN not in at.gateway.chain.tls_table.hosts
