"""TLS with clients and with origins."""

import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from mitmproxy import tls
from mitmproxy.options import Options
from mitmproxy.proxy import context
from mitmproxy.test import taddons

from addons.exchanges import state_of
from addons.settings import DestinationSettings
from addons.tls import GatewayTls, tls_options
from policy.errors import ConfigurationError
from tests.addons.gateway import Gateway, authority
from tests.addons.live import live
from tests.addons.wire import ORIGIN, Certificates, answering, ask, origin

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    made = Certificates(tmp_path_factory.mktemp("certificates"))
    made.make()
    return made


@pytest.mark.parametrize("http", ["http/1.1", "h2"])
async def test_a_strict_client_accepts_our_leaf_and_agrees_on_a_protocol(
    tmp_path: Path, certificates: Certificates, http: str
) -> None:
    """Python's own checks, which since 3.13 mind what RFC 5280 says; the origin speaks both."""
    async with (
        origin(answering(OK), certificates.for_origin("h2", "http/1.1")) as port,
        live(tmp_path, ports=(port,), trust=certificates.folder / "ca.pem") as at,
    ):
        strict = at.trusting(http)
        assert strict.verify_flags & ssl.VerifyFlags.VERIFY_X509_STRICT
        _, writer = await at.tunnel(ORIGIN, port, tls=strict)
        inside = writer.get_extra_info("ssl_object")
        assert inside.selected_alpn_protocol() == http
        assert inside.version() == "TLSv1.3"
        assert [name for kind, name in inside.getpeercert()["subjectAltName"]] == [ORIGIN]
        writer.close()


async def test_a_client_of_old_is_not_served(tmp_path: Path, certificates: Certificates) -> None:
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,)) as at,
    ):
        old = at.trusting()
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await at.tunnel(ORIGIN, port, tls=old)


async def test_an_origin_with_another_s_certificate_is_refused(
    tmp_path: Path, certificates: Certificates
) -> None:
    """It is trusted, but names another host."""
    async with (
        origin(answering(OK), certificates.for_origin()) as port,
        live(tmp_path, ports=(port,), trust=certificates.folder / "ca.pem") as at,
    ):
        reader, writer = await at.tunnel("fine.test", port)
        line, _, body = await ask(reader, writer, f"GET / HTTP/1.1\nHost: fine.test:{port}\n\n")
        assert line.startswith("HTTP/1.1 502")
        assert b"hello" not in body


def test_nothing_is_made_or_read_by_mitmproxy_s_own_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No authority in a home folder, no Diffie-Hellman file, no hook beyond the three."""
    monkeypatch.setenv("HOME", str(tmp_path))
    gateway = Gateway()
    with taddons.context(*gateway.chain.addons, options=Options(), loadcore=False) as at:
        at.options.update(confdir=str(tmp_path / "mitmproxy"))
        assert at.options.tls_version_client_min == "TLS1_2"
        assert at.options.tls_version_server_min == "TLS1_2"
    assert list(tmp_path.iterdir()) == []
    hooks = {name for name in dir(GatewayTls) if not name.startswith("_")}
    assert hooks == {"load", "tls_clienthello", "tls_start_client", "tls_start_server"}


async def test_a_tunnel_that_was_refused_finds_no_tls() -> None:
    gateway = Gateway()
    client = gateway.client()
    state_of(client).close_tls = True
    data = tls.TlsData(client, context.Context(client, gateway.options))
    gateway.tls.tls_start_client(data)
    assert data.ssl_conn is None


def test_options_trust_the_system_and_what_is_added(tmp_path: Path) -> None:
    plain = tls_options(DestinationSettings())
    assert plain["upstream_cert"] is False
    assert plain["ssl_insecure"] is False
    assert plain["ssl_verify_upstream_trusted_confdir"] or plain["ssl_verify_upstream_trusted_ca"]
    added = tmp_path / "ca.pem"
    added.write_bytes(authority().certificate.public_bytes(Encoding.PEM))
    assert tls_options(DestinationSettings(ca_file=added))["ssl_verify_upstream_trusted_ca"] == str(added)


@pytest.mark.parametrize("content", [None, b"<html>", b""])
def test_a_ca_file_that_is_none_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"destinations\.ca_file") as caught:
        tls_options(DestinationSettings(ca_file=path))
    assert "\n" not in str(caught.value)


def test_without_a_system_s_trust_mitmproxy_s_list_stands_in_and_nothing_can_be_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("addons.tls._system_folder", lambda: None)
    assert Path(tls_options(DestinationSettings())["ssl_verify_upstream_trusted_ca"]).is_file()
    added = tmp_path / "ca.pem"
    added.write_bytes(authority().certificate.public_bytes(Encoding.PEM))
    with pytest.raises(ConfigurationError, match="ca-certificates"):
        tls_options(DestinationSettings(ca_file=added))
