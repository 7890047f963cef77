"""Every table there is, and which of them a backup holds."""

from sqlalchemy import MetaData, Table

from db.base import Base
from db.models import BatchRow, DecisionRow, OutcomeRow, RegisterVersionRow
from db.people_models import (
    ActiveRoleRow,
    ConfirmationRow,
    OutboxRow,
    PresenceVersionRow,
    ReportRow,
    SignInRow,
)
from db.review_models import (
    HeldDecisionRow,
    HeldOutcomeRow,
    HourCoverRow,
    ReviewTicketRow,
    TallyPersonRow,
    TallyRow,
)

METADATA: MetaData = Base.metadata

# Not what people asked for, not what only counts, and not what is over within the day anyway.
_NOT_BACKED_UP = {
    row.__tablename__
    for row in (
        ActiveRoleRow,
        BatchRow,
        ConfirmationRow,
        DecisionRow,
        HeldDecisionRow,
        HeldOutcomeRow,
        HourCoverRow,
        OutboxRow,
        OutcomeRow,
        PresenceVersionRow,
        RegisterVersionRow,
        ReportRow,
        ReviewTicketRow,
        SignInRow,
        TallyPersonRow,
        TallyRow,
    )
}
BACKED_UP: tuple[Table, ...] = tuple(
    table for table in METADATA.sorted_tables if table.name not in _NOT_BACKED_UP
)
"""What a backup holds (`db/backup.py`)."""
