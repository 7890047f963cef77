"""What there is to say of each way that is set, for whoever looks before starting."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from addons.identity.settings import IdentityKind, IdentitySettings
from addons.identity.verifiers import DirectoryAway
from policy.errors import ConfigurationError

_MOST_TRUSTED = 16


class State(StrEnum):
    """How it is with one of them."""

    WELL = "well"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"  # `run` would refuse
    AWAY = "away"


class Looked(NamedTuple):
    """One thing that was looked at."""

    state: State
    what: str
    says: str


def look_at_ways(settings: IdentitySettings, replay_cache: Path) -> Iterator[Looked]:
    """Open what each way names, and ask each server of a directory."""
    # Each is imported where it is needed, as by the doorkeeper.
    if IdentityKind.HTPASSWD in settings.kinds and settings.htpasswd_file is not None:
        from addons.identity.htpasswd import read_htpasswd  # noqa: PLC0415 - see above

        yield _tried(
            "identity.htpasswd_file",
            lambda file: f"{len(read_htpasswd(file))} people",
            settings.htpasswd_file,
        )
    if IdentityKind.LDAP in settings.kinds:
        from addons.identity.directory import look_at  # noqa: PLC0415 - see above

        for server in settings.ldap.servers:
            yield _tried("identity.ldap", lambda one: look_at(settings.ldap, one), server)
    if IdentityKind.KERBEROS in settings.kinds:
        yield _tried("identity.kerberos.keytab", lambda cache: _keytab(settings, cache), replay_cache)
    trusted = sum(network.num_addresses for network in settings.header_from)
    if IdentityKind.HEADER in settings.kinds and trusted > _MOST_TRUSTED:
        says = f"any of {trusted} addresses can name whom it likes; name those of the proxy alone"
        yield Looked(State.DOUBTFUL, "identity.header_from", says)


def _keytab(settings: IdentitySettings, replay_cache: Path) -> str:
    from addons.identity.kerberos import Tickets  # noqa: PLC0415 - as above

    Tickets(settings.kerberos, replay_cache)
    return f"{settings.kerberos.keytab} has a key for {settings.kerberos.service}"


def _tried[T](what: str, try_it: Callable[[T], str], of: T) -> Looked:
    try:
        return Looked(State.WELL, what, try_it(of))
    except ConfigurationError as error:
        return Looked(State.WRONG, what, str(error))
    except DirectoryAway as error:
        return Looked(State.AWAY, what, str(error))
