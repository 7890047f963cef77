"""Everything in an export stands in a file of its own, and the first page names them all."""

import json
from dataclasses import replace

from console.evidence.contents import Contents
from console.evidence.proofs import BATCHES, PROOFS, ROWS
from console.evidence.review_files import review_files
from tests.console.evidence.found import AUTHORITY, CONTENTS, VISIT
from tests.console.evidence.proved import proved


def files_of(contents: Contents) -> dict[str, bytes]:
    made = {}
    for file in review_files(contents, "fingerprint"):
        made[file.name] = file.contents if isinstance(file.contents, bytes) else b"".join(file.contents)
    return made


def test_all_of_it_is_there() -> None:
    files = files_of(CONTENTS)
    assert list(files) == [
        "first-page.html",
        "first-page.txt",
        "decisions.csv",
        "decisions.jsonl",
        "question.json",
        "authority.json",
        "people.json",
        "gaps.json",
        "clocks.json",
        "lists.json",
        f"policies/{'p' * 64}.toml",
    ]
    assert files[f"policies/{'p' * 64}.toml"] == b"# the policy\n"
    assert len(files[ROWS].splitlines()) == len(CONTENTS.rows)


def test_each_says_what_it_is_on_the_first_page() -> None:
    text = files_of(CONTENTS)["first-page.txt"].decode()
    for file in review_files(CONTENTS, "fingerprint"):
        if not file.name.startswith("first-page"):
            assert f"{file.name}: " in text


def test_the_small_ones_are_json() -> None:
    files = {name: json.loads(data) for name, data in files_of(CONTENTS).items() if name.endswith(".json")}
    assert files["authority.json"]["terms"]["matter"] == AUTHORITY.terms.matter
    assert files["question.json"]["scope"]["people"] == ["alice"]
    assert files["people.json"]["known"]["device"]["rows"] == 1
    assert files["gaps.json"]["break_glass"][0]["id"] == "BR34KG1A"
    assert files["clocks.json"]["synchronised"] is True
    assert [one["digest"] for one in files["lists.json"]["rulesets"]] == ["r" * 64, "s" * 64]


def test_proofs_are_there_where_there_are_any() -> None:
    assert PROOFS not in files_of(CONTENTS)
    files = files_of(replace(CONTENTS, proofs=proved([VISIT.decision])))
    assert [json.loads(line)["id"] for line in files[PROOFS].splitlines()] == [str(VISIT.decision.id)] * 2
    assert len(files[BATCHES].splitlines()) == 1
    text = " ".join(files["first-page.txt"].decode().split())
    assert "Rows of which it is shown that they are as the gateway sent them: 1." in text
    assert "5 rows without a proof" in text
