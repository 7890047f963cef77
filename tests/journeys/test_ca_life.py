"""The CA's life beside a running gateway: rotation under load, an own PKI, a key that no worker has."""

import os
import re
import signal
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from addons.ca.authority import CertificateAuthority, pem_of
from addons.ca.folder import CERTIFICATE_FILE, NEXT_FILE, PREVIOUS_FILE, REQUEST_FILE, CaFolder
from addons.ca.making import make_ca
from tests.addons.ca.made import SERVERS, authority, usage
from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.clients import Client
from tests.journeys.harness.gateway import Gateway, eventually, sluicegate

pytestmark = pytest.mark.journey

# Two seconds are the gateway's; as long again for eight new connections on a busy machine.
WITHIN = 4.0


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway) -> Gateway:
    return start(workers=2)


@pytest.fixture(autouse=True)
def as_it_was(gateway: Gateway, world: World) -> Iterator[None]:
    """Each journey begins with the authority that the gateway was started with."""
    ca = CaFolder(gateway.state / "ca")
    before = ca.path().read_bytes()
    yield
    for name in (NEXT_FILE, PREVIOUS_FILE, REQUEST_FILE):
        ca.path(name).unlink(missing_ok=True)
    if ca.path().read_bytes() != before:
        put_by_hand(ca, before)
        url = f"https://allowed.test:{world.https1.port}/"
        eventually(lambda: works(Client(gateway.proxy, gateway.ca_file), url, times=8), what="the way back")


def put_by_hand(ca: CaFolder, content: bytes) -> None:
    new = ca.path("by-hand")
    new.write_bytes(content)
    new.chmod(0o600)
    new.replace(ca.path())
    ca.path(CERTIFICATE_FILE).write_bytes(pem_of(ca.trusted()))


def trusting(gateway: Gateway, *roots: x509.Certificate) -> Client:
    """A client that trusts these and nobody else."""
    path = gateway.state / f"trusted-{'-'.join(str(root.serial_number)[:6] for root in roots)}.pem"
    path.write_bytes(pem_of(roots))
    return Client(gateway.proxy, path)


class Browsing:
    """New connections without a pause, and one that stays open, until told to stop."""

    def __init__(self, client: Client, url: str, kept: str) -> None:
        self.failed: list[Exception] = []
        self.opened = 0
        self._client, self._url, self._kept = client, url, kept
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._open, self._keep)]
        for thread in self._threads:
            thread.start()

    def _open(self) -> None:
        while not self._stop.is_set():
            try:
                assert self._client.get(self._url).status == 200
                self.opened += 1
            except Exception as error:  # noqa: BLE001 (whatever it is, the test shows it)
                self.failed.append(error)

    def _keep(self) -> None:
        with self._client.kept(self._kept) as kept:
            while not self._stop.is_set():
                answer = kept.get("/")
                if answer is None or answer.status != 200:
                    self.failed.append(ConnectionError("the kept connection was closed"))
                    return
                time.sleep(0.02)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=10)


def test_an_authority_is_replaced_under_load_and_only_who_trusts_the_new_root_goes_on(
    gateway: Gateway, world: World
) -> None:
    ca = CaFolder(gateway.state / "ca")
    old, new = ca.in_force(), make_ca("Example Force", datetime.now(UTC))
    ca.add(new)
    assert ca.trusted() == (old.root, new.root)  # what is rolled out meanwhile
    both = trusting(gateway, old.root, new.root)
    base = f"https://allowed.test:{world.https1.port}"
    browsing = Browsing(both, f"{base}/", base)
    sluicegate("ca", "switch", "--rolled-out", state=gateway.state)
    eventually(
        lambda: works(trusting(gateway, new.root), f"{base}/", times=8), within=WITHIN, what="the switch"
    )
    browsing.stop()
    assert browsing.failed == []
    assert browsing.opened > 20
    with pytest.raises(ssl.SSLCertVerificationError):
        trusting(gateway, old.root).get(f"{base}/")
    assert gateway.status().generation == 1
    sluicegate("ca", "switch", "--back", state=gateway.state)
    eventually(
        lambda: works(trusting(gateway, old.root), f"{base}/", times=8), within=WITHIN, what="the way back"
    )


def works(client: Client, url: str, times: int) -> bool:
    try:
        return all(client.get(url).status == 200 for _ in range(times))
    except ssl.SSLCertVerificationError:
        return False


def test_leaves_have_keys_of_their_own_and_name_one_host_for_a_month(gateway: Gateway, world: World) -> None:
    issuing = CaFolder(gateway.state / "ca").in_force().certificate
    client = gateway.client()
    leaves = [client.certificate("allowed.test", world.https1.port) for _ in range(8)]
    keys = {
        leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for leaf in leaves
    }
    assert issuing.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) not in keys
    assert 1 <= len(keys) <= 2  # one a worker
    for leaf in leaves:
        leaf.verify_directly_issued_by(issuing)
        assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=32)


