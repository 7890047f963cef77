"""`sluicegate ca`: the certificate authority's life, from its making to the one that follows it."""

import os
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from addons.ca import CertificateAuthority, export_certificates
from addons.ca.authority import name_of
from addons.ca.expiry import days_left, warning_for
from addons.ca.folder import NEXT_FILE, REQUEST_FILE, CaFolder, refuse_second
from addons.ca.making import Root, make_root, open_root
from addons.ca.rollout import fingerprint, rollout_files
from addons.ca.trial import objection
from console.cli import show
from console.cli.passphrase import ask_passphrase, new_passphrase
from console.cli.settings import read_settings
from console.cli.state import State, state_folder
from policy.errors import ConfigurationError, Refused

RootKey = Annotated[
    Path, typer.Option("--root-key", metavar="FILE", help="Where the root's key lies, off the gateway.")
]
PassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Its passphrase, the first line; else it is asked for.")
]
Output = Annotated[Path | None, typer.Option(metavar="PATH", help="A file to write; without it, stdout.")]


class Form(StrEnum):
    """How a certificate is written."""

    PEM = "pem"
    DER = "der"


def csr(output: Output = None) -> None:
    """
    Ask the organisation's own PKI for an issuing certificate.

    The recommended way: clients trust your root already. Makes a key, which
    stays here, and a request (PKCS#10) for an authority that may sign leaves
    for servers and no authorities below it. Have it signed, then: ca import.
    Asked again, it prints the same request. With an authority in force, what
    is imported becomes the next one.

    Examples:
      sluicegate ca csr --output sluicegate.csr
      sluicegate ca import sluicegate.cer --chain our-roots.pem
    """
    state = _made()
    asked = CaFolder(state.ca).request(_organisation(state), datetime.now(UTC))
    _write(asked.pem, output)
    if not asked.made_now:
        show.note(f"the request made before; remove {state.ca / REQUEST_FILE} to make another")


def import_(
    certificate: Annotated[Path, typer.Argument(metavar="CERT", help="What your PKI made of the request.")],
    chain: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What stands above it, up to the root.")
    ] = None,
) -> None:
    """
    Take in the issuing certificate that your PKI made of the request.

    PEM, DER or PKCS#7. Looked at: that it is for the request's key, an
    authority's, with room for leaves below it, valid now, and signed all the
    way up to a root, which stands in FILE. The root's key is not needed here
    and must not come here.

    Examples:
      sluicegate ca import sluicegate.cer --chain our-roots.pem
    """
    now = datetime.now(UTC)
    authority, path = CaFolder(_made().ca).take_in(certificate, chain, now)
    _say_kept(authority, path)
    if said := objection(authority, now):
        show.note(f"browsers accept it; the strictest of other programs may not: {said}")


def init(root_key: RootKey, passphrase_file: PassphraseFile = None) -> None:
    """
    Make a root of your own and an issuing authority below it.

    For an organisation without a PKI; with one, see "ca csr". The root's key
    is written to FILE, under a passphrase, outside the state folder: take it
    off this machine at once. The gateway keeps the issuing key alone. An
    authority that is there already is never overwritten.

    Examples:
      sluicegate ca init --root-key /media/stick/sluicegate-root.pem
      sluicegate ca export > roots.pem
    """
    state = _made()
    refuse_second(state.ca)
    _make_root(state, root_key, passphrase_file)


