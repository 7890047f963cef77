"""The certificate authority's life as an operator drives it."""

import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from addons.ca.authority import pem_of
from addons.ca.folder import CaFolder, init_ca
from addons.ca.making import make_ca
from tests.addons.ca.made import SERVERS, authority, usage
from tests.console.cli.conftest import Cli, Ran

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def ca(tmp_path: Path) -> CaFolder:
    return CaFolder(tmp_path / "state" / "ca")


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return path


@pytest.fixture
def made(cli: Cli, tmp_path: Path, passphrase: Path) -> Ran:
    """`ca init`, with the root's key outside the state folder."""
    return cli("ca", "init", "--root-key", tmp_path / "root.pem", "--passphrase-file", passphrase)


def test_a_root_is_made_whose_key_lies_outside_and_is_encrypted(
    made: Ran, ca: CaFolder, tmp_path: Path
) -> None:
    assert made.code == 0
    assert "Take that file off this machine now" in made.out
    assert "in force" in made.out
    root = (tmp_path / "root.pem").read_bytes()
    assert b"ENCRYPTED PRIVATE KEY" in root
    assert (tmp_path / "root.pem").stat().st_mode & 0o777 == 0o600
    kept = b"".join(path.read_bytes() for path in ca.path().parent.iterdir())
    assert kept.count(b"PRIVATE KEY-----") == 2  # the issuing key's beginning and end, and no other's
    assert ca.in_force().root == x509.load_pem_x509_certificate(root)


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        pytest.param(("--root-key", "../state/root.pem"), 1, "inside the state folder", id="on-the-gateway"),
        pytest.param(("--root-key", "../passphrase"), 1, "is there already", id="a-file-that-is-there"),
        pytest.param(("--root-key", "none/root.pem"), 3, "cannot be written", id="no-such-folder"),
        pytest.param((), 2, "--root-key", id="no-place"),
    ],
)
def test_a_root_s_key_goes_to_a_place_that_will_do_or_nothing_is_made(
    cli: Cli, ca: CaFolder, passphrase: Path, options: tuple[str, ...], code: int, says: str
) -> None:
    ran = cli("ca", "init", *options, "--passphrase-file", passphrase)
    assert ran.code == code
    assert says in ran.err
    assert not ca.has_one()


def test_a_short_passphrase_makes_nothing(cli: Cli, ca: CaFolder, tmp_path: Path, passphrase: Path) -> None:
    passphrase.write_text("short\n")
    ran = cli("ca", "init", "--root-key", tmp_path / "root.pem", "--passphrase-file", passphrase)
    assert ran.code == 1
    assert "12 characters" in ran.err
    assert not (tmp_path / "root.pem").exists()
    assert not ca.has_one()


def test_one_that_is_there_is_never_overwritten(made: Ran, cli: Cli, ca: CaFolder, tmp_path: Path) -> None:
    before = ca.path().read_bytes()
    ran = cli(
        "ca", "init", "--root-key", tmp_path / "other.pem", "--passphrase-file", tmp_path / "passphrase"
    )
    assert (made.code, ran.code) == (0, 1)
    assert "is there already" in ran.err
    assert ca.path().read_bytes() == before
    assert not (tmp_path / "other.pem").exists()


def test_the_next_one_under_the_same_root_needs_nothing_of_the_clients(
    made: Ran, cli: Cli, ca: CaFolder, tmp_path: Path, passphrase: Path
) -> None:
    first = ca.in_force()
    ran = cli("ca", "next", "--root-key", tmp_path / "root.pem", "--passphrase-file", passphrase)
    assert (made.code, ran.code) == (0, 0)
    assert "nothing has changed yet" in ran.out
    assert ca.in_force().chain == first.chain
    ran = cli("ca", "switch")
    assert (ran.code, "in force" in ran.out) == (0, True)
    assert ca.in_force().chain != first.chain
    assert ca.in_force().root == first.root
    assert cli("ca", "switch", "--back").code == 0
    assert ca.in_force().chain == first.chain


