"""Every table is known, and each is either in a backup or left out for a reason."""

from db import models, people_models, review_models
from db.tables import BACKED_UP, METADATA


def test_every_table_of_the_modules_is_known() -> None:
    written = {
        row.__tablename__
        for module in (models, people_models, review_models)
        for row in vars(module).values()
        if isinstance(row, type) and hasattr(row, "__tablename__")
    }
    assert written == set(METADATA.tables)


def test_a_backup_holds_who_people_are_and_what_they_were_granted_and_no_site_they_named() -> None:
    names = {table.name for table in BACKED_UP}
    for table in (
        "person",
        "person_role",
        "device",
        "shared_use",
        "exemption",
        "exemption_request",
        "acknowledgement",
        "policy_text",
        "authority",
        "telling",
        "review_notice",
        "legal_hold",
        "chain",
    ):
        assert table in names
    for table in ("decision", "outcome", "confirmation", "report", "outbox", "sign_in", "active_role"):
        assert table not in names
    for table in ("held_decision", "held_outcome", "tally", "tally_person", "review_ticket"):
        assert table not in names
