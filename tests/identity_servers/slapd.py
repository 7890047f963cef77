"""
A directory: OpenLDAP's slapd with people of its own on ports of its own, ldaps and StartTLS.

People: jane (password `PASSWORD`, also found by her mail address), two of one mail address, one who may not
sign in, one with two logins, one whose login holds what means something in a filter.
"""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from addons.identity.settings import LdapSettings
from tests.identity_servers import free_port, program
from tests.journeys.harness.certificates import OriginAuthority

BASE = "dc=example,dc=test"
PEOPLE = f"ou=people,{BASE}"
SEARCHER = f"cn=gateway,{BASE}"
SEARCHER_PASSWORD = "who searches"
PASSWORD = "correct:horse bättery"

_MODULES = Path("/usr/lib/ldap")
_SCHEMAS = Path("/etc/ldap/schema")


class Slapd:
    """
    A directory; `with Slapd() as slapd:`. `stop` and `start` may be called again and again.

    `configuration` and `entries` (LDIF) are added to its own.
    """

    def __init__(self, configuration: str = "", entries: str = "") -> None:
        self._configuration = configuration
        self._entries = entries

    def __enter__(self) -> Self:
        self._slapd = program("slapd", "slapd")
        self._slapadd = program("slapadd", "slapd")
        self.folder = Path(tempfile.mkdtemp(prefix="slapd-"))
        self.plain_port, self.tls_port = free_port(), free_port()
        self.authority = OriginAuthority(self.folder)
        self.password_file = self.folder / "searcher"
        self.password_file.write_text(f"{SEARCHER_PASSWORD}\n")
        self.password_file.chmod(0o600)
        (self.folder / "data").mkdir()
        pair = self.authority.issue("localhost")
        (self.folder / "slapd.conf").write_text(f"""
include {_SCHEMAS}/core.schema
include {_SCHEMAS}/cosine.schema
include {_SCHEMAS}/inetorgperson.schema
modulepath {_MODULES}
moduleload back_mdb
moduleload ppolicy
pidfile {self.folder}/pid
TLSCertificateFile {pair}
TLSCertificateKeyFile {pair}
disallow bind_anon
require authc
database mdb
suffix "{BASE}"
directory {self.folder}/data
overlay ppolicy
ppolicy_default "cn=policy,{BASE}"
{self._configuration}
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{SEARCHER}" read by * none
""")
        (self.folder / "people.ldif").write_text(f"{_ldif()}\n{self._entries}")
        subprocess.run(
            [self._slapadd, "-f", str(self.folder / "slapd.conf"), "-l", str(self.folder / "people.ldif")],
            check=True,
            capture_output=True,
            timeout=30,
        )
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Serve; returns when connections are taken."""
        urls = f"ldap://127.0.0.1:{self.plain_port}/ ldaps://127.0.0.1:{self.tls_port}/"
        self._server = subprocess.Popen(
            [self._slapd, "-f", str(self.folder / "slapd.conf"), "-h", urls, "-d", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(500):
            assert self._server.poll() is None, "slapd ended"
            if _answers(self.plain_port) and _answers(self.tls_port):
                return
            time.sleep(0.02)
        raise AssertionError("slapd does not answer")

    def stop(self) -> None:
        """End it."""
        self._server.terminate()
        self._server.wait(10)

    @property
    def ldaps(self) -> str:
        """Its URL where TLS is spoken at once."""
        return f"ldaps://localhost:{self.tls_port}"

    @property
    def starttls(self) -> str:
        """Its URL where TLS is begun."""
        return f"ldap://localhost:{self.plain_port}"

    def settings(self, **changed: object) -> LdapSettings:
        """What a gateway must be told to ask it."""
        return LdapSettings.model_validate(
            {
                "servers": [self.ldaps],
                "ca_file": self.authority.ca_file,
                "bind_dn": SEARCHER,
                "password_file": self.password_file,
                "base": PEOPLE,
                "seconds": 5.0,
            }
            | changed
        )


def _answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def _ldif() -> str:
    import base64

    password = base64.b64encode(PASSWORD.encode()).decode()
    entries = [
        f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example",
        f"dn: {PEOPLE}\nobjectClass: organizationalUnit\nou: people",
        f"dn: {SEARCHER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: gateway\n"
        f"userPassword: {SEARCHER_PASSWORD}",
        f"dn: cn=policy,{BASE}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: policy\n"
        "pwdAttribute: userPassword\npwdLockout: TRUE",
        # Elsewhere in the directory, so nobody who may sign in.
        f"dn: uid=outside,{BASE}\n" + _person("outside", password),
        *(
            f"dn: uid={login},{PEOPLE}\n{_person(login, password, *more)}"
            for login, *more in (
                ("jane", "mail: jane.doe@example.test", "uid: jane"),
                ("twin-a", "mail: twin@example.test"),
                ("twin-b", "mail: twin@example.test"),
                ("locked", "pwdAccountLockedTime: 000001010000Z"),
                ("double", "uid: second"),
            )
        ),
        f"dn: cn=star,{PEOPLE}\nobjectClass: inetOrgPerson\ncn: star\nsn: star\nuid: a*(b)\\c\n"
        f"userPassword:: {password}",
        # A referral: whoever followed it would hand a password to whatever server it names.
        f"dn: ou=elsewhere,{PEOPLE}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\n"
        "ref: ldap://127.0.0.1:1/ou=people,dc=elsewhere,dc=test",
    ]
    return "\n\n".join(entries) + "\n"


def _person(login: str, password: str, *more: str) -> str:
    lines = ["objectClass: inetOrgPerson", f"cn: {login}", f"sn: {login}", f"userPassword:: {password}"]
    lines += [f"uid: {login}", *(line for line in more if line != f"uid: {login}")]
    return "\n".join(lines)
