"""The files of an export of a review: its contents, each put where somebody who looks for it will look."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from console.cli.show import as_json
from console.evidence.contents import Contents
from console.evidence.first_page import first_page
from console.evidence.making import File
from console.evidence.proofs import BATCHES, PROOFS, ROWS, batch_lines, proof_lines
from console.evidence.row_files import as_csv, as_json_lines
from console.evidence.summary import summary
from policy.review.meaning import KNOWN


def review_files(contents: Contents, fingerprint: str) -> list[File]:
    """All of them, the first page first; `fingerprint` is of the key that signs."""
    found = summary(contents.rows)
    files = [
        File("decisions.csv", "The rows, to be read in a spreadsheet.", as_csv(contents.rows)),
        File(
            ROWS, "The same rows with everything, one JSON object a line.", as_json_lines(contents.rows), True
        ),
        _json(
            "question.json",
            "What was asked, and the bounds that it was read within.",
            {
                "question": asdict(contents.question),
                "scope": asdict(contents.scope),
                "access": contents.access,
            },
        ),
        _json("authority.json", "The written authority that permitted it.", asdict(contents.authority)),
        _json(
            "people.json",
            "How people were known, who had read which notice, and authorised shared use.",
            {
                "known": {how: {"rows": rows, **asdict(KNOWN[how])} for how, rows in found.hows.items()},
                "notices": [asdict(one) for one in contents.notices],
                "shared_uses": [asdict(one) for one in contents.shared_uses],
            },
        ),
        _json("gaps.json", "What is known to be missing, or may be.", asdict(contents.gaps)),
        _json("clocks.json", "How the clocks stood when this was made.", asdict(contents.clocks)),
        _json(
            "lists.json",
            "The lists that the rows were decided by: when they were in force, and the digest of each text.",
            {"rulesets": [asdict(one) for one in contents.rulesets]},
        ),
        *_policies(contents),
    ]
    if contents.proofs.rows:
        about = "What shows of a row that it is as the gateway sent it, one JSON object a line."
        files.append(File(PROOFS, about, _lines(proof_lines(contents.proofs)), True))
        about = "The batches that those rows came in, and where each stands in the chain."
        files.append(File(BATCHES, about, _lines(batch_lines(contents.proofs)), True))
    page = first_page(contents, found, [(file.name, file.about) for file in files], fingerprint)
    return [
        File("first-page.html", "What this is, what it shows and what it cannot.", page.as_html()),
        File("first-page.txt", "The same as plain text.", page.as_text()),
        *files,
    ]


def _policies(contents: Contents) -> Iterator[File]:
    for policy in contents.policies:
        if policy.text is not None:
            about = "A policy that rows were decided by or a notice was read from, to the letter."
            yield File(f"policies/{policy.digest}.toml", about, policy.text.encode())


def _lines(lines: Iterator[Mapping[str, object]]) -> Iterator[bytes]:
    for line in lines:
        yield as_json(line).encode("ascii") + b"\n"


def _json(name: str, about: str, value: Mapping[str, object]) -> File:
    """Indented, since people read these."""
    text = json.dumps(json.loads(as_json(value)), indent=1, ensure_ascii=True)
    return File(name, about, text.encode("ascii") + b"\n")
