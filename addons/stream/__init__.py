"""
The carrying of bytes: the only place that touches mitmproxy's private API, pinned to one version of it.
"""

from addons.stream.connection import EXPLICIT, Carrier, GatewayConnection
from addons.stream.exits import BODIES, ENDED, Exits
from addons.stream.next_layer import GatewayNextLayer

__all__ = ["BODIES", "ENDED", "EXPLICIT", "Carrier", "Exits", "GatewayConnection", "GatewayNextLayer"]
