"""
The authority's files: one in force, one that is next, one that was before.

    ca.pem        in force: the issuing key, its certificate, and the chain to the root
    next.pem      the same for the authority that will follow, while clients learn to trust its root
    previous.pem  the one before, to go back to; gone when the next `next.pem` is made
    request.pem   a key that waits for its certificate, and the request that was made with it
    ca-cert.pem   the roots that clients are to trust, of `ca.pem` and `next.pem`; no key

What holds a key is readable by its owner alone. An authority is one file, so that one rename puts it in
force: whoever reads sees the old one or the new one, whole. No worker ever writes here, and none makes an
authority that is missing: two that each made one would sign for two, and what every computer of the
organisation will trust ought to come into being when somebody means it to.
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from addons.ca.authority import CertificateAuthority, check_time, parse, pem_of
from addons.ca.making import make_ca, make_request
from addons.ca.reading import chain_from, read_certificates
from categories.durable import beside, put
from policy.errors import ConfigurationError, Refused

KEY_FILE = "ca.pem"
NEXT_FILE = "next.pem"
PREVIOUS_FILE = "previous.pem"
REQUEST_FILE = "request.pem"
CERTIFICATE_FILE = "ca-cert.pem"

_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a certificate, PEM, and whether it was made now or lay there already."""

    pem: bytes
    made_now: bool


