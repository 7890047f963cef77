"""What plain HTTP and HTTPS through the gateway look like on the wire."""

from tests.addons.wire import (
    ORIGIN,
    Certificates,
    H2Peer,
    answering,
    ask,
    gateway,
    h2_client,
    h2_origin,
    origin,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


async def test_requests_over_one_connection_share_one_to_their_origin(certificates: Certificates) -> None:
    async with origin(answering(OK)) as port, gateway(certificates.folder) as at:
        reader, writer = await at.connect()
        for _ in range(3):
            line, _, body = await ask(
                reader, writer, f"GET http://{ORIGIN}:{port}/x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n"
            )
            assert (line, body) == ("HTTP/1.1 200 OK", b"hello")
        assert at.chain.connects_to == [(ORIGIN, port)]
        assert at.chain.ends == [("/x", "response", None)] * 3


async def test_https_over_http1(certificates: Certificates) -> None:
    async with origin(answering(OK), certificates.for_origin()) as port, gateway(certificates.folder) as at:
        reader, writer = await at.tunnel(port, "http/1.1")
        line, _, body = await ask(reader, writer, f"GET /x HTTP/1.1\nHost: {ORIGIN}:{port}\n\n")
        assert (line, body) == ("HTTP/1.1 200 OK", b"hello")


async def hello(peer: H2Peer, stream: int) -> None:
    """200, hello."""
    peer.h2.send_headers(stream, [(":status", "200")])
    peer.h2.send_data(stream, b"hello", end_stream=True)
    peer.flush()


async def test_https_over_http2(certificates: Certificates) -> None:
    async with (
        origin(h2_origin(hello), certificates.for_origin("h2")) as port,
        gateway(certificates.folder) as at,
        h2_client(at, port) as client,
    ):
        streams = [client.request(port, f"/{n}") for n in range(20)]
        await client.until(lambda: client.ended >= set(streams))
        assert {client.bodies[stream] for stream in streams} == {b"hello"}
        assert at.chain.connects_to == [(ORIGIN, port)]
