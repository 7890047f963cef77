"""A process that holds secrets keeps them to itself."""

import os
import subprocess
import sys

import pytest

from addons.harden import apart
from policy.errors import ConfigurationError

HARDENED = """
import os, resource
from addons.harden import harden
harden()
print(resource.getrlimit(resource.RLIMIT_CORE))
print([line.split()[1] for line in open("/proc/self/status") if line.startswith("NoNewPrivs")])
print(os.stat("/proc/self/mem").st_uid == 0)
"""


def test_there_is_no_core_no_new_right_and_no_reading_of_its_memory() -> None:
    ran = subprocess.run([sys.executable, "-c", HARDENED], check=True, capture_output=True, text=True)
    # What is not dumpable has its files in /proc owned by root: proc(5).
    assert ran.stdout.splitlines() == ["(0, 0)", "['1']", "True"]


def test_what_was_looked_at_apart_is_not_in_our_memory() -> None:
    seen: list[int] = []
    apart(lambda: seen.append(os.getpid()))
    assert seen == []


def test_what_was_wrong_apart_is_said_here() -> None:
    def wrong() -> None:
        raise ConfigurationError("the file: cannot be read")

    with pytest.raises(ConfigurationError, match="the file: cannot be read"):
        apart(wrong)


def test_what_broke_apart_is_told_without_what_it_held() -> None:
    def broken() -> None:
        os.close(2)  # the traceback is not for this test's output
        raise ValueError("a secret")

    with pytest.raises(ConfigurationError, match="cannot be looked at"):
        apart(broken)
