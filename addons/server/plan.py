"""What a gateway is to be: every setting it needs, as one frozen piece of data."""

from dataclasses import dataclass, field
from pathlib import Path

from addons.desk.settings import MailSettings, PagesSettings, WebhookSettings
from addons.identity.settings import IdentitySettings
from addons.observe.settings import ObserveSettings
from addons.settings import DestinationSettings, GatewaySettings, LimitSettings
from db.segments import slot_folder
from db.settings import DatabaseSettings, SpoolSettings
from policy.document import SHIPPED


@dataclass(frozen=True, slots=True)
class ServePlan:
    """Made by the composition root, read by the supervisor, its workers and the keeper."""

    state: Path
    policy_file: Path = SHIPPED
    gateway: GatewaySettings = field(default_factory=GatewaySettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    destinations: DestinationSettings = field(default_factory=DestinationSettings)
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    spool: SpoolSettings = field(default_factory=SpoolSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    observe: ObserveSettings = field(default_factory=ObserveSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    webhook: WebhookSettings = field(default_factory=WebhookSettings)
    pages: PagesSettings = field(default_factory=PagesSettings)
    shared_folder: Path | None = None  # that Rulesets are taken from
    never_decrypt: Path | None = None  # the organisation's own list, in the form of the shipped one

    @property
    def run(self) -> Path:
        """Where the processes say how they are."""
        return self.state / "run"

    @property
    def status_socket(self) -> Path:
        """Where `sluicegate status` asks."""
        return self.observe.socket or self.run / "status.sock"

    @property
    def registers(self) -> Path:
        """The registers' snapshot: written by the keeper, read by the workers."""
        return self.run / "registers.snapshot"

    @property
    def presence(self) -> Path:
        """What people did on our pages: written by the desk, read by the workers."""
        return self.run / "presence.snapshot"

    @property
    def page_key(self) -> Path:
        """What the tokens of our pages are sealed with: the same at every gateway that shares its people."""
        return self.state / "pages.key"

    @property
    def spool_root(self) -> Path:
        """One folder a worker slot."""
        return self.state / "spool"

    @property
    def ca(self) -> Path:
        """The certificate authority's folder."""
        return self.state / "ca"

    @property
    def rulesets(self) -> Path:
        """Compiled Rulesets, and which is in force."""
        return self.state / "rulesets"

    @property
    def lists(self) -> Path:
        """The imported lists: this gateway's own, or those of several."""
        return (self.shared_folder or self.state) / "lists"

    def worker_file(self, slot: int) -> Path:
        """Where the worker in this slot says how it is."""
        return self.run / f"worker-{slot}.json"

    def tls_file(self, slot: int) -> Path:
        """Which hosts the clients of the worker in this slot turned away from (`addons/tls_table.py`)."""
        return self.run / f"tls-{slot}.json"

    def spool_folder(self, slot: int) -> Path:
        """The spool of this slot."""
        return slot_folder(self.spool_root, slot)
