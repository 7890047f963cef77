"""A gateway's addons on fakes with behaviour: a Ruleset in a dictionary, a log in a list."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_network
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from mitmproxy import connection, http, tls
from mitmproxy.proxy import context, server_hooks
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import tflow, tutils
from mitmproxy.test.taddons import context as options_context

from addons.ca import CertificateAuthority, make_ca
from addons.ca.client import SigningFailed
from addons.ca.leaf import leaf_of
from addons.chain import Chain, build_chain
from addons.desk.settings import PagesSettings
from addons.gatekeeper import Gatekeeper
from addons.identity.settings import IdentitySettings
from addons.never_decrypt import NeverDecrypt
from addons.recorder import Recorder
from addons.settings import DestinationSettings, LimitSettings
from addons.snapshots import Parts
from addons.tls import GatewayTls
from db.settings import WhenFull
from policy.decision import Decision, Outcome
from policy.document import Policy
from policy.errors import DecisionLogUnavailable
from policy.match import Match
from policy.presence import Presence
from policy.registers import Registers, hosts_upwards
from policy.words import EntryKind, FoundBy
from tests.addons.desk.fakes import FakeDesk, PresenceNow
from tests.samples import policy_with_authority

NOW_IN_FACT = datetime.now(UTC)
NOW = datetime(2026, 3, 4, 12, 30, 15, 123456, tzinfo=UTC)

LISTED = {
    "bet.test": "gambling",
    "malware.test": "malware",
    "social.test": "social_media",
    "update.test": "essential",
    "union.test": "privileged",
    "203.0.113.66": "gambling",
}


class DictionaryRuleset:
    """Host entries, and prefixes as `host/path`."""

    digest = "d" * 64

    def __init__(self, listed: Mapping[str, str]) -> None:
        self._listed = listed

    def matches(self, host: str, target: str = "/") -> tuple[Match, ...]:
        return tuple(self._matches(host, target))

    def _matches(self, host: str, target: str) -> Iterable[Match]:
        for line, (entry, category) in enumerate(self._listed.items(), 1):
            listed, slash, path = entry.partition("/")
            kind = EntryKind.PREFIX if slash else EntryKind.HOST
            by_host = not slash and listed in hosts_upwards(host)
            if by_host or (slash and host == listed and target.startswith("/" + path)):
                yield Match(category, category, line, entry, kind, FoundBy.HOST_INDEX, host)


@dataclass
class Rulesets:
    ruleset: DictionaryRuleset


@dataclass
class RegistersNow:
    registers: Registers = field(default_factory=Registers)


class MemoryLog:
    """Keeps what it is given, until told that the disk is full."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []
        self.outcomes: list[Outcome] = []
        self.full = False

    def record(self, decision: Decision) -> None:
        if self.full:
            raise DecisionLogUnavailable("full")
        self.decisions.append(decision)

    async def record_soon(self, decision: Decision) -> None:
        self.record(decision)

    def outcome(self, outcome: Outcome) -> None:
        if self.full:
            raise DecisionLogUnavailable("full")
        self.outcomes.append(outcome)


@dataclass
class Carried:
    """A client connection, as far as what stands is told of it."""

    client: connection.Client
    state: str = "open"

    def drain(self, patience: float) -> None:
        self.state = f"ends when idle for {patience:.0f} s"

    def close(self) -> None:
        self.state = "closed"


@cache
def authority() -> CertificateAuthority:
    return make_ca("Example Force", datetime.now(UTC))