def test_what_the_organisation_s_own_pki_issued_is_shown_with_all_that_stands_between(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    """The client trusts the organisation's root alone and was told of nothing else."""
    root = authority("Our root")
    middle = authority("Our PKI", root, path_length=1)
    sluicegate("ca", "csr", "--output", str(tmp_path / "it.csr"), state=gateway.state)
    request = x509.load_pem_x509_csr((tmp_path / "it.csr").read_bytes())
    issued = authority(
        "Web filter",
        middle,
        public=request.public_key(),
        path_length=0,
        extensions=(SERVERS, usage(signs=True)),
    )
    (tmp_path / "it.cer").write_bytes(issued.certificate.public_bytes(Encoding.DER))
    (tmp_path / "chain.pem").write_bytes(pem_of([root.certificate, middle.certificate]))
    sluicegate(
        "ca", "import", str(tmp_path / "it.cer"), "--chain", str(tmp_path / "chain.pem"), state=gateway.state
    )
    sluicegate("ca", "switch", "--rolled-out", state=gateway.state)
    ours = trusting(gateway, root.certificate)
    url = f"https://allowed.test:{world.https1.port}/"
    eventually(lambda: works(ours, url, times=8), within=WITHIN, what="our own PKI's authority")
    assert ours.get(f"https://bet.test:{world.https1.port}/").status == 403


def test_one_that_has_ended_is_refused_whoever_asks(gateway: Gateway, world: World) -> None:
    ca = CaFolder(gateway.state / "ca")
    ended = authority("Ended", begins=datetime.now(UTC) - timedelta(days=9), ends=datetime.now(UTC))
    trusts = gateway.state / "first-root.pem"
    trusts.write_bytes(pem_of([ca.in_force().root]))
    ca.add(CertificateAuthority(ended.key, (ended.certificate,)))
    ran = sluicegate("ca", "switch", "--rolled-out", state=gateway.state, check=False)
    assert ran.returncode == 1
    assert "nothing was changed" in ran.stderr
    # And where somebody puts it there by hand, the one in force stays.
    put_by_hand(ca, ca.path(NEXT_FILE).read_bytes())
    time.sleep(1.5)
    first = Client(gateway.proxy, trusts)
    assert first.get(f"https://allowed.test:{world.https1.port}/").status == 200
    assert first.get(f"https://fresh.bet.test:{world.https1.port}/").status == 403


def test_no_worker_and_not_the_process_they_are_forked_from_holds_the_key(gateway: Gateway) -> None:
    """The private number of the issuing key, looked for byte by byte in all that each of them has."""
    key = CaFolder(gateway.state / "ca").in_force().key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    number = key.private_numbers().private_value
    needles = [number.to_bytes(32, order) for order in ("big", "little")]
    assert gateway.process is not None
    family = descendants(gateway.process.pid)
    workers = {worker.pid for worker in gateway.status().workers}
    assert workers < family
    holders = {pid for pid in family if holds(pid, needles)}
    assert len(holders) == 1  # the signer, or this search finds nothing
    assert not holders & (workers | {gateway.process.pid} | parents(workers))


def parents(pids: set[int]) -> set[int]:
    return {int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) for pid in pids}


def descendants(pid: int) -> set[int]:
    found = {pid}
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found |= descendants(int(child))
    return found


def holds(pid: int, needles: list[bytes]) -> bool:
    return any(needle in content for content in memory(pid) for needle in needles)


def memory(pid: int) -> Iterator[bytes]:
    """What a process can write, which is where a key would be."""
    spans = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw", Path(f"/proc/{pid}/maps").read_text(), re.MULTILINE)
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as file:
        for begin, end in spans:
            with suppress(OSError):
                file.seek(int(begin, 16))
                yield file.read(int(end, 16) - int(begin, 16))


def test_a_signer_that_is_killed_is_replaced_and_nobody_notices(gateway: Gateway, world: World) -> None:
    key = CaFolder(gateway.state / "ca").in_force().key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    needle = [key.private_numbers().private_value.to_bytes(32, order) for order in ("big", "little")]
    assert gateway.process is not None
    [signer] = [pid for pid in descendants(gateway.process.pid) if holds(pid, needle)]
    os.kill(signer, signal.SIGKILL)
    # A host that no worker has a leaf of; and blocked, so that its page needs one.
    began = time.monotonic()
    answers = [gateway.client().get(f"https://new{n}.bet.test:{world.https1.port}/").status for n in range(4)]
    assert answers == [403] * 4
    assert time.monotonic() - began < 3.0


def test_hosts_that_clients_turn_away_from_are_shown_with_the_line_to_add(
    gateway: Gateway, world: World
) -> None:
    stranger = trusting(gateway, authority("Nobody").certificate)
    for _ in range(3):
        with pytest.raises(ssl.SSLCertVerificationError):
            stranger.get(f"https://www.bet.test:{world.https1.port}/")
    eventually(
        lambda: 'host = "www.bet.test"' in sluicegate("status", "--tls", state=gateway.state).stdout,
        what="the host in status --tls",
    )
    written = b"".join(path.read_bytes() for path in (gateway.state / "run").glob("tls-*.json"))
    assert b"127.0.0.1" not in written
