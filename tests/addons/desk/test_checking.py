"""What the desk needs is looked at before anything is started."""

from dataclasses import replace
from pathlib import Path

import pytest

from addons.desk.checking import check_desk
from addons.desk.settings import MailSettings, WebhookSettings
from addons.identity.settings import IdentitySettings
from addons.server.plan import ServePlan
from policy.errors import ConfigurationError

MAIL = {"host": "mail.test", "sender": "a@example.org"}
HOOK = {"url": "https://tickets.test/"}


def test_a_desk_without_anything_needs_nothing(tmp_path: Path) -> None:
    check_desk(ServePlan(tmp_path))


@pytest.mark.parametrize(
    ("section", "says"),
    [
        pytest.param(
            {"mail": MailSettings.model_validate({**MAIL, "user": "x", "password_file": "missing"})},
            "missing: the secret cannot be read",
            id="no-password",
        ),
        pytest.param(
            {"webhook": WebhookSettings.model_validate({**HOOK, "secret_file": "missing"})},
            "missing: the secret cannot be read",
            id="no-secret",
        ),
        pytest.param(
            {"mail": MailSettings.model_validate({**MAIL, "ca_file": "missing.pem"})},
            "missing.pem: no certificates",
            id="no-certificates",
        ),
        pytest.param(
            {
                "identity": IdentitySettings.model_validate(
                    {"kinds": ["htpasswd"], "htpasswd_file": "missing"}
                )
            },
            "missing",
            id="no-people",
        ),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, section: dict[str, object], says: str) -> None:
    plan = replace(ServePlan(tmp_path), **section)  # type: ignore[arg-type]  # one section of it
    with pytest.raises(ConfigurationError, match=says):
        check_desk(plan)
