"""
A Kerberos realm: MIT's KDC with a database of its own on a port of its own, and clients with tickets of it.

Nothing of this machine's own Kerberos is read or written: every program is told of the realm by its
environment.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.identity_servers import free_port, program

REALM = "EXAMPLE.TEST"


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody with tickets."""

    environment: dict[str, str]

    def token(self, service: str, *, krb5: bool = False) -> bytes:
        """What they would show to `service` (`HTTP@host`), in SPNEGO unless bare Kerberos is asked for."""
        import gssapi

        os_environment = {name: os.environ.get(name) for name in ("KRB5_CONFIG", "KRB5CCNAME")}
        os.environ.update({name: self.environment[name] for name in os_environment})
        try:
            mechanism = gssapi.MechType.kerberos if krb5 else gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
            name = gssapi.Name(service, gssapi.NameType.hostbased_service)
            token: bytes | None = gssapi.SecurityContext(name=name, mech=mechanism, usage="initiate").step()
        finally:
            for name_, value in os_environment.items():
                if value is None:
                    del os.environ[name_]
                else:
                    os.environ[name_] = value
        assert token is not None
        return token


class Kdc:
    """A realm; `with Kdc() as kdc:`."""

    def __init__(self, realm: str = REALM) -> None:
        self.realm = realm

    def __enter__(self) -> Self:
        for name, package in (
            ("krb5kdc", "krb5-kdc"),
            ("kdb5_util", "krb5-kdc"),
            ("kadmin.local", "krb5-admin-server"),
            ("kinit", "krb5-user"),
        ):
            program(name, package)
        self.folder = Path(tempfile.mkdtemp(prefix="kdc-"))
        self.port = free_port()
        (self.folder / "krb5.conf").write_text(f"""
[libdefaults]
default_realm = {self.realm}
dns_lookup_realm = false
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
udp_preference_limit = 1
[realms]
{self.realm} = {{
  kdc = 127.0.0.1:{self.port}
}}
""")
        (self.folder / "kdc.conf").write_text(f"""
[kdcdefaults]
kdc_listen = ""
kdc_tcp_listen = 127.0.0.1:{self.port}
[realms]
{self.realm} = {{
  database_name = {self.folder}/principal
  key_stash_file = {self.folder}/stash
  acl_file = {self.folder}/acl
  max_life = 1h
}}
[logging]
kdc = FILE:{self.folder}/kdc.log
""")
        self.environment = {
            **os.environ,
            "KRB5_CONFIG": str(self.folder / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
        }
        self._run("kdb5_util", "create", "-r", self.realm, "-s", "-P", "master")
        self._server = subprocess.Popen(
            [program("krb5kdc", "krb5-kdc"), "-n", "-r", self.realm, "-P", str(self.folder / "pid")],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        self._server.wait(10)
        shutil.rmtree(self.folder)

    def add_person(self, name: str, password: str) -> None:
        """Somebody who can sign in."""
        self._admin(f'addprinc -pw "{password}" {name}')

    def keytab(self, *services: str) -> Path:
        """A keytab with keys of these principals (`HTTP/host`), which are made."""
        path = self.folder / f"{services[0].replace('/', '-')}.keytab"
        for service in services:
            self._admin(f"addprinc -randkey {service}")
            self._admin(f"ktadd -k {path} {service}")
        return path

    def renew_keys(self, service: str) -> Path:
        """Another keytab for a principal that has new keys now."""
        path = self.folder / f"{service.replace('/', '-')}.new.keytab"
        self._admin(f"ktadd -k {path} {service}")
        return path

    def disable(self, name: str) -> None:
        """Let somebody have no more tickets."""
        self._admin(f"modprinc -allow_tix {name}")

    def sign_in(self, name: str, password: str) -> Client:
        """Tickets for somebody. Raises `CalledProcessError` where the KDC gives none."""
        cache = self.folder / f"cache-{name.replace('/', '-')}-{time.monotonic_ns()}"
        environment = {**self.environment, "KRB5CCNAME": f"FILE:{cache}"}
        subprocess.run(
            [program("kinit", "krb5-user"), name],
            env=environment,
            input=f"{password}\n",
            text=True,
            check=True,
            capture_output=True,
            timeout=30,
        )
        return Client(environment)

    def _admin(self, command: str) -> None:
        self._run("kadmin.local", "-r", self.realm, "-q", command)

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [program(name, "krb5-kdc"), *arguments],
            env=self.environment,
            check=True,
            capture_output=True,
            timeout=30,
        )

    def _wait(self) -> None:
        for _ in range(500):
            assert self._server.poll() is None, "the KDC ended"
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("the KDC does not answer")
