"""
`sluicegate pac`: the file from which browsers learn of the proxy, and of what goes past it.

A proxy auto-configuration file is one JavaScript function. It is written for the oldest engine that still
reads such files (ECMAScript 3, in Windows), and looks nothing up: a browser asks it for every URL, and would
wait for DNS each time. So an inner network means addresses typed as such; inner names are named.
"""

import json
import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated

import typer

from addons.server.listen import show_address
from addons.settings import split_address
from categories.urls.normalise import UrlRefused, normalise_host

type Network = IPv4Network | IPv6Network

# What the gateway would refuse as a destination: this machine, its link, private networks.
INNER = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)

# A URL's host may hold a `;`, behind which a browser would read another way: DIRECT, for example.
_PROXY = re.compile(r"[a-z0-9._:-]+")

_SCRIPT = """\
// Written by: sluicegate pac. Served as application/x-ns-proxy-autoconfig.
var proxies = %(proxies)s;
// Past the proxy: these hosts with all below them, and addresses in these networks (as bits).
var hosts = %(hosts)s;
var networks = %(networks)s;

function bits(number, length) {
  var text = "";
  for (var i = 0; i < length; i++) {
    text = (number %% 2) + text;
    number = Math.floor(number / 2);
  }
  return text;
}

function ipv4(host) {
  var parts = host.split("."), text = "";
  if (parts.length !== 4) return "";
  for (var i = 0; i < 4; i++) {
    if (!/^[0-9]{1,3}$/.test(parts[i]) || Number(parts[i]) > 255) return "";
    text += bits(Number(parts[i]), 8);
  }
  return text;
}

function ipv6(host) {
  var halves = host.split("::"), text = "";
  if (halves.length > 2) return "";
  var head = halves[0] ? halves[0].split(":") : [];
  var tail = halves.length > 1 && halves[1] ? halves[1].split(":") : [];
  if (halves.length === 1 ? head.length !== 8 : head.length + tail.length > 7) return "";
  while (head.length + tail.length < 8) head.push("0");
  var groups = head.concat(tail);
  for (var i = 0; i < 8; i++) {
    if (!/^[0-9a-f]{1,4}$/.test(groups[i])) return "";
    text += bits(parseInt(groups[i], 16), 16);
  }
  return text;
}

function isInside(address) {
  for (var i = 0; i < networks.length; i++) {
    if (address.indexOf(networks[i]) === 0) return true;
  }
  return false;
}

function FindProxyForURL(url, host) {
  host = host.toLowerCase().replace(/^\\[|\\]$/g, "").replace(/\\.$/, "");
  if (host.indexOf(":") >= 0) return isInside("6" + ipv6(host)) ? "DIRECT" : proxies;
  // A name without a dot is one of this network's.
  if (host.indexOf(".") < 0) return "DIRECT";
  if (isInside("4" + ipv4(host))) return "DIRECT";
  for (var i = 0; i < hosts.length; i++) {
    var at = host.length - hosts[i].length;
    if (host === hosts[i] || (at > 0 && host.slice(at - 1) === "." + hosts[i])) return "DIRECT";
  }
  return proxies;
}
"""


def pac(
    proxy: Annotated[
        list[str],
        typer.Option(metavar="HOST:PORT", help="Where browsers reach a gateway; the next one if it is away."),
    ],
    direct: Annotated[
        list[str] | None, typer.Option(metavar="HOST", help="Your own: past the proxy, with all below it.")
    ] = None,
    network: Annotated[
        list[str] | None, typer.Option(metavar="NETWORK", help="Addresses in it go past the proxy.")
    ] = None,
    fallback_direct: Annotated[
        bool,
        typer.Option(
            "--fallback-direct", help="Where no gateway answers, go past them: unfiltered, unrecorded."
        ),
    ] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="PATH", help="A file to write; without it, stdout.")
    ] = None,
) -> None:
    """
    Write a proxy auto-configuration file.

    Names without a dot, and private addresses typed as such, go past the
    proxy. Where no gateway answers, nothing does, unless asked for here.
    Serve it as application/x-ns-proxy-autoconfig and name its address by
    Group Policy, DHCP (option 252) or DNS (wpad).

    Examples:
      sluicegate pac --proxy gateway.example.org:8080 --direct example.org
      sluicegate pac --proxy gw1.example.org:8080 --proxy gw2.example.org:8080
    """
    script = make_pac(
        [_proxy(text) for text in proxy],
        [_host(text) for text in direct or ()],
        [ip_network(text) for text in INNER] + [_network(text) for text in network or ()],
        fallback_direct=fallback_direct,
    )
    if output is None:
        typer.echo(script, nl=False)
    else:
        output.write_text(script, "ascii")
        # Not by the umask, which is for what holds people's decisions: a web server is to read it.
        output.chmod(0o644)


def make_pac(
    proxies: Sequence[tuple[str, int]],
    hosts: Sequence[str],
    networks: Sequence[Network],
    *,
    fallback_direct: bool,
) -> str:
    """The file: ASCII. `hosts` are normalised; of `proxies` the first that answers is used."""
    ways = [f"PROXY {show_address(*proxy)}" for proxy in proxies]
    if fallback_direct:
        ways.append("DIRECT")
    return _SCRIPT % {
        "proxies": json.dumps("; ".join(ways)),
        "hosts": json.dumps(list(hosts)),
        "networks": json.dumps([_prefix(network) for network in networks]),
    }


def _prefix(network: Network) -> str:
    """The beginning that the bits of all addresses in it have, with the version before it."""
    bits = f"{int(network.network_address):0{network.max_prefixlen}b}"
    return f"{network.version}{bits[: network.prefixlen]}"


def _proxy(text: str) -> tuple[str, int]:
    try:
        host, port = split_address(text)
        host = normalise_host(host)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: {error}", param_hint="--proxy") from error
    if not _PROXY.fullmatch(host):
        raise typer.BadParameter(f"{text!r}: no name or address of a machine", param_hint="--proxy")
    return host, port


def _host(text: str) -> str:
    try:
        host = normalise_host(text)
    except UrlRefused as error:
        raise typer.BadParameter(f"{text!r}: {error}", param_hint="--direct") from error
    if "*" in host:
        raise typer.BadParameter(f"{text!r}: give the host; all below it goes with it", param_hint="--direct")
    if _is_address(host):
        raise typer.BadParameter(f"{text!r}: an address; give it as --network", param_hint="--direct")
    return host


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--network") from error


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
