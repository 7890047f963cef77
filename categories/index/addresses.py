"""Address ranges as keys: a network is the beginning of the bits of every address in it."""

from ipaddress import ip_address, ip_network


def looks_like_an_address(host: str) -> bool:
    """Whether a normalised host is an address: no name ends in a digit-only label or has a colon."""
    return ":" in host or (host[-1:].isdigit() and host.replace(".", "").isdigit())


def address_bits(host: str) -> str:
    """`"4:"` or `"6:"` and the address bit by bit. Raises `ValueError` for a name."""
    address = ip_address(host)
    return f"{address.version}:{int(address):0{address.max_prefixlen}b}"


def range_bits(network: str) -> str:
    """The bits that all addresses of `192.0.2.0/24` begin with. Raises `ValueError`."""
    parsed = ip_network(network, strict=False)
    return address_bits(str(parsed.network_address))[: 2 + parsed.prefixlen]


def range_of(bits: str) -> str:
    """The network whose `range_bits` these are."""
    size = 32 if bits.startswith("4") else 128
    number = int(bits[2:].ljust(size, "0"), 2)
    return str(ip_network((number.to_bytes(size // 8, "big"), len(bits) - 2)))