def test_another_root_is_put_in_force_only_when_somebody_says_that_clients_have_it(
    made: Ran, cli: Cli, ca: CaFolder, tmp_path: Path, passphrase: Path
) -> None:
    options = ("--new-root", "--root-key", tmp_path / "root-2.pem", "--passphrase-file", passphrase)
    assert (made.code, cli("ca", "next", *options).code) == (0, 0)
    ran = cli("ca", "switch")
    assert ran.code == 1
    assert "--rolled-out" in ran.err
    assert len(x509.load_pem_x509_certificates(cli("ca", "export").out.encode())) == 2
    assert cli("ca", "switch", "--rolled-out").code == 0
    assert len(x509.load_pem_x509_certificates(cli("ca", "export").out.encode())) == 1
    assert ca.in_force().root == x509.load_pem_x509_certificate((tmp_path / "root-2.pem").read_bytes())


@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        pytest.param(lambda root, _: root.unlink(), 3, "cannot be read", id="no-file"),
        pytest.param(lambda _, word: word.write_text("wrong\n"), 3, "the passphrase is wrong", id="wrong"),
        pytest.param(lambda _, word: word.unlink(), 3, "passphrase cannot be read", id="no-passphrase"),
        pytest.param(lambda _, word: word.write_bytes(b"\xff\n"), 3, "cannot be read", id="not-text"),
    ],
)
def test_without_the_root_s_key_there_is_no_next_one(
    made: Ran, cli: Cli, ca: CaFolder, tmp_path: Path, passphrase: Path, spoil: object, code: int, says: str
) -> None:
    spoil(tmp_path / "root.pem", passphrase)  # type: ignore[operator]  # a function of the table above
    ran = cli("ca", "next", "--root-key", tmp_path / "root.pem", "--passphrase-file", passphrase)
    assert (made.code, ran.code) == (0, code)
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert ca.next() is None


def test_nobody_is_asked_for_a_passphrase_where_nobody_is(cli: Cli, tmp_path: Path) -> None:
    ran = cli("ca", "init", "--root-key", tmp_path / "root.pem")
    assert ran.code == 3
    assert "--passphrase-file" in ran.err


def test_there_is_no_next_one_before_the_first(cli: Cli, tmp_path: Path, passphrase: Path) -> None:
    ran = cli("ca", "next", "--root-key", tmp_path / "root.pem", "--passphrase-file", passphrase)
    assert ran.code == 3
    assert "sluicegate ca init" in ran.err


def test_the_organisation_s_own_pki_signs_what_was_asked_for(cli: Cli, ca: CaFolder, tmp_path: Path) -> None:
    root = authority("Our root")
    ran = cli("ca", "csr", "--output", tmp_path / "it.csr")
    assert ran.code == 0
    request = x509.load_pem_x509_csr((tmp_path / "it.csr").read_bytes())
    issued = authority(
        "Web filter",
        root,
        public=request.public_key(),
        path_length=0,
        extensions=(SERVERS, usage(signs=True)),
    )
    (tmp_path / "it.cer").write_bytes(pem_of([issued.certificate]))
    (tmp_path / "roots.pem").write_bytes(pem_of([root.certificate]))
    refused = cli("ca", "import", tmp_path / "it.cer")
    assert refused.code == 3
    assert "--chain" in refused.err
    ran = cli("ca", "import", tmp_path / "it.cer", "--chain", tmp_path / "roots.pem")
    assert (ran.code, "in force" in ran.out) == (0, True)
    assert cli("ca", "status").err == ""
    assert cli("ca", "csr").code == 0
    assert "a request waits for its certificate" in cli("ca", "status").err
    assert ca.in_force().chain == (issued.certificate, root.certificate)


