"""
Shutting a process that holds secrets off from its neighbours.

Whoever may run programs as the gateway's account can read the same files as it does: it is the memory that
is put out of reach, where keys and passwords lie that stand in no file.
"""

import ctypes
import os
import resource
from collections.abc import Callable

from policy.errors import ConfigurationError

# <linux/prctl.h>
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


def harden() -> None:
    """
    Keep this process's memory to itself, and its rights where they are. Raises `ConfigurationError`.

    Not dumpable: no core, and no other process of the account may read its memory or trace it (ptrace(2)).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((_PR_SET_NO_NEW_PRIVS, 1), (_PR_SET_DUMPABLE, 0)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise ConfigurationError(f"this process cannot be shut off: {os.strerror(ctypes.get_errno())}")


def apart(look: Callable[[], object]) -> None:
    """
    Call `look` in a process that ends at once, for what it raises: `ConfigurationError`.

    Whoever calls this will be forked into workers, and what it had read, they would have.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            harden()
            look()
            status = 0
        except ConfigurationError as error:
            os.write(writing, str(error).encode())
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        why = said.read().decode()
    _, status = os.waitpid(pid, 0)
    if status != 0:
        raise ConfigurationError(why or "what the settings name cannot be looked at")
