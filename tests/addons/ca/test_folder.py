"""The authority's files."""

import os
import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from addons.ca import folder as module
from addons.ca.authority import CertificateAuthority, pem_of
from addons.ca.folder import (
    CERTIFICATE_FILE,
    KEY_FILE,
    NEXT_FILE,
    REQUEST_FILE,
    CaFolder,
    export_certificates,
    init_ca,
    load_ca,
)
from addons.ca.making import ISSUING_VALIDITY, make_ca, make_root
from categories import durable
from policy.errors import ConfigurationError, Refused
from tests.addons.ca.made import NOW, SERVERS, Made, authority, usage

PKI_ROOT = authority("Our root")
PKI_MIDDLE = authority("Our issuing PKI", PKI_ROOT, path_length=1)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_readable_by_their_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        init_ca(tmp_path / "ca")
        CaFolder(tmp_path / "ca").request("", NOW)
        CaFolder(tmp_path / "ca").add(make_ca("", NOW))
    finally:
        os.umask(before)
    assert mode(tmp_path / "ca") == 0o700
    for name in (KEY_FILE, NEXT_FILE, REQUEST_FILE):
        assert mode(tmp_path / "ca" / name) == 0o600
    trusted = tmp_path / "ca" / CERTIFICATE_FILE
    assert mode(trusted) == 0o644
    assert b"PRIVATE" not in trusted.read_bytes()


def test_an_authority_is_never_overwritten(tmp_path: Path) -> None:
    """Every computer that trusts it would stop trusting the gateway."""
    init_ca(tmp_path)
    for _ in range(2):
        with pytest.raises(Refused, match="already"):
            init_ca(tmp_path)
        (tmp_path / KEY_FILE).unlink(missing_ok=True)
    assert not (tmp_path / KEY_FILE).exists()


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        init_ca(tmp_path / "file" / "ca")


def test_what_is_stopped_while_it_writes_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        init_ca(tmp_path / "ca")
    assert list((tmp_path / "ca").iterdir()) == []


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("readable", "others can read this private key"),
        ("missing", "sluicegate ca init"),
        ("html", "expected"),
    ],
)
def test_a_spoilt_authority_is_refused_with_one_clear_line(tmp_path: Path, how: str, says: str) -> None:
    init_ca(tmp_path)
    path = tmp_path / KEY_FILE
    match how:
        case "readable":
            path.chmod(0o640)
        case "missing":
            path.unlink()
        case "html":
            path.write_bytes(b"<!doctype html>")
    with pytest.raises(ConfigurationError, match=says) as caught:
        load_ca(tmp_path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("after", "valid"),
    [
        pytest.param(-timedelta(days=1), True, id="a-clock-that-is-behind"),
        pytest.param(-timedelta(days=3), False, id="before"),
        pytest.param(ISSUING_VALIDITY - timedelta(days=1), True, id="to-its-last-day"),
        pytest.param(ISSUING_VALIDITY + timedelta(days=1), False, id="after"),
    ],
)
def test_an_authority_holds_for_its_time(tmp_path: Path, after: timedelta, valid: bool) -> None:
    init_ca(tmp_path, now=NOW)
    if valid:
        load_ca(tmp_path, now=NOW + after)
    else:
        with pytest.raises(ConfigurationError, match="valid from"):
            load_ca(tmp_path, now=NOW + after)


def test_one_of_an_earlier_release_that_is_its_own_root_still_serves(tmp_path: Path) -> None:
    old = authority("Sluicegate web filter", path_length=0, extensions=(usage(signs=True),))
    CaFolder(tmp_path).add(CertificateAuthority(old.key, (old.certificate,)))
    read = load_ca(tmp_path)
    assert read.sent == ()
    assert read.root == read.certificate == old.certificate


def test_what_is_exported_is_the_root_and_never_a_key(tmp_path: Path) -> None:
    made = init_ca(tmp_path)
    assert x509.load_pem_x509_certificates(export_certificates(tmp_path)) == [made.root]
    assert x509.load_der_x509_certificate(export_certificates(tmp_path, "der")) == made.root
    assert b"PRIVATE" not in export_certificates(tmp_path)


