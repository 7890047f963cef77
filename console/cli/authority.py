"""`sluicegate ca`: the certificate authority, made by a person and handed to the clients."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from addons.ca import CERTIFICATE_FILE, export_certificates, init_ca
from console.cli import show
from console.cli.settings import read_settings
from console.cli.state import state_folder
from policy.errors import ConfigurationError


class Form(StrEnum):
    """How a certificate is written."""

    PEM = "pem"
    DER = "der"


def init() -> None:
    """
    Make the gateway's certificate authority.

    Its private key stays in the state folder, readable by its owner only.
    Install its certificate (see "ca export") on the computers whose traffic
    goes through the gateway, and on no others. An authority that is there
    already is never overwritten.

    Examples:
      sluicegate ca init
    """
    state = state_folder()
    organisation = read_settings(state).policy().about.organisation
    state.create()
    init_ca(state.ca, organisation=organisation)
    show.line(f"made {state.ca / CERTIFICATE_FILE}; install it on the clients (sluicegate ca export)")


def export(
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.PEM,
    output: Annotated[
        Path | None, typer.Option(metavar="PATH", help="A file to write; without it, stdout.")
    ] = None,
) -> None:
    """
    The certificate to install on clients; never the key.

    The computers whose traffic goes through the gateway must trust it, or
    they will refuse every intercepted site.

    Examples:
      sluicegate ca export > sluicegate-ca.pem
      sluicegate ca export --format der --output sluicegate-ca.cer
    """
    certificate = export_certificates(state_folder().ca, form.value)
    if output is None:
        sys.stdout.buffer.write(certificate)
        return
    try:
        output.write_bytes(certificate)
        output.chmod(0o644)  # public by nature, whatever this account's umask
    except OSError as error:
        raise ConfigurationError(f"{output}: the certificate cannot be written: {error.strerror}") from error
    show.note(f"wrote {output}")
