"""
A small Internet behind the gateway's place, and a client before it whose browser knows of no proxy.

The names are real ones of the shipped lists, so that the shipped policy has something to refuse; the
addresses are ones for documentation, and all of it is in network namespaces of its own.
"""

import contextlib
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from tests.browser import chromium, chromium_path
from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.namespaces import (
    ORIGIN,
    RESOLVER,
    STRANGER,
    NameServer,
    Namespace,
    Network,
    echo,
    network,
)
from tests.journeys.harness.origins import running_origins

# Sites that nobody lists, two of the gambling list and one of malware; over one version of IP, or both.
NAMES = {
    "news.test": ORIGIN,
    "four.test": ORIGIN[:1],
    "six.test": ORIGIN[1:],
    "www.bet365.com": ORIGIN[:1],
    "www.paddypower.com": ORIGIN[1:],
    "malware.wicar.org": ORIGIN,
}


@contextlib.contextmanager
def internet(folder: Path) -> Iterator[tuple[Network, Path]]:
    """Three machines, with names and sites behind the gateway's; the root that these sites are trusted by."""
    authority = OriginAuthority(folder)
    certificate = authority.issue(*NAMES)
    with (
        network(routed=False) as there,
        running_origins(there.origin.enter) as origins,
        contextlib.ExitStack() as stack,
    ):
        for version in (0, 1):
            for resolver in (RESOLVER, STRANGER):
                NameServer(NAMES).serve(stack, there.origin, resolver[version])
            origins.http(80, ORIGIN[version])
            origins.https(certificate, http2=True, port=443, address=ORIGIN[version])
        for port, tcp in ((443, False), (853, True), (4433, False)):
            echo(stack, there.origin, port, tcp=tcp)
        yield there, authority.ca_file


class Client:
    """The client's machine, with an account that has nothing but its own store of roots."""

    def __init__(self, there: Namespace, home: Path, stack: contextlib.ExitStack) -> None:
        self.there, self._home, self._stack = there, home, stack
        store = home / ".pki" / "nssdb"
        store.mkdir(parents=True)
        self._store = ("certutil", "-d", f"sql:{store}")
        subprocess.run([*self._store, "-N", "--empty-password"], check=True)

    def trust(self, name: str, root: str) -> None:
        """As the notes of the roll-out say for Chrome on Linux; a certificate in PEM."""
        file = self._home / f"{name}.crt"
        file.write_text(root)
        subprocess.run([*self._store, "-A", "-t", "C,,", "-n", name, "-i", str(file)], check=True)

    def browser(self) -> Page:
        """A page of Chromium, which reads that store now."""
        start = self._home / "start"
        command = shlex.join(self.there.command(chromium_path()))
        start.write_text(f'#!/bin/sh\nHOME={shlex.quote(str(self._home))} exec {command} "$@"\n')
        start.chmod(0o700)
        return self._stack.enter_context(chromium(path=str(start))).new_page()
