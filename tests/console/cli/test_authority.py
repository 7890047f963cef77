"""The certificate authority, made once and handed out without its key."""

import ssl
from pathlib import Path

import pytest
from cryptography import x509

from tests.console.cli.conftest import Cli


def test_an_authority_is_made_for_its_owner_only(cli: Cli, tmp_path: Path) -> None:
    ran = cli("ca", "init")
    assert ran.code == 0
    assert "ca-cert.pem" in ran.out
    assert (tmp_path / "state" / "ca" / "ca.pem").stat().st_mode & 0o077 == 0


def test_one_that_is_there_is_never_overwritten(cli: Cli, tmp_path: Path) -> None:
    cli("ca", "init")
    key = (tmp_path / "state" / "ca" / "ca.pem").read_bytes()
    ran = cli("ca", "init")
    assert ran.code == 1
    assert "is there already" in ran.err
    assert (tmp_path / "state" / "ca" / "ca.pem").read_bytes() == key


def test_the_certificate_is_pem_on_stdout_without_the_key(cli: Cli) -> None:
    cli("ca", "init")
    ran = cli("ca", "export")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in ran.out
    assert x509.load_pem_x509_certificate(ran.out.encode())


def test_it_can_be_der_and_in_a_file(cli: Cli, tmp_path: Path) -> None:
    cli("ca", "init")
    ran = cli("ca", "export", "--format", "der", "--output", tmp_path / "ca.cer")
    assert (ran.code, ran.out) == (0, "")
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


def test_a_key_that_others_can_read_is_refused(cli: Cli, tmp_path: Path) -> None:
    cli("ca", "init")
    (tmp_path / "state" / "ca" / "ca.pem").chmod(0o644)
    ran = cli("ca", "export")
    assert ran.code == 3
    assert "others can read this private key" in ran.err


def test_a_file_that_cannot_be_written_is_one_line(cli: Cli, tmp_path: Path) -> None:
    cli("ca", "init")
    ran = cli("ca", "export", "--output", tmp_path / "missing" / "ca.pem")
    assert ran.code == 3
    assert "cannot be written" in ran.err
