"""Whether the files that the desk's settings name are there and can be used, before anything is started."""

from collections import Counter
from typing import TYPE_CHECKING

from addons.desk.secret import read_secret
from addons.desk.sending import NotSent, trusting
from addons.identity.doorkeeper import Doorkeeper
from policy.errors import ConfigurationError

if TYPE_CHECKING:
    from addons.server.plan import ServePlan


def check_desk(plan: "ServePlan") -> None:
    """
    Open what the desk would open. Raises `ConfigurationError`.

    What it reads are secrets: for a process that ends at once (`addons/harden.py`, `apart`).
    """
    Doorkeeper(plan.identity, plan.run / "tickets", Counter()).close()
    for secret in (plan.mail.password_file, plan.webhook.secret_file):
        if secret is not None:
            read_secret(secret)
    for certificates in (plan.mail.ca_file, plan.webhook.ca_file):
        try:
            trusting(certificates)
        except NotSent as error:
            raise ConfigurationError(f"{certificates}: no certificates in PEM that can be read") from error
