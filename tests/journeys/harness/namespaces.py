"""
A small internet of network namespaces: a client, the gateway it is routed through, and origins behind that.

    client  -- 192.0.2.0/24, 2001:db8:1::/64 --  gateway  -- 198.51.100.0/24, 2001:db8:2::/64 --  origin

The addresses are ones for documentation (RFC 5737, RFC 3849) and exist in these namespaces only. A process is
put into one with `Namespace.command`, work of this process with `Namespace.call` (a thread that has
entered), and a socket stays where it was made. Needs root, as CI has it.
"""

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import pytest

CLIENT = ("192.0.2.10", "2001:db8:1::10")
BALANCER = "192.0.2.20"  # on the client's machine, too
GATEWAY = ("192.0.2.1", "2001:db8:1::1")
OUTSIDE = ("198.51.100.1", "2001:db8:2::1")  # the gateway's own, on the other side
ORIGIN = ("198.51.100.10", "2001:db8:2::10")
OTHER = ("198.51.100.66", "2001:db8:2::66")  # a machine that no name leads to
RESOLVER = ("198.51.100.53", "2001:db8:2::53")
STRANGER = ("198.51.100.54", "2001:db8:2::54")  # a resolver that is nobody's
INTERNET = ("198.51.100.0/24", "2001:db8:2::/64")

RULES = Path(__file__).parents[3] / "deploy" / "nftables" / "sluicegate.nft"

_RESOLVERS = Path("/etc/netns")  # see ip-netns(8)
_RUN = Path("/run/netns")
_A, _AAAA = 1, 28
_NO_SUCH_NAME = 3


@dataclass(frozen=True, slots=True)
class Namespace:
    """One machine."""

    name: str

    def command(self, *words: str) -> list[str]:
        """A command line that runs `words` there."""
        return ["ip", "netns", "exec", self.name, *words]

    def run(
        self, *words: str, check: bool = True, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command there."""
        return subprocess.run(
            self.command(*words), input=text, capture_output=True, text=True, timeout=20, check=check
        )

    def enter(self) -> None:
        """Take this thread there; it never comes back."""
        with (_RUN / self.name).open() as file:
            os.setns(file.fileno(), os.CLONE_NEWNET)

    def call[T](self, work: Callable[[], T]) -> T:
        """What `work` returns or raises, there."""
        done: Future[T] = Future()

        def there() -> None:
            try:
                self.enter()
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 (raised again by whoever waits)
                done.set_exception(error)

        threading.Thread(target=there, name=self.name, daemon=True).start()
        return done.result(timeout=60)


@dataclass(frozen=True, slots=True)
class Network:
    """The three machines."""

    client: Namespace
    gateway: Namespace
    origin: Namespace

    def filter(self, *, resolvers: Sequence[str] = RESOLVER, clients: Sequence[str] = CLIENT) -> None:
        """Put the shipped rules in force on the gateway, for these networks."""
        self.gateway.run("nft", "-f", str(RULES))
        lines = [
            f"add element inet sluicegate {kind}{ip_address(address).version} {{ {address} }}"
            for kind, addresses in (("clients", clients), ("resolvers", resolvers))
            for address in addresses
        ]
        self.gateway.run("nft", "-f", "-", text="\n".join(lines))


def needs_root() -> None:
    """Skip where there are no namespaces to be had; under CI that is a failure."""
    if os.geteuid() != 0:
        if os.environ.get("CI"):
            pytest.fail("network namespaces need root")
        pytest.skip("network namespaces need root")


@contextlib.contextmanager
def network(*, routed: bool = True) -> Iterator[Network]:
    """The machines, connected and (unless told otherwise) routed, without rules and with nobody on them."""
    needs_root()
    made = [Namespace(f"sluicegate-{os.getpid()}-{word}") for word in ("client", "gateway", "origin")]
    client, gateway, origin = made
    try:
        for namespace in made:
            _ip("netns", "add", namespace.name)
            namespace.run("ip", "link", "set", "lo", "up")
            resolver = _RESOLVERS / namespace.name / "resolv.conf"
            resolver.parent.mkdir(parents=True)
            resolver.write_text(f"nameserver {RESOLVER[0]}\noptions timeout:1 attempts:2\n")
        _connect(client, (*CLIENT, BALANCER), gateway, "inside", GATEWAY)
        _connect(origin, (*ORIGIN, *OTHER, *RESOLVER, *STRANGER), gateway, "outside", OUTSIDE)
        for setting in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"):
            if routed:
                gateway.run("sysctl", "-qw", setting)
        for namespace, (through4, through6) in ((client, GATEWAY), (origin, OUTSIDE)):
            namespace.run("ip", "route", "add", "default", "via", through4)
            namespace.run("ip", "-6", "route", "add", "default", "via", through6)
        yield Network(client, gateway, origin)
    finally:
        for namespace in made:
            _ip("netns", "del", namespace.name, check=False)
            shutil.rmtree(_RESOLVERS / namespace.name, ignore_errors=True)


def _ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], capture_output=True, timeout=20, check=check)


def _connect(
    near: Namespace, addresses: Sequence[str], gateway: Namespace, name: str, gateways: Sequence[str]
) -> None:
    _ip("-n", gateway.name, "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", near.name)
    for namespace, device, theirs in ((near, "eth0", addresses), (gateway, name, gateways)):
        for address in theirs:
            # Without waiting for somebody else to claim the same IPv6 address.
            length = ("24",) if ip_address(address).version == 4 else ("64", "nodad")
            _ip("-n", namespace.name, "addr", "add", f"{address}/{length[0]}", "dev", device, *length[1:])
        _ip("-n", namespace.name, "link", "set", device, "up")


@dataclass
class NameServer:
    """A resolver that knows a few names (RFC 1035), over UDP at one address."""

    names: Mapping[str, Sequence[str]]
    asked: list[str] = field(default_factory=list)

    def serve(self, stack: contextlib.ExitStack, within: Namespace, address: str) -> None:
        """Answer from now on, until `stack` is closed."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        _serve(stack, within, family, socket.SOCK_DGRAM, (address, 53), self._answer)

    def _answer(self, listening: socket.socket) -> None:
        question, whom = listening.recvfrom(4096)
        listening.sendto(self._reply(question), whom)

    def _reply(self, question: bytes) -> bytes:
        at, labels = 12, []
        while length := question[at]:
            labels.append(question[at + 1 : at + 1 + length].decode("ascii").lower())
            at += length + 1
        name, kind = ".".join(labels), int.from_bytes(question[at + 1 : at + 3])
        self.asked.append(name)
        found = [ip_address(text).packed for text in self.names.get(name, ())]
        wanted = {_A: 4, _AAAA: 16}.get(kind)
        answers = [packed for packed in found if len(packed) == wanted]
        flags = 0x8180 | (0 if name in self.names else _NO_SUCH_NAME)
        head = question[:2] + struct.pack("!HHHHH", flags, 1, len(answers), 0, 0)
        records = [struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(packed)) + packed for packed in answers]
        return head + question[12 : at + 5] + b"".join(records)


