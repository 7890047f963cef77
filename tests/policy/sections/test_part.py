"""What every section shares."""

import pytest
from pydantic import ValidationError

from policy.sections.about import About
from policy.sections.part import clauses_of


def test_an_unknown_key_is_refused_and_nothing_can_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        About.model_validate({"title": "T", "version": "1", "colour": "red"})
    about = About(title="T", version="1")
    with pytest.raises(ValidationError, match="frozen"):
        about.title = "U"


@pytest.mark.parametrize(
    ("clause", "clauses"),
    [("P3.2", ("P3.2",)), ("P3.2, S3.2.8", ("P3.2", "S3.2.8")), ("", ()), (" , P1,", ("P1",))],
)
def test_clauses_stand_side_by_side(clause: str, clauses: tuple[str, ...]) -> None:
    assert clauses_of(clause) == clauses
