"""Documentation under test: links lead somewhere, the map names every module, the order stands once."""

import re
from pathlib import Path

import pytest

from policy.document import read_policy
from tests.test_layout import product_modules

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_architecture_names_every_module_and_no_other() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = {
        Path(path) for path in re.findall(r"`((?:addons|categories|console|db|policy)/[\w/]+\.py)`", text)
    }
    assert named == set(product_modules())


def test_each_invariant_is_shown_by_tests_that_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8").split("## Invariants")[1].split("## ")[0]
    rows = re.findall(r"^\| (\d+) \|.*\|(.*)\|$", text, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 13))
    for _, shown_by in rows:
        files = re.findall(r"`(tests/[^`]+)`", shown_by)
        assert files
        for file in files:
            assert (ROOT / file).is_file(), file


def numbered(text: str) -> list[str]:
    """The words of each step, without numbers, markup and line ends."""
    steps = re.findall(r"^ *([0-7])\. (.+?)(?=^ *[0-9]\. |\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    assert [number for number, _ in steps] == list("01234567")
    return [" ".join(re.sub(r"[*`]", "", words).split()) for _, words in steps]


def test_code_and_documentation_show_the_same_order_of_judgement() -> None:
    code = (ROOT / "policy" / "judge.py").read_text("utf-8").split('"""')[1]
    page = (ROOT / "docs" / "judging.md").read_text("utf-8").split("## ")[1]

    def meaning(steps: list[str]) -> list[set[str]]:
        return [
            set(re.findall(r"[a-z]+", step.lower().replace("localentry", "local entry"))) for step in steps
        ]

    for in_code, on_page in zip(meaning(numbered(code)), meaning(numbered(page)), strict=True):
        assert in_code <= on_page, in_code - on_page


def test_every_clause_the_policy_quotes_is_explained() -> None:
    text = (ROOT / "docs" / "policy-clauses.md").read_text("utf-8")
    explained = set(re.findall(r"\b[PS]\d[\d.]*\d", text))
    quoted = {clause for rule in read_policy().rules.values() for clause in rule.clauses}
    assert quoted
    assert quoted <= explained


def test_every_decision_reason_that_precedes_the_lists_is_documented() -> None:
    page = (ROOT / "docs" / "judging.md").read_text("utf-8")
    for reason in ("malformed", "port", "private-address", "no-person", "websocket", "not-http", "too-much"):
        assert f"`{reason}`" in page
