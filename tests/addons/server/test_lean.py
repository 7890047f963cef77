"""mitmproxy's other addons stay out of the process."""

import subprocess
import sys


def test_the_modules_of_mitmproxys_other_addons_are_not_imported() -> None:
    """A web framework and an LDAP client have no place in a process that reads what strangers send."""
    script = """
import sys
from addons.server.lean import import_lean
import_lean()
import mitmproxy.master, mitmproxy.addons.tlsconfig, mitmproxy.addons.next_layer
assert mitmproxy.addons.tlsconfig.TlsConfig
print(sorted({"flask", "ldap3", "tornado", "mitmproxy.addons.onboarding"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_import_lean_leaves_a_package_that_is_there_alone() -> None:
    script = """
import mitmproxy.addons
from addons.server.lean import import_lean
import_lean()
assert mitmproxy.addons.default_addons()
"""
    subprocess.run([sys.executable, "-c", script], check=True)
