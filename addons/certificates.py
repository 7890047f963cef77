"""
The certificates that clients are shown: one leaf a host, signed once by the signer, kept for a while.

mitmproxy's own store forgets after a hundred hosts, and takes longer the more it holds. A page of today
names thirty hosts, and a worker serves hundreds of people, so leaves are worth keeping. All leaves of a
worker have one key, which the worker makes when it starts and which never leaves it: a key a host would
protect nothing more, since they would lie in the same memory, and a key's making costs as much as its leaf.

OpenSSL's context, which holds that key and the chain that follows the leaf, is made once for each chain and
not for each connection: handing it the key again took mitmproxy longer than everything else about a leaf.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from addons.ca.client import SigningFailed

MOST = 4096  # leaves, of about 4 kB
# A leaf is valid for a month; made anew well before a clock that goes wrong could notice.
_KEPT_SECONDS = 7 * 86400.0
# How often another chain may come into force while one leaf is waited for.
_TRIES = 3

type Chain = tuple[bytes, ...]


class Signs(Protocol):
    """Whoever signs leaves: `addons.ca.client.SignerClient`."""

    def start(self, told: Callable[[Chain], None]) -> None:
        """Begin on the running loop; `told` learns of every chain that comes into force, DER."""

    async def sign(self, host: str, key: bytes) -> bytes:
        """The leaf of a host for a public key (a point of P-256), DER. Raises `SigningFailed`."""

    def close(self) -> None:
        """End."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A certificate and the OpenSSL context with its key and what follows it."""

    certificate: x509.Certificate
    context: SSL.Context
    made: float  # Unix seconds
    ends: float


class Certificates:
    """The leaves of one worker. `context_of` makes OpenSSL's context, without certificate and key."""

    def __init__(self, signs: Signs, context_of: Callable[[], SSL.Context], most: int = MOST) -> None:
        self._signs = signs
        self._context_of = context_of
        self._most = most
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._point = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self._context: SSL.Context | None = None
        self._leaves: OrderedDict[str, Leaf] = OrderedDict()
        self._asked: dict[str, asyncio.Task[Leaf]] = {}

    @property
    def ready(self) -> bool:
        """Whether there is somebody who signs."""
        return self._context is not None

    def start(self) -> None:
        """Begin on the running loop."""
        self._signs.start(self._chain_is)

    def close(self) -> None:
        """End."""
        self._signs.close()

    def kept(self, host: str) -> Leaf | None:
        """The leaf of `host` (normalised), if there is one that will do."""
        leaf = self._leaves.get(host)
        if leaf is None or not leaf.made <= time.time() < min(leaf.made + _KEPT_SECONDS, leaf.ends):
            return None
        self._leaves.move_to_end(host)
        return leaf

    def ask(self, host: str) -> None:
        """Have the leaf of `host` signed, unless it is there or asked for already."""
        if host in self._asked or self.kept(host) is not None:
            return
        asked = asyncio.get_running_loop().create_task(self._signed(host), name="leaf")
        self._asked[host] = asked
        asked.add_done_callback(partial(self._answered, host))

    async def leaf(self, host: str) -> Leaf:
        """
        The leaf of `host`, the one used longest ago making room for a new one.

        Raises `SigningFailed`.
        """
        if (leaf := self.kept(host)) is not None:
            return leaf
        self.ask(host)
        # Whoever is first to give up must not take it from the others.
        return await asyncio.shield(self._asked[host])

    def _answered(self, host: str, asked: asyncio.Task[Leaf]) -> None:
        del self._asked[host]
        if not asked.cancelled():
            asked.exception()  # perhaps nobody waited for it

    async def _signed(self, host: str) -> Leaf:
        for _ in range(_TRIES):
            before = self._context
            der = await self._signs.sign(host, self._point)
            if before is not None and before is self._context:
                return self._keep(host, x509.load_der_x509_certificate(der), before)
        raise SigningFailed("away")

    def _keep(self, host: str, certificate: x509.Certificate, context: SSL.Context) -> Leaf:
        leaf = Leaf(certificate, context, time.time(), certificate.not_valid_after_utc.timestamp())
        self._leaves[host] = leaf
        self._leaves.move_to_end(host)
        if len(self._leaves) > self._most:
            self._leaves.popitem(last=False)
        return leaf

    def _chain_is(self, chain: Chain) -> None:
        # Told before the first leaf that it follows; one that was signed before is asked for again.
        context = self._context_of()
        context.use_privatekey(self._key)
        for one in chain:
            context.add_extra_chain_cert(x509.load_der_x509_certificate(one))
        self._context = context
        self._leaves.clear()
