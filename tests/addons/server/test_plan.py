"""A plan is plain data that can be handed to another process."""

import pickle
from pathlib import Path

from addons.server.plan import ServePlan


def test_a_plan_survives_the_way_to_another_process(tmp_path: Path) -> None:
    plan = ServePlan(tmp_path)
    assert pickle.loads(pickle.dumps(plan)) == plan  # noqa: S301 (our own bytes)


def test_each_slot_has_files_of_its_own(tmp_path: Path) -> None:
    plan = ServePlan(tmp_path)
    assert plan.worker_file(0) != plan.worker_file(1)
    assert plan.spool_folder(0) != plan.spool_folder(1)
    assert plan.spool_folder(3).parent == plan.spool_root
    assert {plan.run, plan.ca, plan.rulesets, plan.spool_root} == {
        tmp_path / name for name in ("run", "ca", "rulesets", "spool")
    }
