"""An export is found whole, or it is said what of it is not; whatever is handed in."""

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.evidence.keys import SigningKey
from console.evidence.manifest import MANIFEST, PUBLIC_KEY, SIGNATURE, SUMS, checksums, read_manifest
from console.evidence.package import Package, PackageWriter
from console.evidence.verifying import verify
from policy.errors import EvidenceRefused
from tests.console.evidence.samples import FILES, KEY, OTHER_KEY, exported

type Contents = dict[str, bytes]


def unpacked(path: Path) -> Contents:
    with Package.open(path) as package:
        return {name: package.read(name, 1 << 20) for name in package.members}


def packed(path: Path, contents: Mapping[str, bytes]) -> Path:
    file = io.BytesIO()
    writer = PackageWriter(file)
    for name, data in contents.items():
        writer.add(name, data)
    writer.finish()
    path.write_bytes(file.getvalue())
    return path


def test_an_export_is_whole_and_signed(tmp_path: Path) -> None:
    path = exported(tmp_path / "a.zip")
    found = verify(path, KEY.public)
    assert found.key_known
    assert found.fingerprint == KEY.public.fingerprint
    assert found.manifest.authority == "K7QF2M9T"
    assert found.files == len(FILES) + 4
    assert found.size < path.stat().st_size


def test_without_a_key_it_says_only_by_which_one_it_is_signed(tmp_path: Path) -> None:
    """Whoever forges an export signs it with a key of their own, and puts that into it."""
    assert not verify(exported(tmp_path / "a.zip")).key_known
    forged = verify(exported(tmp_path / "b.zip", key=OTHER_KEY))
    assert not forged.key_known
    assert forged.fingerprint == OTHER_KEY.public.fingerprint


def test_with_a_key_another_ones_signature_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceRefused, match="signed by another key than the one given"):
        verify(exported(tmp_path / "a.zip", key=OTHER_KEY), KEY.public)


def resummed(contents: Contents, key: SigningKey) -> Contents:
    """With checksums that fit, signed by `key`."""
    sums = checksums_of(contents)
    return contents | {SUMS: sums, SIGNATURE: key.sign(sums)}


def checksums_of(contents: Contents) -> bytes:
    file = io.BytesIO()
    writer = PackageWriter(file)
    return checksums(
        {
            name: writer.add(name, data).sha256
            for name, data in contents.items()
            if name not in {SUMS, SIGNATURE}
        }
    )


def with_manifest(contents: Contents, **changed: object) -> Contents:
    manifest = read_manifest(contents[MANIFEST]).model_copy(update=changed)
    return resummed(contents | {MANIFEST: manifest.text()}, KEY)


TAMPERED: dict[str, tuple[Callable[[Contents], Contents], str]] = {
    "a-row-changed": (lambda all_: all_ | {"rows/decisions.jsonl": b'{"a":1}\n{"a":9}\n'}, "was changed"),
    "a-row-taken-out": (lambda all_: all_ | {"rows/decisions.jsonl": b'{"a":1}\n'}, "was changed"),
    "a-file-added": (lambda all_: all_ | {"more.txt": b""}, "more.txt: was added"),
    "a-file-taken-out": (
        lambda all_: {name: data for name, data in all_.items() if name != "first-page.txt"},
        "first-page.txt: is missing",
    ),
    "another-key-put-in": (lambda all_: all_ | {PUBLIC_KEY: OTHER_KEY.public.pem}, "was changed"),
    "checksums-made-to-fit": (
        lambda all_: (changed := all_ | {"first-page.txt": b"!"}) | {SUMS: checksums_of(changed)},
        "signature does not fit",
    ),
    "signed-again-by-another": (
        lambda all_: resummed(all_ | {"first-page.txt": b"!"}, OTHER_KEY),
        "signature does not fit",
    ),
    "signed-again-by-another-whose-key-is-in-it": (
        lambda all_: resummed(all_ | {PUBLIC_KEY: OTHER_KEY.public.pem}, OTHER_KEY),
        "names another key",
    ),
    "no-signature": (
        lambda all_: {name: data for name, data in all_.items() if name != SIGNATURE},
        "SHA256SUMS.sig is missing",
    ),
    "a-long-signature": (lambda all_: all_ | {SIGNATURE: bytes(65)}, "more than 64 bytes"),
    "an-empty-signature": (lambda all_: all_ | {SIGNATURE: b""}, "signature does not fit"),
    "no-manifest": (
        lambda all_: resummed({name: data for name, data in all_.items() if name != MANIFEST}, KEY),
        "manifest.json is missing",
    ),
    "no-checksums": (
        lambda all_: {name: data for name, data in all_.items() if name != SUMS},
        "SHA256SUMS is missing",
    ),
    "no-key": (
        lambda all_: resummed({name: data for name, data in all_.items() if name != PUBLIC_KEY}, KEY),
        "public-key.pem is missing",
    ),
    "a-manifest-that-names-less": (
        lambda all_: with_manifest(all_, files={}),
        "does not fit: first-page.txt",
    ),
    "a-manifest-that-counts-wrongly": (
        lambda all_: with_manifest(
            all_,
            files={
                name: info.model_copy(update={"lines": 3}) if info.lines else info
                for name, info in read_manifest(all_[MANIFEST]).files.items()
            },
        ),
        "does not have the 3 lines",
    ),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_is_found_and_said(how: str, tmp_path: Path) -> None:
    change, why = TAMPERED[how]
    contents = unpacked(exported(tmp_path / "a.zip"))
    path = packed(tmp_path / "b.zip", contents)
    verify(path)
    packed(path, change(contents))
    with pytest.raises(EvidenceRefused, match=why) as refused:
        verify(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_no_byte_of_an_export_can_be_changed(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "a.zip"
    if not path.exists():
        exported(path)
        verify(path)
    whole = path.read_bytes()
    begin = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(begin, min(begin + 60, len(whole))))
    changed = whole[:begin] + data.draw(st.binary(max_size=60)) + whole[end:]
    other = tmp_path / "b.zip"
    other.write_bytes(changed)
    if changed == whole:
        verify(other)
        return
    with pytest.raises(EvidenceRefused) as refused:
        verify(other)
    assert "\n" not in str(refused.value)


def test_rows_may_be_in_any_encoding_that_was_signed(tmp_path: Path) -> None:
    files = [replace(FILES[0], contents=bytes(range(256)))]
    assert verify(exported(tmp_path / "a.zip", *files)).files == 5
