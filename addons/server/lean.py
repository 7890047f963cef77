"""
mitmproxy without the addons that nobody asked for.

`mitmproxy.addons` imports every one of them in its `__init__`, a web framework and an LDAP client among
them: 0.7 s at the start, 12 MB, and code that would lie in a process that reads what strangers send.
"""

import importlib.util
import sys

_PACKAGE = "mitmproxy.addons"


def import_lean() -> None:
    """
    Put an empty package in its place, from which the modules that are asked for by name still load.

    No effect once the package has been imported.
    """
    if _PACKAGE in sys.modules:
        return
    found = importlib.util.find_spec(_PACKAGE)
    if found is None:
        raise ImportError("mitmproxy is not installed")
    # Made, with its path, but never executed.
    package = importlib.util.module_from_spec(found)
    sys.modules[_PACKAGE] = package
    sys.modules["mitmproxy"].addons = package  # type: ignore[attr-defined]
