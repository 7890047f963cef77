"""The personal-use allowance (P3.2, S3.3.1): categories open for some minutes a day; off by default."""

from typing import Annotated

from pydantic import Field

from policy.sections.part import CategoryName, Part


class Allowance(Part):
    """
    What is open for personal use, for how many minutes a day, and when.

    The minutes are an estimate: one in which at least one page of these categories was visited counts.
    """

    categories: Annotated[tuple[CategoryName, ...], Field(min_length=1)]
    minutes_a_day: Annotated[int, Field(ge=1, le=1440)]
    schedule: str = ""  # in whose windows it holds; empty: at any time
