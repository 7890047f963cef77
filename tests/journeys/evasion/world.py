"""
A small internet in which "reached" is unambiguous.

Every origin listens on three addresses of this machine, on the same ports: where allowed names lead, where
forbidden ones do, and where nobody from outside may go. An address that is not listed anywhere has one more.
Nothing but a hole in the gateway can bring a connection to the second or third.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import bcrypt

from tests.journeys.evasion import broken
from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.clients import Client
from tests.journeys.harness.gateway import Gateway, copy_state, make_state, sluicegate
from tests.journeys.harness.origins import Origin, Origins

SHIPPED_LISTS = Path(__file__).parents[3] / "categories" / "lists"

GOOD = "127.0.0.8"
BAD = "127.0.0.9"
UNLISTED = "127.0.0.10"
OLD = "127.0.0.11"  # allowed; its origins speak no HTTP/2
BALANCER = "127.0.0.5"  # whoever connects from there says what its clients connected to
INSIDE = "127.0.0.1"  # not among `destinations.inner`, and where the gateway itself listens

ALLOWED = (
    "allowed.test",
    "m.allowed.test",
    "other.test",
    "updates.test",
    "union.test",
    "push.apple.com",  # never decrypted, by the shipped list
    "mesu.apple.com",  # the same
    "xn--bt-nlc.test",  # "bet" with a Cyrillic letter that looks like its e
    "translate.google.com",
    "bet-test.translate.goog",
    "web.archive.org",
    "webcache.googleusercontent.com",
    "later.test",
    # Listed, and opened in part or for one person.
    "opened.test",
    "sub.opened.test",
    "social.test",
)
FORBIDDEN = ("bet.test", "www.bet.test", "gdmf.apple.com", "dns.google", "www.proxysite.com")
INNER = ("inside.test", "localhost")

# Of hosts that are contacted for their other pages.
_FORBIDDEN_PAGE = re.compile(r"(allowed|old)\.test(:\d+)?/casino|opened\.test(:\d+)?/(?!help)", re.IGNORECASE)

LISTS = {
    "gambling": [
        "bet.test",
        "opened.test",
        "fence.test",
        "allowed.test/casino/",
        "old.test/casino/",
        "path:/roulette/",
        f"address:{BAD}/32",
        "gdmf.apple.com",  # stands among those that are never decrypted too
    ],
    "social_media": ["social.test"],
    "essential": ["updates.test"],
    "privileged": ["union.test"],
}
LOGIN = "ann:correct horse"
OTHER_LOGIN = "bob:battery staple"
AUTH, OTHER_AUTH = (
    f"Proxy-Authorization: Basic {b64encode(login.encode()).decode()}" for login in (LOGIN, OTHER_LOGIN)
)


@dataclass(frozen=True, slots=True)
class Place:
    """The origins of one address."""

    http: Origin
    tls: Origin

    @property
    def connections(self) -> int:
        """How often anybody came."""
        return sum(origin.seen.connections for origin in (self.http, self.tls))

    @property
    def requests(self) -> list[tuple[str, str, str]]:
        """Method, Host and target of everything that was asked for."""
        return [*self.http.seen.requests, *self.tls.seen.requests]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a trick may use."""

    good: Place
    old: Place
    bad: Place
    unlisted: Place
    inside: Place
    gateway: Gateway  # the one that tricks are played at
    guarded: Gateway  # asks who people are, and can be made to fail (`broken.py`)
    folder: Path
    origins_ca: Path  # what signed the origins' certificates
    login: str | None = None

    @property
    def client(self) -> Client:
        """Somebody at a desk."""
        return self.gateway.client(self.login)

    @property
    def transparent(self) -> tuple[str, int]:
        """Where the gateway listens for connections that were redirected."""
        host, _, port = self.gateway.status().listen[1].rpartition(":")
        return host, int(port)

    @property
    def signed(self) -> tuple[str, ...]:
        """The header fields with which they sign in."""
        return () if self.login is None else (AUTH if self.login == LOGIN else OTHER_AUTH,)

    def at_guarded(self, login: str | None) -> "Stage":
        """The same at the gateway that asks who people are."""
        return replace(self, gateway=self.guarded, login=login)

    def forbidden_reached(self) -> list[str]:
        """What was reached of all that no trick may reach, since the beginning."""
        places = {BAD: self.bad, INSIDE: self.inside}
        pages = [
            f"{host}{target}"
            for _, host, target in (*self.good.requests, *self.old.requests)
            if _FORBIDDEN_PAGE.match(f"{host}{target}")
        ]
        return [address for address, place in places.items() if place.connections] + pages

    @contextmanager
    def broken(self, place: str) -> Iterator[None]:
        """While this lasts, `place` raises in every worker of the guarded gateway."""
        control = self.folder / broken.CONTROL
        control.write_text(place, "utf-8")
        try:
            yield
        finally:
            control.write_text("", "utf-8")

    def filled(self, text: str) -> str:
        """`text` with the ports of this run in place of `$http`, `$tls` and `$self`."""
        ports = {
            "http": self.good.http.port,
            "tls": self.good.tls.port,
            "self": self.gateway.proxy[1],
        }
        return re.sub(r"\$(http|tls|self)\b", lambda found: str(ports[found[1]]), text)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """The whole of it, running."""
    origins = Origins()
    authority = OriginAuthority(folder)
    certificate = authority.issue(*ALLOWED, *FORBIDDEN, *INNER, "old.test", "fresh.test")
    hosts = folder / "hosts"
    hosts.write_text(_hosts())
    try:
        good = _place(origins, certificate, GOOD)
        old, bad, unlisted, inside = (
            _place(origins, certificate, address, good) for address in (OLD, BAD, UNLISTED, INSIDE)
        )
        proxies = (SHIPPED_LISTS / "proxies_anonymisers.txt").read_text("utf-8").splitlines()
        template = make_state(folder / "template", {**LISTS, "proxies_anonymisers": proxies})
        _permit(template)
        settings: dict[str, dict[str, object]] = {
            "gateway": {
                "workers": 1,
                "drain_seconds": 2,
                "mode": "both",
                "listen": [f"{GOOD}:0"],
                "transparent_listen": [f"{GOOD}:0"],
                "proxy_protocol_from": [f"{BALANCER}/32"],
            },
            "destinations": {
                "hosts_file": str(hosts),
                "ca_file": str(authority.ca_file),
                "inner": [f"{address}/32" for address in (GOOD, OLD, BAD, UNLISTED)],
            },
            "limits": {"connect_ports": [443, good.tls.port]},
        }
        gateway = Gateway(copy_state(template, folder / "gateway"), settings)
        identity: dict[str, object] = {"kinds": ["htpasswd"], "htpasswd_file": str(_htpasswd(folder))}
        guarded = Gateway(
            copy_state(template, folder / "guarded"),
            settings | {"identity": identity},
            wrap=broken.command(folder),
        )
        try:
            yield Stage(
                good, old, bad, unlisted, inside, gateway.start(), guarded.start(), folder, authority.ca_file
            )
        finally:
            gateway.stop()
            guarded.stop()
    finally:
        origins.close()