def next_(
    root_key: RootKey,
    new_root: Annotated[bool, typer.Option("--new-root", help="Make another root, too.")] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """
    Make the issuing authority that will follow the one in force.

    Under the root whose key is in FILE, which clients trust already; with
    --new-root under another root, whose key is written to FILE and which
    every client must be given first (ca rollout). Nothing changes before
    "ca switch". With your own PKI: ca csr and ca import.

    Examples:
      sluicegate ca next --root-key /media/stick/sluicegate-root.pem
      sluicegate ca next --new-root --root-key /media/stick/root-2036.pem
    """
    state = _made()
    ca = CaFolder(state.ca)
    ca.in_force()  # whose successor this is
    if ca.path(NEXT_FILE).exists():
        raise Refused(
            f"{ca.path(NEXT_FILE)}: an authority waits there already; put it in force, or remove it"
        )
    if new_root:
        _make_root(state, root_key, passphrase_file)
        return
    _refuse_inside(state, root_key)
    try:
        sealed = root_key.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{root_key}: the root's key cannot be read: {error.strerror}") from error
    now = datetime.now(UTC)
    root = open_root(sealed, ask_passphrase(passphrase_file), str(root_key), now)
    authority = root.issue(_organisation(state), now)
    _say_kept(authority, ca.add(authority))


def switch(
    rolled_out: Annotated[
        bool, typer.Option("--rolled-out", help="Every client trusts its root; needed when that is another.")
    ] = False,
    back: Annotated[bool, typer.Option("--back", help="To the one before instead.")] = False,
) -> None:
    """
    Put the next authority in force.

    Every worker shows its leaves within two seconds; nothing is restarted, no
    open connection is disturbed. The one before is kept, to go back to, until
    another is made. Refused while the next one is not valid, or has another
    root and you do not say that every client has it.

    Examples:
      sluicegate ca switch
      sluicegate ca switch --rolled-out
      sluicegate ca switch --back
    """
    ca, now = CaFolder(_made().ca), datetime.now(UTC)
    authority = ca.switch_back(now) if back else ca.switch(now, rolled_out=rolled_out)
    show.line(f"in force: {name_of(authority.certificate)}, valid until {authority.ends:%Y-%m-%d}")


@dataclass(frozen=True, slots=True)
class Listed:
    """One authority as `ca status` shows it."""

    what: str  # in force, next, before
    name: str
    root: str
    begins: datetime
    ends: datetime
    days_left: int
    root_sha256: str


def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """
    Which authority is in force, which is next, and until when they hold.

    Exit code 1 when the one in force has ended.

    Examples:
      sluicegate ca status
      sluicegate ca status --json
    """
    ca, now = CaFolder(state_folder().ca), datetime.now(UTC)
    listed = [
        _listed(what, authority, now)
        for what, authority in (("in force", ca.in_force()), ("next", ca.next()), ("before", ca.previous()))
        if authority is not None
    ]
    if as_json:
        for one in listed:
            show.json_line(asdict(one))
    else:
        show.table(
            ["", "authority", "until", "days left", "root"],
            ([one.what, one.name, f"{one.ends:%Y-%m-%d}", one.days_left, one.root] for one in listed),
        )
        for text in dict.fromkeys(f"{one.root}  SHA-256 {one.root_sha256}" for one in listed):
            show.line(show.plain(text, 300))
    if ca.path(REQUEST_FILE).exists():
        show.note(f"a request waits for its certificate: {ca.path(REQUEST_FILE)}")
    if warning := warning_for(listed[0].days_left):
        if listed[0].days_left < 0:
            raise Refused(warning)
        show.note(warning)


def export(
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.PEM,
    output: Output = None,
) -> None:
    """
    The root to install on clients, without a key; two while another is next.

    The computers whose traffic goes through the gateway must trust it, or
    they will refuse every intercepted site. See also: ca rollout.

    Examples:
      sluicegate ca export > sluicegate-roots.pem
      sluicegate ca export --format der --output sluicegate-root.cer
    """
    _write(export_certificates(state_folder().ca, form.value), output)


def rollout(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or empty folder.")],
) -> None:
    """
    Write what devices are given so that they trust the gateway.

    Group Policy, Firefox, macOS and iPhone, Android, Linux, Java: files, and
    README.txt that says what to do with each. For the root of the authority
    in force and, while another is next, for that one's too.

    Examples:
      sluicegate ca rollout ./rollout
    """
    state = state_folder()
    files = rollout_files(CaFolder(state.ca).trusted(), _organisation(state))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Refused(f"{folder}: not empty; name a new folder")
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot be written: {error.strerror}") from error
    show.line(f"wrote {len(files)} files; begin with {folder / 'README.txt'}")


def _made() -> State:
    state = state_folder()
    state.create()
    return state


def _organisation(state: State) -> str:
    return read_settings(state).policy().about.organisation


def _make_root(state: State, root_key: Path, passphrase_file: Path | None) -> None:
    """A root whose key goes to `root_key`, and an issuing authority below it that is kept."""
    _refuse_inside(state, root_key)
    if root_key.exists():
        raise Refused(f"{root_key}: is there already and will not be overwritten")
    organisation, now = _organisation(state), datetime.now(UTC)
    root = make_root(organisation, now)
    _write_root(root, root_key, new_passphrase(passphrase_file))
    authority = root.issue(organisation, now)
    path = CaFolder(state.ca).add(authority)
    show.line(
        f"the root's key is in {root_key}, under its passphrase. Take that file off this machine now: to a "
        "safe, with a copy in another, and the passphrase in neither. It is needed again to make the next "
        f"issuing authority, about {authority.ends:%B %Y}"
    )
    _say_kept(authority, path)


def _write_root(root: Root, path: Path, passphrase: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(root.sealed(passphrase))
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        raise ConfigurationError(f"{path}: the root's key cannot be written: {error.strerror}") from error


def _refuse_inside(state: State, path: Path) -> None:
    """Where the gateway keeps its own, a root's key would be backed up, restored and stolen with it."""
    if path.resolve().is_relative_to(state.root.resolve()):
        raise Refused(f"{path}: inside the state folder; the root's key must not lie on the gateway")


def _say_kept(authority: CertificateAuthority, path: Path) -> None:
    what = f"{name_of(authority.certificate)}, valid until {authority.ends:%Y-%m-%d}"
    if path.name == NEXT_FILE:
        show.line(
            f"next: {what}. Clients are to trust {name_of(authority.root)}: sluicegate ca rollout FOLDER"
        )
        show.line("nothing has changed yet; put it in force with: sluicegate ca switch")
    else:
        show.line(
            f"in force: {what}. Clients are to trust {name_of(authority.root)}: sluicegate ca rollout FOLDER"
        )


def _listed(what: str, authority: CertificateAuthority, now: datetime) -> Listed:
    return Listed(
        what,
        name_of(authority.certificate).strip('"'),
        name_of(authority.root).strip('"'),
        authority.begins,
        authority.ends,
        days_left(authority.ends, now),
        fingerprint(authority.root),
    )


def _write(content: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        output.write_bytes(content)
        output.chmod(0o644)  # public by nature, whatever this account's umask
    except OSError as error:
        raise ConfigurationError(f"{output}: cannot be written: {error.strerror}") from error
    show.note(f"wrote {output}")
