"""
A departure from the one standard level of access (P3.1): another action for some people, places or hours.

Each condition that is given must hold; within one, any of its values suffices. Of several departures that
hold, the one that stands first in the policy file decides; one on trial decides nothing and is only
recorded.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainValidator, model_validator

from policy.facts import Who
from policy.people import fold_login
from policy.sections.part import CategoryName, Label, Name, Part, Sentence, clauses_of
from policy.words import Action


def _folded_label(value: object) -> object:
    """A unit or role as it is compared, which is as logins are."""
    return fold_login(value) if isinstance(value, str) else value


def _network(value: object) -> IPv4Network | IPv6Network:
    if not isinstance(value, str):
        raise ValueError('expected a network such as "10.2.0.0/16"')
    return ip_network(value)


# By hand, since pydantic would speak of each branch of the union by itself.
Network = Annotated[IPv4Network | IPv6Network, PlainValidator(_network)]
FoldedLabel = Annotated[Label, BeforeValidator(_folded_label)]


class Departure(Part):
    """Another action for who meets its conditions."""

    name: Name
    categories: Annotated[tuple[CategoryName, ...], Field(min_length=1)]
    units: tuple[FoldedLabel, ...] = ()
    roles: tuple[FoldedLabel, ...] = ()
    networks: tuple[Network, ...] = ()
    devices: tuple[Label, ...] = ()
    schedule: str = ""
    action: Action
    reason: Sentence  # plain English, shown to staff
    clause: str = ""
    because: Sentence  # why there is a departure at all; for who answers for the policy
    trial: bool = False

    @property
    def clauses(self) -> tuple[str, ...]:
        """Each clause by itself."""
        return clauses_of(self.clause)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Whom it is for and when, one condition each, as it is shown."""
        named = (
            ("unit", self.units),
            ("role", self.roles),
            ("network", self.networks),
            ("device", self.devices),
            ("schedule", (self.schedule,) if self.schedule else ()),
        )
        return tuple(f"{what} {' or '.join(map(str, values))}" for what, values in named if values)

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if not self.conditions:
            raise ValueError(
                "has no condition (units, roles, networks, devices, schedule); "
                "what holds for everyone is the category's own rule"
            )
        return self

    def is_for(self, who: Who) -> bool:
        """Whether who asks meets every condition but the schedule."""
        return (
            (not self.units or (who.unit is not None and fold_login(who.unit) in self.units))
            and (not self.roles or (who.role is not None and fold_login(who.role) in self.roles))
            and (not self.devices or who.device in self.devices)
            and (not self.networks or _within(who.client_ip, self.networks))
        )


def _within(address: str | None, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    if address is None:
        return False
    try:
        ip: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    # A socket that listens for both families gives an IPv4 client in the clothes of IPv6.
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in network for network in networks)