class LocalSigner:
    """Signs in this very process, until told to be away."""

    def __init__(self, authority: CertificateAuthority) -> None:
        self.authority = authority
        self.signed: list[str] = []
        self.away = False
        self._told: Callable[[tuple[bytes, ...]], None] = lambda _chain: None

    def start(self, told: Callable[[tuple[bytes, ...]], None]) -> None:
        self._told = told
        self.switch(self.authority)

    def switch(self, authority: CertificateAuthority) -> None:
        """Put another authority in force."""
        self.authority = authority
        self._told(tuple(one.public_bytes(Encoding.DER) for one in authority.sent))

    async def sign(self, host: str, key: bytes) -> bytes:
        if self.away:
            raise SigningFailed("away")
        self.signed.append(host)
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
        leaf = leaf_of(self.authority, host, point, datetime.now(UTC))
        await asyncio.sleep(0)
        return leaf

    def close(self) -> None:
        pass


class Gateway:
    """The chain, and a client's way through its hooks without a network."""

    def __init__(
        self,
        *,
        listed: Mapping[str, str] | None = None,
        registers: Registers | None = None,
        presence: Presence | None = None,
        policy: Policy | None = None,
        identity: IdentitySettings | None = None,
        never_decrypt: Iterable[str] = (),
        # These, of a range for documentation, stand for outside addresses.
        inner: Iterable[str] = ("203.0.113.0/24",),
        when_full: WhenFull = WhenFull.BLOCK,
        limits: LimitSettings | None = None,
        destinations: DestinationSettings | None = None,
        **parts: Any,
    ) -> None:
        self.log = MemoryLog()
        self.signer = LocalSigner(authority())
        self.rulesets = Rulesets(DictionaryRuleset(LISTED if listed is None else listed))
        self.registers = RegistersNow(registers or Registers())
        self.presence = PresenceNow(presence or Presence())
        self.desk = FakeDesk()
        self.parts = Parts(
            gateway="test",
            policy=policy or policy_with_authority(),
            rulesets=self.rulesets,
            registers=self.registers,
            presence=self.presence,
            desk=self.desk,
            spool=self.log,
            signs=self.signer,
            never_decrypt=NeverDecrypt(frozenset(never_decrypt)),
            limits=limits or LimitSettings(),
            destinations=destinations or DestinationSettings(inner=tuple(map(ip_network, inner))),
            identity=identity or IdentitySettings(),
            pages=PagesSettings(),
            page_key=b"K" * 32,
            when_full=when_full,
            listening=(("192.0.2.200", 8080),),
            now=lambda: NOW,
            **parts,
        )
        self.chain: Chain = build_chain(self.parts)
        self.chain.certificates.start()
        self.gatekeeper = self.addon(Gatekeeper)
        self.recorder = self.addon(Recorder)
        self.options = options_context(loadcore=False).options

    def addon[T](self, kind: type[T]) -> T:
        [found] = [addon for addon in self.chain.addons if isinstance(addon, kind)]
        return found

    async def hook(self, name: str, subject: object) -> None:
        """Call every addon's hook, in order."""
        for addon in self.chain.addons:
            method = getattr(addon, name, None)
            if method is not None:
                pending: Awaitable[None] | None = method(subject)
                if pending is not None:
                    await pending

    def client(self, address: str = "192.0.2.77") -> connection.Client:
        client = tflow.tclient_conn()
        client.peername = (address, 50123)
        client.alpn = None
        client.sni = None
        client.timestamp_tls_setup = None
        return client

    def redirected(self, to: str = "203.0.113.7", port: int = 443) -> connection.Client:
        """A client that knows of no proxy, and whose connection to this address was led to us."""
        client = self.client()
        client.proxy_mode = ProxyMode.parse("transparent")
        client.sockname = (to, port)
        return client

    async def connect(
        self, target: str, port: int = 443, *, client: connection.Client | None = None, **headers: str
    ) -> http.HTTPFlow:
        """CONNECT target:port."""
        flow = tflow.tflow(client_conn=client or self.client(), req=connect_request(target, port, headers))
        flow.live = True
        await self.hook("http_connect", flow)
        if flow.response is not None:
            await self.hook("http_connect_error", flow)
        return flow

    async def hello(self, client: connection.Client, sni: str | None) -> tls.ClientHelloData:
        """A ClientHello in the tunnel."""
        client.sni = sni
        data = tls.ClientHelloData(context.Context(client, self.options), client_hello(sni))
        data.context.server.tls = True
        await self.hook("tls_clienthello", data)
        if not data.ignore_connection:
            client.timestamp_tls_setup = 1.0
        return data

    async def request(
        self,
        url: str,
        *,
        client: connection.Client | None = None,
        fields: Iterable[tuple[bytes, bytes]] | None = None,
        method: bytes = b"GET",
        path: bytes | None = None,
        http2: bool = False,
        answer: bool = True,
        **headers: str,
    ) -> http.HTTPFlow:
        """A request, by what mitmproxy makes of it; with `answer` also what came of it."""
        scheme, _, rest = url.partition("://")
        authority_, slash, tail = rest.partition("/")
        host, _, port = authority_.partition(":")
        sent = [(b"Host", authority_.encode())] if fields is None and not http2 else list(fields or ())
        sent += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        request = tutils.treq(
            host=host,
            port=int(port or (443 if scheme == "https" else 80)),
            method=method,
            scheme=scheme.encode(),
            authority=authority_.encode() if http2 else b"",
            path=path if path is not None else f"{slash or '/'}{tail}".encode(),
            http_version=b"HTTP/2.0" if http2 else b"HTTP/1.1",
            headers=http.Headers(sent),
            content=b"",
        )
        flow = tflow.tflow(client_conn=client or self.client(), req=request)
        flow.live = True
        if http2:
            flow.client_conn.alpn = b"h2"
        await self.hook("requestheaders", flow)
        if answer:
            await self.answer(flow)
        return flow

    async def answer(self, flow: http.HTTPFlow, **response: Any) -> None:
        """What the origin said, unless it was us; then the end."""
        if flow.response is None:
            flow.response = tutils.tresp(**response)
        await self.hook("responseheaders", flow)
        if flow.error is None:
            await self.hook("response", flow)

    async def opens(self, client: connection.Client, host: str, port: int) -> str | None:
        """Whether a server connection may be opened: None, or the error."""
        server = connection.Server(address=(host, port))
        await self.hook("server_connect", server_hooks.ServerConnectionHookData(server, client))
        return server.error

    @property
    def outcomes(self) -> list[Outcome]:
        """What came of it, without the twentieth of a second that the recorder waits."""
        self.recorder.flush()
        return self.log.outcomes

    def tls_is_closed(self, client: connection.Client) -> bool:
        """Whether the handshake with this client would find no TLS."""
        data = tls.TlsData(client, context.Context(client, self.options))
        pending = self.tls.tls_start_client(data)
        if pending is not None:
            asyncio.ensure_future(pending).cancel()  # for a leaf
            return False
        return data.ssl_conn is None

    @property
    def decision(self) -> Decision:
        """The last one."""
        return self.log.decisions[-1]

    @property
    def tls(self) -> GatewayTls:
        return self.addon(GatewayTls)


def connect_request(target: str, port: int, headers: Mapping[str, str]) -> http.Request:
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return tutils.treq(
        host=target,
        port=port,
        method=b"CONNECT",
        scheme=b"",
        authority=f"{target}:{port}".encode(),
        path=b"",
        headers=http.Headers(fields),
        content=b"",
    )


def client_hello(sni: str | None, *, raw: bytes | None = None) -> tls.ClientHello:
    """A ClientHello with this name in it; `raw` is the whole server name extension's body instead."""
    body = raw
    if sni is not None and body is None:
        name = sni.encode()
        entry = b"\0" + len(name).to_bytes(2) + name
        body = len(entry).to_bytes(2) + entry
    extensions = b"" if body is None else b"\0\0" + len(body).to_bytes(2) + body
    return tls.ClientHello(
        b"\x03\x03"
        + bytes(32)
        + b"\0"
        + b"\0\x02\x13\x01"
        + b"\x01\0"
        + len(extensions).to_bytes(2)
        + extensions
    )
