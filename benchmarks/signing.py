"""
What does it cost a new HTTPS connection that no worker holds the CA's key?

For a host that is new to a worker: microseconds of processor time in the worker and in the signer, and how
long the leaf takes to come, beside leaves signed in the worker itself, by our builder and by mitmproxy's.
For every connection: what OpenSSL is handed before the handshake, and the handshake. Medians of
interleaved rounds in one run. A new HTTPS connection through the gateway costs 5,000 to 7,000 in all.

    python -m benchmarks.signing

Two budgets are held: worker and signer together take at most 300 µs more for a new host than the worker would
alone, and a host that is known costs a connection no more than it does with mitmproxy's own.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from mitmproxy import certs
from mitmproxy.addons.tlsconfig import AppData, alpn_select_callback
from mitmproxy.net import tls as net_tls
from OpenSSL import SSL

from addons.ca.client import SignerClient
from addons.ca.folder import CaFolder, init_ca
from addons.ca.leaf import leaf_of
from addons.ca.signer import run_signer
from addons.certificates import Certificates
from addons.lines import open_listening
from addons.tls import client_context

ROUNDS = 5
LEAVES = 300
TOGETHER = 32
HANDSHAKES = 200
SIGNING_BUDGET_US = 300.0


@dataclass
class Took:
    """Microseconds a leaf or a connection."""

    worker: float
    signer: float = 0.0
    latency: float = 0.0

    @property
    def cpu(self) -> float:
        """Of both processes."""
        return self.worker + self.signer


@contextmanager
def signer(folder: Path) -> Iterator[tuple[str | bytes, int]]:
    """The name of its socket and its process."""
    listening = open_listening()
    pid = os.fork()
    if pid == 0:
        run_signer(folder, listening, threading.Event())
        os._exit(0)
    try:
        yield listening.getsockname(), pid
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        listening.close()


def cpu_of(pid: int) -> float:
    """User and system seconds of another process, to a nanosecond where the kernel counts them."""
    schedstat = Path(f"/proc/{pid}/schedstat")
    if schedstat.exists():
        return int(schedstat.read_text().split()[0]) / 1e9
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def in_the_worker(make: Callable[[str], object]) -> Took:
    """Leaves signed by whoever holds the key here."""
    began, cpu = time.perf_counter(), time.process_time()
    for number in range(LEAVES):
        make(f"host-{number}.test")
    worker, passed = time.process_time() - cpu, time.perf_counter() - began
    return Took(worker / LEAVES * 1e6, latency=passed / LEAVES * 1e6)


def by_the_signer(address: str | bytes, pid: int, together: int) -> Took:
    """Leaves that a worker asks for, so many at a time."""

    async def ask() -> Took:
        certificates = Certificates(SignerClient(address), client_context)
        certificates.start()
        while not certificates.ready:  # noqa: ASYNC110 (another process makes it so)
            await asyncio.sleep(0.001)
        waited: list[float] = []

        async def one(host: str) -> None:
            began = time.perf_counter()
            await certificates.leaf(host)
            waited.append(time.perf_counter() - began)

        worker, signed = time.process_time(), cpu_of(pid)
        for number in range(0, LEAVES, together):
            await asyncio.gather(*(one(f"host-{number + more}.test") for more in range(together)))
        took = Took(
            (time.process_time() - worker) / len(waited) * 1e6,
            (cpu_of(pid) - signed) / len(waited) * 1e6,
            statistics.median(waited) * 1e6,
        )
        certificates.close()
        return took

    return asyncio.run(ask())


def handshakes(prepared: Callable[[], SSL.Connection]) -> Took:
    """Server side of a TLS 1.3 handshake in memory, all that OpenSSL is handed included; CPU alone."""
    spent = 0.0
    for _ in range(HANDSHAKES):
        client = SSL.Connection(_CLIENT)
        client.set_connect_state()
        began = time.process_time()
        server = prepared()
        spent += time.process_time() - began
        for _ in range(3):
            for one, other in ((client, server), (server, client)):
                began = time.process_time()
                with suppress(SSL.WantReadError):
                    one.do_handshake()
                spent += (time.process_time() - began) if one is server else 0.0
                with suppress(SSL.WantReadError):
                    other.bio_write(one.bio_read(1 << 16))
    return Took(spent / HANDSHAKES * 1e6)


_CLIENT = SSL.Context(SSL.TLS_CLIENT_METHOD)


def measured(folder: Path) -> dict[str, list[Took]]:
    """Every variant, round by round."""
    authority = CaFolder(folder).in_force()
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = x509.load_der_x509_certificate(leaf_of(authority, "a.test", key.public_key(), datetime.now(UTC)))
    context = client_context()
    context.use_privatekey(key)
    context.add_extra_chain_cert(authority.certificate)

    def ours() -> SSL.Connection:
        made = SSL.Connection(context)
        made.use_certificate(leaf)
        made.set_app_data(AppData(client_alpn=None, server_alpn=None, http2=True))
        made.set_accept_state()
        return made

    def mitmproxys() -> SSL.Connection:
        made = SSL.Connection(
            net_tls.create_client_proxy_context(
                method=net_tls.Method.TLS_SERVER_METHOD,
                min_version=net_tls.Version.TLS1_2,
                max_version=net_tls.Version.UNBOUNDED,
                cipher_list=None,
                ecdh_curve=None,
                chain_file=None,
                alpn_select_callback=alpn_select_callback,
                request_client_cert=False,
                extra_chain_certs=(),
                dhparams=None,
            )
        )
        made.use_certificate(leaf)
        made.use_privatekey(key)
        made.set_app_data(AppData(client_alpn=None, server_alpn=None, http2=True))
        made.set_accept_state()
        return made

    def dummy(host: str) -> object:
        name = [x509.DNSName(host)]
        return certs.dummy_cert(authority.key, authority.certificate, host, name)  # type: ignore[arg-type]

    def own(host: str) -> object:
        return x509.load_der_x509_certificate(leaf_of(authority, host, key.public_key(), datetime.now(UTC)))

    rounds: dict[str, list[Took]] = {}
    run: Callable[[], Took]
    with signer(folder) as (address, pid):
        for _ in range(ROUNDS):
            for name, run in (
                ("new host: in the worker, mitmproxy's builder", lambda: in_the_worker(dummy)),
                ("new host: in the worker, our builder", lambda: in_the_worker(own)),
                ("new host: by the signer", lambda: by_the_signer(address, pid, 1)),
                (
                    f"new host: by the signer, {TOGETHER} at a time",
                    lambda: by_the_signer(address, pid, TOGETHER),
                ),
                ("known host: handshake, mitmproxy's way", lambda: handshakes(mitmproxys)),
                ("known host: handshake, ours", lambda: handshakes(ours)),
            ):
                rounds.setdefault(name, []).append(run())
    return rounds


def main() -> int:
    """Measure, print, and hold the budgets."""
    with tempfile.TemporaryDirectory() as folder:
        init_ca(Path(folder) / "ca")
        rounds = measured(Path(folder) / "ca")
    median = {
        name: Took(
            statistics.median(one.worker for one in all_),
            statistics.median(one.signer for one in all_),
            statistics.median(one.latency for one in all_),
        )
        for name, all_ in rounds.items()
    }
    print(f"{'microseconds':<46}{'worker':>9}{'signer':>9}{'until it is there':>20}")
    for name, took in median.items():
        until = f"{took.latency:.0f}" if took.latency else ""
        print(f"{name:<46}{took.worker:>9.0f}{took.signer or 0:>9.0f}{until:>20}")
    here, apart = median["new host: in the worker, our builder"], median["new host: by the signer"]
    known = [median[f"known host: handshake, {whose}"].cpu for whose in ("ours", "mitmproxy's way")]
    print(f"\nthe signer adds {apart.cpu - here.cpu:.0f} µs to a new host (budget {SIGNING_BUDGET_US:.0f})")
    print(
        f"a connection to a known host costs {known[0] - known[1]:+.0f} µs against mitmproxy's way (budget 0)"
    )
    return 0 if apart.cpu - here.cpu <= SIGNING_BUDGET_US and known[0] <= known[1] else 1


if __name__ == "__main__":
    sys.exit(main())
