"""Alert rules and scrape example, held to Prometheus' own tool, to what is exported, and to their page."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from addons.observe.metrics import families
from console.cli.main import COMMANDS
from console.cli.menu import Branch
from tests.addons.observe.samples import CATEGORIES, OBSERVED

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
ALERTS = FOLDER / "alerts.yml"
PAGE = (ROOT / "docs" / "monitoring.md").read_text("utf-8")

RULES = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"][0]["rules"]


def promtool(*arguments: object) -> str:
    """What it said, when it found nothing wrong."""
    found = shutil.which("promtool")
    assert found is not None, "install the Debian package prometheus, which brings promtool"
    ran = subprocess.run(
        [found, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def exported() -> set[str]:
    """The names of every sample that a gateway can export."""
    found = {sample.name for family in families(OBSERVED, CATEGORIES) for sample in family.samples}
    # Of a family without samples in our example.
    return found | {
        f"{family.name}_total" for family in families(OBSERVED, CATEGORIES) if family.type == "counter"
    }


def metrics_in(expression: str) -> set[str]:
    """The names of our metrics in an expression."""
    return set(re.findall(r"\bsluicegate_[a-z0-9_]+", expression))


def anchors(page: str) -> set[str]:
    """What its headings can be linked by."""
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_rules_are_rules() -> None:
    assert f"{len(RULES)} rules found" in promtool("check", "rules", ALERTS)
    assert len(RULES) >= 30


def test_some_nights_end_as_they_should(tmp_path: Path) -> None:
    nights = (Path(__file__).with_name("alerts_test.yml")).read_text("utf-8")
    (tmp_path / "nights.yml").write_text(nights.replace("- RULES", f"- {ALERTS}"), "utf-8")
    promtool("test", "rules", tmp_path / "nights.yml")


def test_the_example_is_a_configuration() -> None:
    promtool("check", "config", "--syntax-only", FOLDER / "prometheus.yml")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_asks_for_what_is_exported_and_says_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    used = metrics_in(str(rule["expr"]))
    assert used or 'up{job="sluicegate"}' in str(rule["expr"])
    assert used <= exported()
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert len(rule["annotations"]["summary"]) > 20
    assert len(rule["annotations"]["what_to_do"]) > 20
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert page == "docs/monitoring.md"
    assert anchor in anchors(PAGE), anchor
    assert f"`{rule['alert']}`" in PAGE


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_a_command_that_an_alert_names_exists(rule: dict[str, dict[str, str]]) -> None:
    named = re.findall(r"sluicegate ([a-z-]+)(?: ([a-z-]+))?", rule["annotations"]["what_to_do"])
    for command, following in named:
        if command.startswith("-"):
            continue
        found = COMMANDS.get(command)
        assert found is not None, command
        if isinstance(found, Branch):
            assert following in found.commands, following


def test_every_metric_is_explained_and_no_other() -> None:
    """By the name that queries use: a counter's ends in _total, a histogram's does not."""
    table = PAGE.split("## Every metric")[1].split("\n## ")[0]
    explained = set(re.findall(r"`(sluicegate_[a-z_]+)[`{]", table))
    there = set()
    for family in families(OBSERVED, CATEGORIES):
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        there.add(family.name + suffix)
    assert explained == there
