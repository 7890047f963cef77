"""The servers that say who people are, real ones: a Kerberos KDC and an LDAP directory on loopback."""

import os
import shutil
import socket
from importlib.util import find_spec
from typing import NoReturn

import pytest


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def program(name: str, package: str) -> str:
    """A server's program; where it is not installed the test is skipped, except under CI, where it fails."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        _not_there(f"{name} is not installed (Debian: apt-get install {package})")
    return found


def gssapi_or_skip() -> None:
    """As `program`, for the package that speaks Kerberos."""
    if find_spec("gssapi") is None:
        _not_there("gssapi is not installed (libkrb5-dev, then: uv sync --extra kerberos)")


def _not_there(told: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(told)
    pytest.skip(told)
