"""
What clients are given so that they trust the roots: files for every kind of device, as pure data.

Nothing here is secret. While two roots are to be trusted, the files hold both. They are the same for the
same roots, names and identifiers included, so that a device that has the profile recognises it when it
comes again, and whoever compares two folders sees what has changed.
"""

import json
import plistlib
from collections.abc import Sequence
from uuid import UUID, uuid5

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from addons.ca.authority import name_of, pem_of

# Ours, by chance (RFC 9562, 4): profiles of other products must not have the same identifiers.
_SPACE = UUID("5d1f62f3-6f0b-4f8e-9a35-2c9d3b1c7e40")
# A property list's identifier of a serialised certificate: CERT_CERT_PROP_ID in wincrypt.h.
_CERTIFICATE_PROPERTY = 32
_REG_WIDTH = 20


def rollout_files(roots: Sequence[x509.Certificate], organisation: str) -> dict[str, bytes]:
    """File names (with folders) and contents, for the roots that clients are to trust, at least one."""
    named = {file_name(root): root for root in roots}
    files: dict[str, bytes] = {}
    for name, root in named.items():
        files[f"{name}.cer"] = root.public_bytes(serialization.Encoding.DER)
        # The ending that update-ca-certificates looks for; the content is PEM.
        files[f"{name}.crt"] = pem_of([root])
    files["all-roots.pem"] = pem_of(roots)
    files["windows/trust.reg"] = _registry(roots)
    files["windows/trust.cmd"] = _script(named)
    files["firefox/policies.json"] = _firefox(named)
    files["apple/trust.mobileconfig"] = _apple(roots, organisation)
    files["README.txt"] = _notes(named, organisation).encode()
    return files


def file_name(root: x509.Certificate) -> str:
    """The name of a root's files: the same for the same root, another for another."""
    return f"sluicegate-root-{thumbprint(root)[:8].lower()}"


def thumbprint(certificate: x509.Certificate) -> str:
    """SHA-1 in capitals: what Windows calls a certificate's thumbprint. It names, and proves nothing."""
    return certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 (Windows names certificates so)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256, in pairs, for people who compare it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _registry(roots: Sequence[x509.Certificate]) -> bytes:
    """Where Group Policy puts trusted roots, as a file that Group Policy Preferences or `reg import` take."""
    lines = ["Windows Registry Editor Version 5.00", ""]
    for root in roots:
        der = root.public_bytes(serialization.Encoding.DER)
        blob = b"".join(number.to_bytes(4, "little") for number in (_CERTIFICATE_PROPERTY, 1, len(der))) + der
        rows = [blob[at : at + _REG_WIDTH].hex(",") for at in range(0, len(blob), _REG_WIDTH)]
        lines += [
            r"[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\SystemCertificates\Root\Certificates"
            f"\\{thumbprint(root)}]",
            '"Blob"=hex:' + ",\\\n  ".join(rows),
            "",
        ]
    # regedit wants UTF-16 with its mark.
    return b"\xff\xfe" + "\n".join(lines).replace("\n", "\r\n").encode("utf-16-le")


def _script(named: dict[str, x509.Certificate]) -> bytes:
    lines = ["@echo off", "rem Run as administrator, for instance as a start-up script of Group Policy."]
    lines += [f'certutil -f -addstore Root "%~dp0..\\{name}.cer" || exit /b 1' for name in named]
    return ("\r\n".join(lines) + "\r\n").encode()


def _firefox(named: dict[str, x509.Certificate]) -> bytes:
    install = [f"{name}.crt" for name in named]
    certificates = {"ImportEnterpriseRoots": True, "Install": install}
    return (json.dumps({"policies": {"Certificates": certificates}}, indent=2) + "\n").encode()


def _apple(roots: Sequence[x509.Certificate], organisation: str) -> bytes:
    """A configuration profile with a certificate payload for each root."""
    payloads = [
        {
            "PayloadType": "com.apple.security.root",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"sluicegate.root.{thumbprint(root).lower()}",
            "PayloadUUID": _uuid(thumbprint(root)),
            "PayloadDisplayName": name_of(root).strip('"'),
            "PayloadCertificateFileName": f"{file_name(root)}.cer",
            "PayloadContent": root.public_bytes(serialization.Encoding.DER),
        }
        for root in roots
    ]
    profile: dict[str, object] = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": "sluicegate.trust",
        # Of the content: a profile with another root replaces the one before by its identifier.
        "PayloadUUID": _uuid("profile " + " ".join(map(thumbprint, roots))),
        "PayloadDisplayName": "Web filter: trusted certificates",
        "PayloadDescription": "Lets this device accept what the organisation's web filter looks into.",
        "PayloadOrganization": organisation or "Sluicegate",
        "PayloadScope": "System",
        "PayloadRemovalDisallowed": False,
        "PayloadContent": payloads,
    }
    return plistlib.dumps(profile)


def _uuid(name: str) -> str:
    return str(uuid5(_SPACE, name)).upper()


def _notes(named: dict[str, x509.Certificate], organisation: str) -> str:
    parts = [
        f"Roots that the devices of {organisation or 'the organisation'} are to trust",
        "",
        "Compare the SHA-256 fingerprint with what `sluicegate ca status` shows on the gateway before you",
        "hand anything out. Install these on devices whose traffic goes through the gateway, on no others.",
        "",
    ]
    for name, root in named.items():
        parts += [
            f"{name}.cer (DER), {name}.crt (PEM)",
            f"  name         {name_of(root)}",
            f"  valid until  {root.not_valid_after_utc:%Y-%m-%d}",
            f"  SHA-256      {fingerprint(root)}",
            f"  thumbprint   {thumbprint(root)}",
            "",
        ]
    one = next(iter(named))
    return "\n".join(parts) + _HOW.replace("ROOT", one)


_HOW = """\
Windows, by Group Policy
  Computer Configuration > Policies > Windows Settings > Security Settings > Public Key Policies >
  Trusted Root Certification Authorities > Import: each .cer file. Edge and Chrome use this store.
  Instead: windows/trust.reg by Group Policy Preferences, or windows/trust.cmd as a start-up script.
  See: gpupdate /force, then certutil -store Root.

Firefox
  firefox/policies.json goes to "distribution" in Firefox's folder, or the same by its ADMX templates
  (Certificates > Import Enterprise Roots). On Linux: /etc/firefox/policies/, and each .crt file to
  /usr/lib/mozilla/certificates/.

macOS, iPhone and iPad
  apple/trust.mobileconfig by device management (sign it there). Installed by hand on an iPhone, trust
  must be given as well: Settings > General > About > Certificate Trust Settings.

Android
  By device management, as a CA certificate for the whole device. Programs on Android 7 and later take
  certificates that a user installed only where they say so themselves; those that do not are seen in
  `sluicegate status --tls`.

Linux
  Debian, Ubuntu: each .crt file to /usr/local/share/ca-certificates/, then update-ca-certificates.
  Fedora, RHEL: each .crt file to /etc/pki/ca-trust/source/anchors/, then update-ca-trust.
  Chrome and what else uses NSS, for one account:
    certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n ROOT -i ROOT.crt

Java
  keytool -importcert -cacerts -noprompt -alias ROOT -file ROOT.crt; on Windows instead
  -Djavax.net.ssl.trustStoreType=Windows-ROOT.

Programs with a list of their own
  Python requests: REQUESTS_CA_BUNDLE; Node.js: NODE_EXTRA_CA_CERTS; Git: http.sslCAInfo; pip: --cert;
  each set to all-roots.pem, for some of them appended to what they have.
"""
