"""Settings: what is not offered cannot be chosen, and a password is not shown."""

import pytest
from pydantic import SecretStr, ValidationError

from db.settings import DatabaseSettings, Durability, SpoolSettings, WhenFull


def test_the_defaults_are_the_cautious_ones() -> None:
    spool = SpoolSettings()
    assert (spool.durability, spool.when_full) == (Durability.PROCESS, WhenFull.BLOCK)
    assert DatabaseSettings().url is None


@pytest.mark.parametrize(
    "wrong",
    [{"when_full": "allow"}, {"durability": "none"}, {"max_bytes": 0}, {"batch_size": 0}, {"unknown": 1}],
    ids=str,
)
def test_what_is_not_offered_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SpoolSettings.model_validate(wrong)


def test_a_password_in_the_address_is_not_shown() -> None:
    settings = DatabaseSettings(url=SecretStr("postgresql://me:secret@db/log"))
    assert "secret" not in f"{settings!r} {settings} {settings.model_dump_json()}"