class CaFolder:
    """The folder `ca` of a state folder. Every method raises `ConfigurationError` about a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def in_force(self) -> CertificateAuthority:
        """The authority in force, valid or not."""
        return self._read(KEY_FILE)

    def next(self) -> CertificateAuthority | None:
        """The authority that will follow."""
        return self._read(NEXT_FILE) if self.path(NEXT_FILE).exists() else None

    def previous(self) -> CertificateAuthority | None:
        """The authority that was in force before."""
        return self._read(PREVIOUS_FILE) if self.path(PREVIOUS_FILE).exists() else None

    def path(self, name: str = KEY_FILE) -> Path:
        """Where one of the files is."""
        return self._folder / name

    def has_one(self) -> bool:
        """Whether an authority is in force."""
        return self.path().exists()

    def trusted(self) -> tuple[x509.Certificate, ...]:
        """The roots that clients are to trust, each once: of what is in force and of what is next."""
        following = self.next()
        roots = [self.in_force().root, *([following.root] if following else [])]
        return tuple(dict.fromkeys(roots))

    def add(self, authority: CertificateAuthority) -> Path:
        """
        Keep an authority: in force where there is none, else as the next. Returns its file.

        Raises `Refused` where a next one waits already.
        """
        with self._alone():
            name = NEXT_FILE if self.has_one() else KEY_FILE
            path = self.path(name)
            if path.exists():
                raise Refused(
                    f"{path}: an authority waits there already; put it in force (sluicegate ca switch), "
                    "or remove that file"
                )
            try:
                self._write(path, authority.pem(), 0o600)
                if name == NEXT_FILE:
                    self.path(PREVIOUS_FILE).unlink(missing_ok=True)
            except OSError as error:
                raise _unwritten(path, error) from error
            self._write_trusted()
        return path

    def request(self, organisation: str, now: datetime) -> Request:
        """
        Ask for an issuing certificate. The key stays here; asking twice returns the same request.

        A second key would make the certificate that is on its way worthless.
        """
        with self._alone():
            return self._request(organisation, now)

    def _request(self, organisation: str, now: datetime) -> Request:
        path = self.path(REQUEST_FILE)
        if path.exists():
            return Request(self._read_request()[1].public_bytes(serialization.Encoding.PEM), made_now=False)
        key, request = make_request(organisation, now)
        pem = request.public_bytes(serialization.Encoding.PEM)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        try:
            self._write(path, secret + pem, 0o600)
        except OSError as error:
            raise _unwritten(path, error) from error
        return Request(pem, made_now=True)

    def take_in(
        self, certificate: Path, chain: Path | None, now: datetime
    ) -> tuple[CertificateAuthority, Path]:
        """
        Keep the certificate that was issued for the request, with the way to its root.

        Raises `ConfigurationError` when it is not for the request's key, or clients would refuse what it
        signs; `Refused` when nothing was asked for, or a next authority waits already.
        """
        if not self.path(REQUEST_FILE).exists():
            raise Refused(f"{self.path(REQUEST_FILE)}: nothing was asked for; run `sluicegate ca csr` first")
        key, _ = self._read_request()
        found = read_certificates(_read_public(certificate), str(certificate))
        issued = [one for one in found if one.public_key() == key.public_key()]
        if not issued:
            raise ConfigurationError(
                f"{certificate}: not for the key of the request in {self.path(REQUEST_FILE)}; "
                "have that request signed (sluicegate ca csr prints it again)"
            )
        others = found + (read_certificates(_read_public(chain), str(chain)) if chain else [])
        authority = CertificateAuthority(key, chain_from(issued[0], others))
        if len(authority.chain) == 1:
            raise ConfigurationError(
                f"{certificate}: the certificates above it are missing, up to the root; "
                "name them with --chain FILE"
            )
        # As it will be read: whatever is wrong with it is said now.
        authority = parse(authority.pem(), str(certificate))
        check_time(authority, str(certificate), now)
        path = self.add(authority)
        self.path(REQUEST_FILE).unlink(missing_ok=True)
        return authority, path

    def switch(self, now: datetime, *, rolled_out: bool) -> CertificateAuthority:
        """
        Put the next authority in force by one rename, and keep the one before.

        Raises `Refused` when there is none, when it is not valid now, or when clients would have to trust
        another root for it and nobody says (`rolled_out`) that they do.
        """
        with self._alone():
            return self._switch(now, rolled_out=rolled_out)

    def _switch(self, now: datetime, *, rolled_out: bool) -> CertificateAuthority:
        path = self.path(NEXT_FILE)
        following = self.next()
        if following is None:
            raise Refused(
                f"{path}: no authority is next; make one: sluicegate ca next, or ca csr and ca import"
            )
        if following.chain == self.in_force().chain:
            raise Refused(f"{path}: is in force already; a way back was cut off: sluicegate ca switch --back")
        if not following.begins <= now < following.ends:
            raise Refused(
                f"{path}: is valid from {following.begins:%Y-%m-%d %H:%M} to "
                f"{following.ends:%Y-%m-%d %H:%M} UTC; nothing was changed"
            )
        if following.root != self.in_force().root and not rolled_out:
            raise Refused(
                f"{path}: has another root than the one in force; hand it to every client (sluicegate ca "
                "rollout), then: sluicegate ca switch --rolled-out"
            )
        self._replace(KEY_FILE, NEXT_FILE)
        return following

    def switch_back(self, now: datetime) -> CertificateAuthority:
        """Put the authority before in force again. Raises `Refused` when there is none, or it has ended."""
        with self._alone():
            return self._switch_back(now)

    def _switch_back(self, now: datetime) -> CertificateAuthority:
        path = self.path(PREVIOUS_FILE)
        before = self.previous()
        if before is None:
            raise Refused(f"{path}: there is no authority to go back to")
        if now >= before.ends:
            raise Refused(f"{path}: ended on {before.ends:%Y-%m-%d}; nothing was changed")
        # What was in force until now is the next one again.
        try:
            self._link(KEY_FILE, NEXT_FILE)
            put(self.path(PREVIOUS_FILE), self.path(KEY_FILE))
        except OSError as error:
            raise _unwritten(self.path(), error) from error
        self._write_trusted()
        return before

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two commands at once would each keep the other's authority as the one before."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise _unwritten(self._folder, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _replace(self, name: str, by: str) -> None:
        try:
            self._link(name, PREVIOUS_FILE)
            put(self.path(by), self.path(name))
        except OSError as error:
            raise _unwritten(self.path(name), error) from error
        self._write_trusted()

    def _link(self, name: str, to: str) -> None:
        temporary = beside(self.path(to))
        os.link(self.path(name), temporary)
        put(temporary, self.path(to))
        # Where both were names of one file already, as after a switch that was killed, there are two still.
        temporary.unlink(missing_ok=True)

    def _write_trusted(self) -> None:
        path = self.path(CERTIFICATE_FILE)
        try:
            self._write(path, pem_of(self.trusted()), 0o644)
        except OSError as error:
            raise _unwritten(path, error) from error

    @staticmethod
    def _write(path: Path, content: bytes, mode: int) -> None:
        """All of it or nothing, under its name only when it is on the disk."""
        temporary = beside(path)
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, mode)  # whatever this account's umask
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            put(temporary, path)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()

    def _read(self, name: str) -> CertificateAuthority:
        path = self.path(name)
        return parse(read_secret(path), str(path))

    def _read_request(self) -> tuple[ec.EllipticCurvePrivateKey, x509.CertificateSigningRequest]:
        path = self.path(REQUEST_FILE)
        content = read_secret(path)
        try:
            key = serialization.load_pem_private_key(content, password=None)
            request = x509.load_pem_x509_csr(content)
        except (ValueError, TypeError) as error:
            raise ConfigurationError(f"{path}: expected a private key and a request, both PEM") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ConfigurationError(f"{path}: expected an elliptic-curve key")
        return key, request


def init_ca(folder: Path, *, organisation: str = "", now: datetime | None = None) -> CertificateAuthority:
    """
    Make an authority in `folder` whose root's key is thrown away: for demonstrations and tests.

    Raises `Refused` when there is one already, `ConfigurationError` when it cannot be written.
    """
    refuse_second(folder)
    authority = make_ca(organisation, now or datetime.now(UTC))
    CaFolder(folder).add(authority)
    return authority


def refuse_second(folder: Path) -> None:
    """Raises `Refused` when `folder` has an authority already."""
    for name in (KEY_FILE, CERTIFICATE_FILE):
        if (folder / name).exists():
            raise Refused(
                f"{folder / name}: a certificate authority is there already and will not be overwritten; "
                "make the one that follows it with: sluicegate ca next"
            )


def load_ca(folder: Path, *, now: datetime | None = None) -> CertificateAuthority:
    """
    The authority in force in `folder`.

    Raises `ConfigurationError`, one line, when it is not there, can be read by others, is not a key and
    a chain that belong together, or is not valid now.
    """
    ca = CaFolder(folder)
    authority = ca.in_force()
    check_time(authority, str(ca.path()), now or datetime.now(UTC))
    return authority


def export_certificates(folder: Path, form: Literal["pem", "der"] = "pem") -> bytes:
    """
    The roots that clients are to trust, without a key.

    DER holds one certificate: raises `Refused` where there are two. Raises `ConfigurationError`.
    """
    trusted = CaFolder(folder).trusted()
    if form == "pem":
        return pem_of(trusted)
    if len(trusted) > 1:
        raise Refused(
            "clients are to trust two roots at present, and a DER file holds one; "
            "use --format pem, or: sluicegate ca rollout FOLDER"
        )
    return trusted[0].public_bytes(serialization.Encoding.DER)


def read_secret(path: Path) -> bytes:
    """The content of a file that its owner alone may read. Raises `ConfigurationError` where others may."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_MOST_BYTES)
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: there is no certificate authority; run `sluicegate ca init`, or `sluicegate ca csr`"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{path}: the authority cannot be read: {error.strerror}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigurationError(
            f"{path}: others can read this private key (mode {stat.S_IMODE(mode):04o}); "
            f"run `chmod 600 {path}`, and make a new authority if somebody may have"
        )
    return content


def _read_public(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4 * _MOST_BYTES)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error


def _unwritten(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{path}: the authority cannot be written: {error.strerror}")