def test_while_two_roots_are_to_be_trusted_both_are_exported(tmp_path: Path) -> None:
    first = init_ca(tmp_path)
    second = make_ca("", NOW)
    CaFolder(tmp_path).add(second)
    both = [first.root, second.root]
    assert x509.load_pem_x509_certificates(export_certificates(tmp_path)) == both
    assert x509.load_pem_x509_certificates((tmp_path / CERTIFICATE_FILE).read_bytes()) == both
    with pytest.raises(Refused, match="holds one"):
        export_certificates(tmp_path, "der")


def test_a_second_authority_of_the_same_root_is_nothing_new_to_clients(tmp_path: Path) -> None:
    root = make_root("", NOW)
    ca = CaFolder(tmp_path)
    ca.add(root.issue("", NOW))
    ca.add(root.issue("", NOW))
    assert ca.trusted() == (root.certificate,)


def test_switching_puts_the_next_in_force_and_keeps_the_one_before(tmp_path: Path) -> None:
    root = make_root("", NOW)
    first, second, third = (root.issue("", NOW) for _ in range(3))
    ca = CaFolder(tmp_path)
    assert ca.add(first) == tmp_path / KEY_FILE
    assert ca.add(second) == tmp_path / NEXT_FILE
    ca.switch(NOW, rolled_out=False)
    assert (ca.in_force().chain, ca.next()) == (second.chain, None)
    before = ca.previous()
    assert before is not None
    assert before.chain == first.chain
    ca.switch_back(NOW)
    following = ca.next()
    assert following is not None
    assert (ca.in_force().chain, following.chain, ca.previous()) == (first.chain, second.chain, None)
    ca.switch(NOW, rolled_out=False)
    ca.add(third)
    assert ca.previous() is None  # whose time to go back is over
    assert sorted(path.name for path in tmp_path.iterdir()) == [CERTIFICATE_FILE, KEY_FILE, NEXT_FILE]


@pytest.mark.parametrize(
    ("offset", "says"),
    [
        pytest.param(timedelta(days=-30), "nothing was changed", id="not-yet-valid"),
        pytest.param(timedelta(days=3000), "nothing was changed", id="over"),
        pytest.param(timedelta(), "--rolled-out", id="another-root"),
    ],
)
def test_what_clients_would_not_accept_is_not_put_in_force(
    tmp_path: Path, offset: timedelta, says: str
) -> None:
    first = init_ca(tmp_path, now=NOW)
    ca = CaFolder(tmp_path)
    ca.add(make_ca("", NOW))
    with pytest.raises(Refused, match=says) as caught:
        ca.switch(NOW + offset, rolled_out=False)
    assert "\n" not in str(caught.value)
    assert ca.in_force().chain == first.chain
    assert ca.next() is not None


def test_another_root_is_put_in_force_when_somebody_says_that_clients_have_it(tmp_path: Path) -> None:
    init_ca(tmp_path, now=NOW)
    ca, second = CaFolder(tmp_path), make_ca("", NOW)
    ca.add(second)
    ca.switch(NOW, rolled_out=True)
    assert ca.in_force().chain == second.chain
    assert ca.trusted() == (second.root,)


def test_without_a_next_or_a_previous_one_there_is_nothing_to_switch_to(tmp_path: Path) -> None:
    ca = CaFolder(tmp_path)
    init_ca(tmp_path)
    with pytest.raises(Refused, match="no authority is next"):
        ca.switch(NOW, rolled_out=True)
    with pytest.raises(Refused, match="no authority to go back to"):
        ca.switch_back(NOW)


def test_a_waiting_authority_is_not_overwritten(tmp_path: Path) -> None:
    init_ca(tmp_path)
    ca, waiting = CaFolder(tmp_path), make_ca("", NOW)
    ca.add(waiting)
    with pytest.raises(Refused, match="waits there already"):
        ca.add(make_ca("", NOW))
    following = ca.next()
    assert following is not None
    assert following.chain == waiting.chain


