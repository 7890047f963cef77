"""Figures of a review."""

from dataclasses import fields

from policy.review.figures import Figures, Report, Statistics, StatisticsRow


def test_visits_are_counted_by_verdict_and_mistakes_are_none_of_them() -> None:
    assert Figures(allowed=1, confirmed=2, blocked=4, other=8, other_refused=8, withdrawn=16).visits == 7


def test_no_figure_is_of_a_person() -> None:
    """Units are counted, people never: nobody is put in an order by a number."""
    names = {each.name for shape in (Report, Statistics, StatisticsRow) for each in fields(shape)}
    assert "by_unit" in names
    assert not {name for name in names if "people" in name or "login" in name or name.endswith("person")}