def test_a_request_that_was_made_before_is_printed_again(cli: Cli) -> None:
    first, again = cli("ca", "csr"), cli("ca", "csr")
    assert first.out == again.out
    assert (first.err, "made before" in again.err) == ("", True)


def test_status_shows_what_is_in_force_next_and_before(
    made: Ran, cli: Cli, ca: CaFolder, tmp_path: Path, passphrase: Path
) -> None:
    for command in ("next", "switch", "next"):
        options = ("--root-key", tmp_path / "root.pem", "--passphrase-file", passphrase)
        assert cli("ca", command, *(options if command == "next" else ())).code == 0
    listed = [json.loads(line) for line in cli("ca", "status", "--json").out.splitlines()]
    assert [one["what"] for one in listed] == ["in force", "next"]
    assert listed[0]["days_left"] in {729, 730}
    assert made.code == 0
    table = cli("ca", "status").out
    assert "in force" in table
    assert listed[0]["root_sha256"] in table
    assert ca.next() is not None


@pytest.mark.parametrize(
    ("left", "code", "says"),
    [(80, 0, "plan"), (20, 0, "begin"), (5, 0, "finish"), (-1, 1, "has ended")],
)
def test_status_warns_in_time(cli: Cli, ca: CaFolder, left: int, code: int, says: str) -> None:
    init_ca(ca.path().parent, now=datetime.now(UTC) - timedelta(days=730 - left, hours=-1))
    ran = cli("ca", "status")
    assert ran.code == code
    assert says in ran.err


def test_what_is_exported_is_pem_on_stdout_without_the_key(made: Ran, cli: Cli) -> None:
    ran = cli("ca", "export")
    assert (made.code, ran.code, ran.err) == (0, 0, "")
    assert ran.out.startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in ran.out
    assert x509.load_pem_x509_certificate(ran.out.encode())


def test_it_can_be_der_and_in_a_file(made: Ran, cli: Cli, tmp_path: Path) -> None:
    ran = cli("ca", "export", "--format", "der", "--output", tmp_path / "ca.cer")
    assert (made.code, ran.code, ran.out) == (0, 0, "")
    der = (tmp_path / "ca.cer").read_bytes()
    assert ssl.DER_cert_to_PEM_cert(der).strip() == cli("ca", "export").out.strip()
    assert (tmp_path / "ca.cer").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param((), 3, "run `sluicegate ca init`", id="none-yet"),
        pytest.param(("--format", "jks"), 2, "--format", id="an-unknown-format"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    cli: Cli, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ran = cli("ca", "export", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1


def test_a_key_that_others_can_read_is_refused(made: Ran, cli: Cli, ca: CaFolder) -> None:
    ca.path().chmod(0o644)
    ran = cli("ca", "export")
    assert (made.code, ran.code) == (0, 3)
    assert "others can read this private key" in ran.err


def test_a_file_that_cannot_be_written_is_one_line(made: Ran, cli: Cli, tmp_path: Path) -> None:
    ran = cli("ca", "export", "--output", tmp_path / "missing" / "ca.pem")
    assert (made.code, ran.code) == (0, 3)
    assert "cannot be written" in ran.err


def test_roll_out_files_go_to_a_new_folder_and_hold_both_roots(
    cli: Cli, ca: CaFolder, tmp_path: Path
) -> None:
    init_ca(ca.path().parent)
    ca.add(make_ca("", datetime.now(UTC)))
    ran = cli("ca", "rollout", tmp_path / "rollout")
    assert ran.code == 0
    assert "README.txt" in ran.out
    roots = x509.load_pem_x509_certificates((tmp_path / "rollout" / "all-roots.pem").read_bytes())
    assert tuple(roots) == ca.trusted()
    again = cli("ca", "rollout", tmp_path / "rollout")
    assert again.code == 1
    assert "not empty" in again.err
    (tmp_path / "file").write_text("")
    assert cli("ca", "rollout", tmp_path / "file" / "in").code == 3
