"""Somebody whom a gateway's addons know, and who has read the notice."""

from mitmproxy import connection

from addons.exchanges import state_of
from addons.identity.settings import IdentityKind, IdentitySettings
from policy.people import Claim
from policy.presence import Acknowledged, Presence
from policy.words import PersonHow
from tests.addons.gateway import NOW, Gateway
from tests.samples import shipped_policy

LOGIN = "jane"
# Nothing but essential hosts without a person.
REQUIRED = IdentitySettings(kinds=(IdentityKind.DEVICE,))


def read_by(*logins: str, version: str | None = None) -> Presence:
    """They have read this version of the notice; without one, the shipped policy's."""
    notice = shipped_policy().notice
    assert notice is not None
    acknowledged = Acknowledged(version or notice.version, NOW)
    return Presence(acknowledged={("", login): acknowledged for login in logins})


def known_client(gateway: Gateway, login: str = LOGIN, *, redirected: bool = False) -> connection.Client:
    """A client whose connection has proved a login."""
    client = gateway.redirected() if redirected else gateway.client()
    state_of(client).claim = Claim(login, PersonHow.NEGOTIATE)
    return client