def test_a_switch_that_is_cut_off_has_happened_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever step fails, an authority is in force that can be read."""
    root = make_root("", NOW)
    first, second = root.issue("", NOW), root.issue("", NOW)
    for fails_at in range(3):
        folder = tmp_path / str(fails_at)
        ca = CaFolder(folder)
        ca.add(first)
        ca.add(second)
        calls = iter(range(10))

        def cut_off(temporary: Path, path: Path, fails_at: int = fails_at, calls: object = calls) -> None:
            if next(calls) == fails_at:  # type: ignore[call-overload]  # the iterator above
                raise OSError(5, "Input/output error")
            temporary.replace(path)

        with monkeypatch.context() as patch:
            patch.setattr(module, "put", cut_off)
            with pytest.raises(ConfigurationError, match="Input/output error"):
                ca.switch(NOW, rolled_out=False)
        assert ca.in_force().chain in {first.chain, second.chain}
        assert (ca.next() is None) == (ca.in_force().chain == second.chain)


def test_a_switch_or_a_way_back_that_was_killed_can_be_done_again_and_leaves_no_copy_of_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two names of one file: a rename between them does nothing and leaves both (rename(2))."""
    first = init_ca(tmp_path)
    ca, second = CaFolder(tmp_path), make_ca("", NOW)
    ca.add(second)

    def killed(temporary: Path, path: Path) -> None:
        if path.name == KEY_FILE:
            raise KeyboardInterrupt
        durable.put(temporary, path)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(module, "put", killed)
        ca.switch(NOW, rolled_out=True)
    ca.switch(NOW, rolled_out=True)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(module, "put", killed)
        ca.switch_back(NOW)
    with pytest.raises(Refused, match="in force already"):  # or the one before would be lost
        ca.switch(NOW, rolled_out=True)
    ca.switch_back(NOW)
    following = ca.next()
    assert following is not None
    assert (ca.in_force().chain, following.chain, ca.previous()) == (first.chain, second.chain, None)
    assert sorted(path.name for path in tmp_path.iterdir()) == [CERTIFICATE_FILE, KEY_FILE, NEXT_FILE]


