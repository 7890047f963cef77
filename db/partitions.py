"""PostgreSQL's months: made ahead, so that a month's turn at midnight finds its partitions."""

from sqlalchemy import Engine, text

from db.engine import never_wait_long, writing


def make_partitions(engine: Engine) -> int:
    """
    Make what is missing of last month's, this month's and the next two months' partitions; returns how many.

    Nothing on SQLite. What has no partition is not lost but goes to a default one, which is slower to
    dispose of. Raises `DatabaseAway`, or `ConfigurationError` when this login may not.
    """
    if engine.dialect.name != "postgresql":
        return 0
    with writing(engine) as connection:
        never_wait_long(connection)
        return int(connection.scalar(text("SELECT sluicegate_make_partitions()")) or 0)
