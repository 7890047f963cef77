"""The gateway's addons, in order; each line says why it stands where it stands."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

from addons.answers import Answers
from addons.certificates import Certificates
from addons.exits import GatewayExits
from addons.fail_closed import LastResort
from addons.gatekeeper import Gatekeeper
from addons.identity.identify import Identity
from addons.judging import Judging
from addons.leads import Leads
from addons.own_pages import OwnPages
from addons.pages.own.tokens import Tokens
from addons.recorder import Recorder
from addons.snapshots import Parts
from addons.standing import Standing
from addons.stream.exits import Exits
from addons.stream.next_layer import GatewayNextLayer
from addons.tls import GatewayTls, client_context, tls_options
from addons.tls_failures import TlsFailures
from addons.tls_table import TlsTable
from policy.judge import is_privileged


@dataclass(frozen=True, slots=True)
class Chain:
    """What a worker runs."""

    addons: list[object]
    exits: Exits
    options: dict[str, Any]  # of mitmproxy
    standing: Standing  # its `watch` runs beside the addons
    certificates: Certificates  # started and ended by whoever runs the addons
    tls_table: TlsTable  # written out by whoever runs the addons
    counts: Counter[str]  # what happened that no Decision tells of, by a fixed word


def build_chain(parts: Parts) -> Chain:
    """
    Put the gateway together. Reads the files that `parts` names, and opens nothing else.

    Raises `ConfigurationError`.
    """
    counts: Counter[str] = Counter()
    tokens = Tokens(parts.page_key)
    identity = parts.identity
    leads = Leads(parts.pages.host, tokens, signs_in=identity.passwords)
    answers = Answers(parts.policy, leads, identity.schemes)
    judging = Judging(parts, counts)
    last_resort = LastResort(parts, judging, answers, counts)
    standing = Standing(parts, judging)
    recorder = Recorder(parts, standing, last_resort, counts)
    own_pages = OwnPages(parts, tokens, counts)
    gatekeeper = Gatekeeper(parts, judging, answers, recorder, standing, last_resort, own_pages)
    certificates = Certificates(parts.signs, client_context)
    tls_table = TlsTable()
    addons: list[object] = [
        # Which protocol it is comes before everything: the other hooks are about that protocol's messages.
        GatewayNextLayer(),
        # Judges every exchange, and must have judged before any other addon acts on it.
        gatekeeper,
        # After the gatekeeper's `tls_clienthello`, whose refusals it carries out by not shaking hands.
        GatewayTls(certificates, last_resort, counts),
        # Looks on and decides nothing.
        TlsFailures(tls_table, counts, partial(_names_no_host, parts), parts.now, last_resort),
        # Last: it writes down what came of what the others did.
        recorder,
    ]
    if identity.asks:
        # Before the gatekeeper: a Decision without its person in it cannot be reviewed.
        addons.insert(1, Identity(parts, last_resort, counts))
    exits = GatewayExits(parts, judging, answers, recorder, last_resort, counts)
    return Chain(
        addons,
        exits,
        {**_OPTIONS, **tls_options(parts.destinations)},
        standing,
        certificates,
        tls_table,
        counts,
    )


def _names_no_host(parts: Parts, host: str) -> bool:
    if parts.registers.registers.is_open(parts.now()):
        return True  # no site is written down; and what ends unused then, we have closed ourselves
    return is_privileged(parts.rulesets.ruleset.matches(host, ""), parts.policy)


_OPTIONS = {
    # Before a request was judged there may be no connection to its origin.
    "connection_strategy": "lazy",
    "http2": True,
    "http3": False,
    "websocket": True,
    # What is neither TLS nor HTTP is closed (`addons/stream`), after a switch of protocols too.
    "rawtcp": False,
    "validate_inbound_headers": True,
    "store_streamed_bodies": False,
}
