"""
`python -m console.cli.fit_schema`: look at the schema before a gateway starts; for `sluicegate run` alone.

A process of its own, because SQLAlchemy would otherwise lie in the supervisor's memory, and so in that of
every worker that is forked from it. An empty state folder gets its SQLite here.
"""

import sys

from console.cli.main import ended
from console.cli.workplace import workplace
from db.engine import make_engine
from db.upgrade import ensure_schema


def fit_schema() -> None:
    """Raises `ConfigurationError` or `DatabaseAway`."""
    place = workplace()
    ensure_schema(make_engine(place.settings.database, place.state.root))


if __name__ == "__main__":
    sys.exit(ended(fit_schema))
