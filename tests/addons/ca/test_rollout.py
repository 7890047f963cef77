"""What clients are given, read by what reads it there."""

import json
import plistlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from addons.ca.making import make_ca
from addons.ca.rollout import file_name, fingerprint, rollout_files, thumbprint
from tests.addons.ca.made import NOW

ROOTS = tuple(make_ca("Example Force", NOW).root for _ in range(2))


@pytest.fixture(params=[1, 2], ids=["one-root", "two-roots"])
def roots(request: pytest.FixtureRequest) -> tuple[x509.Certificate, ...]:
    return ROOTS[: request.param]


def test_each_root_is_there_as_der_and_as_pem(roots: tuple[x509.Certificate, ...]) -> None:
    files = rollout_files(roots, "Example Force")
    ders = [x509.load_der_x509_certificate(files[f"{file_name(root)}.cer"]) for root in roots]
    pems = [x509.load_pem_x509_certificate(files[f"{file_name(root)}.crt"]) for root in roots]
    assert ders == pems == x509.load_pem_x509_certificates(files["all-roots.pem"]) == list(roots)
    assert not any(b"PRIVATE" in content for content in files.values())


def test_windows_registry_holds_the_certificates_under_their_thumbprints(
    roots: tuple[x509.Certificate, ...],
) -> None:
    text = rollout_files(roots, "")["windows/trust.reg"].decode("utf-16")
    assert text.startswith("Windows Registry Editor Version 5.00\r\n")
    assert "\n" not in text.replace("\r\n", "")
    found = re.findall(r'Certificates\\([0-9A-F]{40})\]\r\n"Blob"=hex:([^"\[]+)', text)
    for root, (name, digits) in zip(roots, found, strict=True):
        blob = bytes.fromhex(re.sub(r"[\\\s,]", "", digits))
        kind, _, length = (int.from_bytes(blob[at : at + 4], "little") for at in (0, 4, 8))
        assert (kind, length) == (32, len(blob) - 12)
        assert x509.load_der_x509_certificate(blob[12:]) == root
        assert name == thumbprint(root)


def test_the_windows_script_adds_each_file_that_is_there(roots: tuple[x509.Certificate, ...]) -> None:
    files = rollout_files(roots, "")
    added = re.findall(
        r'certutil -f -addstore Root "%~dp0\.\.\\([^"]+)"', files["windows/trust.cmd"].decode()
    )
    assert len(added) == len(roots)
    assert set(added) <= set(files)


def test_firefox_policy_names_files_that_are_there(roots: tuple[x509.Certificate, ...]) -> None:
    files = rollout_files(roots, "")
    certificates = json.loads(files["firefox/policies.json"])["policies"]["Certificates"]
    assert certificates["ImportEnterpriseRoots"] is True
    assert len(certificates["Install"]) == len(roots)
    assert set(certificates["Install"]) <= set(files)


def test_the_apple_profile_is_a_property_list_with_a_payload_for_each(
    roots: tuple[x509.Certificate, ...],
) -> None:
    profile = plistlib.loads(rollout_files(roots, "Example Force")["apple/trust.mobileconfig"])
    assert (profile["PayloadType"], profile["PayloadVersion"]) == ("Configuration", 1)
    assert profile["PayloadOrganization"] == "Example Force"
    payloads = profile["PayloadContent"]
    assert {one["PayloadType"] for one in payloads} == {"com.apple.security.root"}
    assert [x509.load_der_x509_certificate(one["PayloadContent"]) for one in payloads] == list(roots)
    identifiers = [one[key] for one in (profile, *payloads) for key in ("PayloadUUID", "PayloadIdentifier")]
    assert len(set(identifiers)) == len(identifiers)


def test_the_same_roots_make_the_same_files_and_another_root_another_profile() -> None:
    assert rollout_files(ROOTS, "Example Force") == rollout_files(ROOTS, "Example Force")
    one, two = (
        plistlib.loads(rollout_files(roots, "")["apple/trust.mobileconfig"]) for roots in (ROOTS[:1], ROOTS)
    )
    assert one["PayloadUUID"] != two["PayloadUUID"]
    assert one["PayloadIdentifier"] == two["PayloadIdentifier"]  # so that the second replaces the first
    assert one["PayloadContent"][0] == two["PayloadContent"][0]


def test_the_notes_say_how_to_recognise_each_and_name_files_that_are_there(
    roots: tuple[x509.Certificate, ...],
) -> None:
    files = rollout_files(roots, "Example Force")
    notes = files["README.txt"].decode("ascii")
    for root in roots:
        assert fingerprint(root) in notes
        assert f"{file_name(root)}.cer" in notes
    named = set(re.findall(r"(?:windows|firefox|apple)/\w+\.\w+", notes))
    assert named == {name for name in files if "/" in name}
    assert "ROOT" not in notes


def written(folder: Path) -> Path:
    for name, content in rollout_files(ROOTS, "Example Force").items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_openssl_trusts_what_the_authorities_sign_by_the_files(tmp_path: Path) -> None:
    signs = make_ca("", NOW)
    files = rollout_files([ROOTS[0], signs.root], "")
    (tmp_path / "roots.pem").write_bytes(files["all-roots.pem"])
    (tmp_path / "issuing.pem").write_bytes(signs.certificate.public_bytes(Encoding.PEM))
    verify = ["openssl", "verify", "-x509_strict", "-CAfile", "roots.pem", "issuing.pem"]
    subprocess.run(verify, cwd=tmp_path, check=True, capture_output=True)


def test_the_command_in_the_notes_puts_a_root_into_a_store_of_nss(tmp_path: Path) -> None:
    assert shutil.which("certutil"), "install libnss3-tools"
    folder = written(tmp_path)
    store = folder / "nssdb"
    store.mkdir()
    said = re.search(r"certutil -d sql:\S+ (-A -t C,, -n \S+ -i \S+)", (folder / "README.txt").read_text())
    assert said is not None
    database = f"sql:{store}"
    subprocess.run(["certutil", "-N", "-d", database, "--empty-password"], check=True)
    subprocess.run(["certutil", "-d", database, *said[1].split()], cwd=folder, check=True)
    listed = subprocess.run(["certutil", "-L", "-d", database], check=True, capture_output=True, text=True)
    assert re.search(rf"{file_name(ROOTS[0])}\s+C,,", listed.stdout)
