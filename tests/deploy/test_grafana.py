"""The dashboard: what Grafana takes, and nothing that is not exported."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

from tests.deploy.test_prometheus import exported, metrics_in, promtool

FILE = Path(__file__).parents[2] / "deploy" / "grafana" / "sluicegate.json"
BOARD: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
PANELS: list[dict[str, Any]] = BOARD["panels"]
QUERIES = [target["expr"] for panel in PANELS for target in panel.get("targets", [])]
VARIABLES = {"datasource", "instance", "__rate_interval"}


def test_it_has_what_an_import_needs() -> None:
    assert (BOARD["title"], BOARD["uid"]) == ("Sluicegate", "sluicegate")
    assert BOARD["schemaVersion"] >= 30
    assert {one["name"] for one in BOARD["templating"]["list"]} == {"datasource", "instance"}
    assert "id" not in BOARD, "an identifier of somebody's own Grafana"


def test_every_panel_has_an_identifier_of_its_own_a_title_and_a_question() -> None:
    identifiers = [panel["id"] for panel in PANELS]
    assert len(set(identifiers)) == len(identifiers) > 40
    for panel in PANELS:
        assert panel["title"]
        if panel["type"] != "row":
            assert panel["type"] in {"stat", "timeseries"}
            assert panel["targets"], panel["title"]
            assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_no_two_panels_lie_on_each_other_and_none_beyond_the_edge() -> None:
    def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        return {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}

    for one, other in combinations(PANELS, 2):
        assert not cells(one) & cells(other), (one["title"], other["title"])


def test_every_question_is_about_what_is_exported_at_the_chosen_gateways() -> None:
    known = exported()
    for query in QUERIES:
        used = metrics_in(query)
        assert used
        buckets = {name.removesuffix("_bucket") + "_bucket" for name in used if name.endswith("_bucket")}
        assert used - buckets <= known, query
        assert buckets <= known, query
        assert query.count('instance=~"$instance"') == len(re.findall(r"sluicegate_[a-z_]+\{", query)), query
        assert set(re.findall(r"\$\{?(\w+)", query)) <= VARIABLES


def test_every_question_is_one_that_prometheus_understands(tmp_path: Path) -> None:
    rules = "groups:\n  - name: board\n    rules:\n"
    for number, query in enumerate(QUERIES):
        asked = query.replace("$__rate_interval", "5m").replace("$instance", ".*")
        rules += f"      - record: board:{number}\n        expr: {json.dumps(asked)}\n"
    (tmp_path / "board.yml").write_text(rules.replace("board:", "board:query_"), "utf-8")
    assert f"{len(QUERIES)} rules found" in promtool("check", "rules", tmp_path / "board.yml")


def test_everything_that_is_exported_is_shown() -> None:
    shown = set().union(*map(metrics_in, QUERIES))
    names = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exported()}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    # What runs is asked of the gateway; how old its word is, or that of a shared folder, of an alert.
    assert names - shown <= {
        "sluicegate_build_info",
        "sluicegate_supervisor_age_seconds",
        "sluicegate_shared_folder_age_seconds",
    }, names - shown