def test_two_who_switch_at_once_keep_the_one_that_was_before(tmp_path: Path) -> None:
    root = make_root("", NOW)
    for number in range(5):
        folder = tmp_path / str(number)
        first, second = root.issue("", NOW), root.issue("", NOW)
        CaFolder(folder).add(first)
        CaFolder(folder).add(second)
        came_to: list[object] = []

        def switch(folder: Path = folder, came_to: list[object] = came_to) -> None:
            try:
                came_to.append(CaFolder(folder).switch(NOW, rolled_out=False).chain)
            except Refused as error:
                came_to.append(str(error))

        both = [threading.Thread(target=switch) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert second.chain in came_to
        assert any("no authority is next" in str(one) for one in came_to)
        before = CaFolder(folder).previous()
        assert before is not None
        assert before.chain == first.chain


def test_two_who_ask_at_once_get_the_same_request(tmp_path: Path) -> None:
    """Or the certificate that one of them is sent would be for a key that is gone."""
    for number in range(5):
        together = threading.Barrier(4)
        got: set[bytes] = set()

        def ask(
            folder: Path = tmp_path / str(number),
            together: threading.Barrier = together,
            got: set[bytes] = got,
        ) -> None:
            together.wait()
            got.add(CaFolder(folder).request("", NOW).pem)

        asking = [threading.Thread(target=ask) for _ in range(4)]
        for one in asking:
            one.start()
        for one in asking:
            one.join()
        assert len(got) == 1


# The organisation's own PKI ---------------------------------------------------------------------------


def issued(folder: Path, **how: object) -> Made:
    """What the PKI makes of the request in `folder`."""
    request = x509.load_pem_x509_csr(CaFolder(folder).request("", NOW).pem)
    how.setdefault("path_length", 0)
    how.setdefault("extensions", (SERVERS, usage(signs=True)))
    # `how` is what `authority` takes by name, whatever its types.
    return authority("Web filter", PKI_MIDDLE, public=request.public_key(), **how)  # type: ignore[arg-type]


def written(path: Path, *made: Made) -> Path:
    path.write_bytes(pem_of([one.certificate for one in made]))
    return path


def test_a_request_is_asked_for_once(tmp_path: Path) -> None:
    """A second key would make the certificate that is on its way worthless."""
    ca = CaFolder(tmp_path / "ca")
    first = ca.request("Example Force", NOW)
    again = ca.request("Example Force", NOW)
    assert (first.made_now, again.made_now) == (True, False)
    assert first.pem == again.pem
    assert b"PRIVATE" not in first.pem


def test_what_the_pki_issued_is_put_in_force_with_its_way_to_the_root(tmp_path: Path) -> None:
    ca = CaFolder(tmp_path / "ca")
    made = issued(tmp_path / "ca")
    certificate = written(tmp_path / "it.pem", made)
    chain = written(tmp_path / "chain.pem", PKI_ROOT, PKI_MIDDLE)
    authority_, path = ca.take_in(certificate, chain, NOW)
    assert path == tmp_path / "ca" / KEY_FILE
    assert authority_.chain == (made.certificate, PKI_MIDDLE.certificate, PKI_ROOT.certificate)
    assert load_ca(tmp_path / "ca").sent == (made.certificate, PKI_MIDDLE.certificate)
    assert not (tmp_path / "ca" / REQUEST_FILE).exists()
    assert mode(path) == 0o600


def test_der_and_a_bundle_with_everything_are_taken_too(tmp_path: Path) -> None:
    for name, content, chain in (
        ("der", lambda made: made.certificate.public_bytes(Encoding.DER), True),
        ("all", lambda made: pem_of([PKI_ROOT.certificate, made.certificate, PKI_MIDDLE.certificate]), False),
    ):
        folder = tmp_path / name
        (tmp_path / "it").write_bytes(content(issued(folder)))
        above = written(tmp_path / "chain.pem", PKI_ROOT, PKI_MIDDLE) if chain else None
        assert len(CaFolder(folder).take_in(tmp_path / "it", above, NOW)[0].chain) == 3


def test_beside_one_in_force_what_is_imported_is_the_next(tmp_path: Path) -> None:
    first = init_ca(tmp_path)
    certificate = written(tmp_path / "it.pem", issued(tmp_path), PKI_MIDDLE, PKI_ROOT)
    _, path = CaFolder(tmp_path).take_in(certificate, None, NOW)
    assert path == tmp_path / NEXT_FILE
    assert load_ca(tmp_path).chain == first.chain


@pytest.mark.parametrize(
    ("how", "says"),
    [
        pytest.param({"ca": False}, "CA:TRUE is missing", id="a-server-s-certificate"),
        pytest.param({"ends": NOW - timedelta(minutes=1)}, "valid from", id="ended"),
        pytest.param({"begins": NOW + timedelta(days=1)}, "valid from", id="not-yet"),
        pytest.param({"extensions": (usage(signs=False),)}, "keyCertSign", id="may-not-sign"),
    ],
)
def test_what_clients_would_refuse_is_not_taken_in(tmp_path: Path, how: dict[str, object], says: str) -> None:
    ca = tmp_path / "ca"
    certificate = written(tmp_path / "it.pem", issued(ca, **how), PKI_MIDDLE, PKI_ROOT)
    with pytest.raises(ConfigurationError, match=says):
        CaFolder(ca).take_in(certificate, None, NOW)
    assert [path.name for path in ca.iterdir()] == [REQUEST_FILE]


def test_a_certificate_for_another_key_is_not_taken_in(tmp_path: Path) -> None:
    CaFolder(tmp_path / "ca").request("", NOW)
    other = written(tmp_path / "it.pem", authority("Web filter", PKI_MIDDLE), PKI_MIDDLE, PKI_ROOT)
    with pytest.raises(ConfigurationError, match="not for the key of the request"):
        CaFolder(tmp_path / "ca").take_in(other, None, NOW)


@pytest.mark.parametrize(
    ("above", "says"),
    [
        pytest.param((), "name them with --chain", id="nothing"),
        pytest.param((PKI_MIDDLE,), "is not its own root", id="no-root"),
        pytest.param((PKI_ROOT,), "name them with --chain", id="nothing-between"),
    ],
)
def test_without_the_way_to_the_root_it_is_not_taken_in(
    tmp_path: Path, above: tuple[Made, ...], says: str
) -> None:
    certificate = written(tmp_path / "it.pem", issued(tmp_path / "ca"))
    chain = written(tmp_path / "chain.pem", *above) if above else None
    with pytest.raises(ConfigurationError, match=says):
        CaFolder(tmp_path / "ca").take_in(certificate, chain, NOW)


def test_what_was_not_asked_for_is_not_taken_in(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="ca csr"):
        CaFolder(tmp_path).take_in(written(tmp_path / "it.pem", PKI_ROOT), None, NOW)
