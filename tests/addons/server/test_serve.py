"""Before a gateway runs: folders, room for its connections."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from addons.lines import Lines
from addons.server.plan import ServePlan
from addons.server.serve import children_of, make_folders, wait_for_orphans
from addons.server.status import write_file
from policy.document import read_policy
from policy.errors import ConfigurationError
from tests.addons.server.supervised import in_another_process
from tests.addons.server.test_status import WORKER


def test_the_folders_are_their_owners_alone(tmp_path: Path) -> None:
    plan = ServePlan(tmp_path / "state")
    make_folders(plan)
    for folder in (plan.state, plan.run, plan.spool_root):
        assert folder.stat().st_mode & 0o777 == 0o700
    make_folders(plan)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(ConfigurationError, match="state: cannot be made"):
        make_folders(ServePlan(tmp_path / "state"))


def test_rulesets_are_taken_from_a_shared_folder_where_there_is_one(tmp_path: Path) -> None:
    def names(plan: ServePlan) -> list[str]:
        lines = Lines.open()
        try:
            return [child.name for child in children_of(plan, (), lines, read_policy())]
        finally:
            lines.close()

    alone = names(ServePlan(tmp_path))
    assert "puller" not in alone
    assert names(replace(ServePlan(tmp_path), shared_folder=tmp_path / "shared")) == ["puller", *alone]


def test_orphans_are_waited_for_and_not_for_ever(tmp_path: Path) -> None:
    assert seconds_waited(tmp_path) < 0.1, "nobody is there"
    orphan = replace(WORKER, pid=os.getpid(), at=datetime.now(UTC).isoformat())
    assert write_file(tmp_path / "worker-0.json", orphan)
    assert 0.3 <= seconds_waited(tmp_path) < 1.0


def seconds_waited(run: Path) -> float:
    began = time.monotonic()
    wait_for_orphans(run, seconds=0.3)
    return time.monotonic() - began


LIMITS = """
import resource, sys
from pathlib import Path
from addons.lines import Lines
from addons.server.plan import ServePlan
from addons.server.serve import set_limits
from addons.server.logs import configure_logging
from addons.settings import LimitSettings
configure_logging()
soft, hard, wanted = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
set_limits(ServePlan(Path("/nonexistent"), limits=LimitSettings(client_connections=wanted)))
print(*resource.getrlimit(resource.RLIMIT_NOFILE), *resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "then", "warned"),
    [
        pytest.param(1024, 20_000, 2000, 4256, False, id="raised-as-far-as-needed"),
        pytest.param(9000, 20_000, 2000, 9000, False, id="enough-already"),
        pytest.param(1024, 3000, 2000, 3000, True, id="raised-as-far-as-allowed"),
    ],
)
def test_there_is_room_for_every_connection_or_a_warning(
    soft: int, hard: int, wanted: int, then: int, warned: bool
) -> None:
    ended = in_another_process(LIMITS, soft, hard, wanted)
    assert ended.stdout.split() == [str(then), str(hard), "0", "0"], "and no core dumps"
    assert ("RLIMIT_NOFILE" in ended.stderr) is warned


def test_the_supervisor_imports_neither_a_database_nor_what_mitmproxy_does_not_need() -> None:
    script = """
import sys
from addons.server.serve import import_gateway
import_gateway()
print(sorted({"sqlalchemy", "alembic", "psycopg", "flask", "ldap3", "tornado", "rich"} & set(sys.modules)))
"""
    assert in_another_process(script).stdout.strip() == "[]"