def _place(origins: Origins, certificate: Path, address: str, like: Place | None = None) -> Place:
    http, tls = (like.http.port, like.tls.port) if like is not None else (0, 0)
    return Place(
        origins.http(http, address),
        origins.https(certificate, http2=address != OLD, port=tls, address=address),
    )


def _hosts() -> str:
    lines = [
        *(f"{GOOD} {name}" for name in ALLOWED),
        *(f"{BAD} {name}" for name in FORBIDDEN),
        *(f"{INSIDE} {name}" for name in INNER),
        # An honest address and one of ours in one answer.
        f"{OLD} old.test",
        f"{OLD} impostor.test",  # which no certificate names
        f"{UNLISTED} fresh.test",
        f"{GOOD} half-inside.test",
        f"{INSIDE} half-inside.test",
        "169.254.169.254 metadata.test",
        "::ffff:127.0.0.1 mapped.test",
        "64:ff9b::7f00:1 translated.test",
    ]
    return "\n".join(lines) + "\n"


def _htpasswd(folder: Path) -> Path:
    path = folder / "htpasswd"
    people = (login.partition(":") for login in (LOGIN, OTHER_LOGIN))
    path.write_text(
        "".join(
            f"{name}:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()}\n"
            for name, _, password in people
        )
    )
    path.chmod(0o600)
    return path


def _permit(state: Path) -> None:
    """What an administrator allowed, and what somebody was exempted from."""
    sluicegate("lists", "allow", "opened.test/help", "--because", "a trick", state=state)
    exemption = ("--person", LOGIN.partition(":")[0], "--category", "social_media", "--until", "1d")
    sluicegate("exemptions", "grant", *exemption, "--purpose", "a trick", state=state)
