"""All tricks, by the headings of `docs/evasion.md` and in its order; their numbers run through."""

from tests.journeys.evasion.addresses import ADDRESSES
from tests.journeys.evasion.detours import DETOURS
from tests.journeys.evasion.failures import FAILURES
from tests.journeys.evasion.hosts import HOSTS
from tests.journeys.evasion.identity import IDENTITY
from tests.journeys.evasion.messages import MESSAGES
from tests.journeys.evasion.names import NAMES
from tests.journeys.evasion.paths import PATHS
from tests.journeys.evasion.permissions import PERMISSIONS
from tests.journeys.evasion.redirected import REDIRECTED
from tests.journeys.evasion.trick import Groups
from tests.journeys.evasion.tunnels import TUNNELS

GROUPS: Groups = {
    "Names that disagree": NAMES,
    "Addresses inside": ADDRESSES,
    "Spellings of a host": HOSTS,
    "Spellings of a path": PATHS,
    "Smuggling and malformed messages": MESSAGES,
    "Tunnels": TUNNELS,
    "Detours by way of others": DETOURS,
    "Being somebody else": IDENTITY,
    "Stretching a permission": PERMISSIONS,
    "Failures of our own": FAILURES,
    "Connections that were redirected": REDIRECTED,
}
