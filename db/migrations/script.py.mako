"""
${message}

The rule: the previous release must still run on the new schema, since gateways are upgraded one after
another and their spools go on shipping. Add tables, nullable columns and indexes; never rename, never
narrow, never drop what the previous release reads or writes, and put no word into a register that it
cannot read. Then name this revision NNNN_since_MMMM, after the oldest revision whose release still runs on
it (`db/upgrade.py`). Write SQL here, not the models: a migration does not change when they do.
"""

from alembic import op
import sqlalchemy as sa
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")