def ask(server: str, name: str, *, tcp: bool = False, port: int = 53, seconds: float = 1.0) -> bool:
    """Whether a resolver, or whatever else is at that port, answers anything to a question of this thread."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = b"\x12\x34\x01\x00\x00\x01" + bytes(6) + labels + b"\x00\x00\x01\x00\x01"
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as asking:
        asking.settimeout(seconds)
        try:
            asking.connect((server, port))
            asking.send(question)
            return bool(asking.recv(4096))
        except OSError:
            return False


def echo(stack: contextlib.ExitStack, within: Namespace, port: int, *, tcp: bool) -> None:
    """Something at the origin's addresses that answers with what it was sent, until `stack` is closed."""
    kind, answer = (socket.SOCK_STREAM, _echo_tcp) if tcp else (socket.SOCK_DGRAM, _echo_udp)
    for family, address in zip((socket.AF_INET, socket.AF_INET6), ORIGIN, strict=True):
        _serve(stack, within, family, kind, (address, port), answer)


def _echo_tcp(listening: socket.socket) -> None:
    with listening.accept()[0] as accepted:
        accepted.settimeout(2.0)
        accepted.sendall(accepted.recv(4096))


def _echo_udp(listening: socket.socket) -> None:
    data, whom = listening.recvfrom(4096)
    listening.sendto(data, whom)


def _serve(
    stack: contextlib.ExitStack,
    within: Namespace,
    family: socket.AddressFamily,
    kind: socket.SocketKind,
    address: tuple[str, int],
    answer: Callable[[socket.socket], None],
) -> None:
    listening = within.call(lambda: socket.socket(family, kind))
    if family == socket.AF_INET6:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listening.bind(address)
    if kind is socket.SOCK_STREAM:
        listening.listen()
    # A thread that waited without end would keep the socket, and with it the namespace.
    listening.settimeout(0.2)

    def run() -> None:
        while listening.fileno() >= 0:
            with contextlib.suppress(OSError):
                answer(listening)

    thread = threading.Thread(target=run, name="answers", daemon=True)
    thread.start()
    stack.callback(thread.join, 5.0)
    stack.callback(listening.close)
