"""
Which requests sign somebody up (P3.2: subscription to boards, sites or blogs only for work).

Reading is free, so the page with the form opens; it is the POST that sends it which is asked about. What
says so is its path: one of the segments that the software of forums and blogs uses for it, or a
parameter of the query where one script does everything (`/ucp.php?mode=register`).
"""

from functools import cached_property
from typing import Annotated

from pydantic import Field

from policy.facts import RequestFacts
from policy.sections.part import Part

SignUpPath = Annotated[
    str, Field(pattern=r"^[a-z0-9._~/-]*(\?[a-z0-9._~=-]+)?$", min_length=2, max_length=100)
]
_SCRIPTS = (".php", ".asp", ".aspx", ".html", ".htm", ".jsp", ".do", ".cgi", ".pl")


class SignUp(Part):
    """
    The paths, in lower case.

    `users/new` covers every path in which these segments follow each other, with or without a script's
    ending (`/forum/users/new.php`). What stands behind a `?` is one parameter with its value, in any place
    of the query.
    """

    paths: tuple[SignUpPath, ...] = ()

    def covers(self, facts: RequestFacts) -> bool:
        """Whether this request sends a form that signs somebody up."""
        if facts.method != "POST":
            return False
        path, _, query = facts.target.casefold().partition("?")
        segments = "/".join(_without_ending(segment) for segment in path.split("/"))
        fenced, parameters = f"/{segments.strip('/')}/", set(query.split("&"))
        return any(
            (not parameter or parameter in parameters) and (not wanted or wanted in fenced)
            for wanted, parameter in self._looked_for
        )

    @cached_property
    def _looked_for(self) -> tuple[tuple[str, str], ...]:
        """Of each path its fenced segments and its parameter, either of them empty."""
        looked_for = []
        for entry in self.paths:
            path, _, parameter = entry.partition("?")
            wanted = "/".join(_without_ending(segment) for segment in path.strip("/").split("/"))
            looked_for.append((f"/{wanted}/" if wanted else "", parameter))
        return tuple(looked_for)


def _without_ending(segment: str) -> str:
    for ending in _SCRIPTS:
        if segment.endswith(ending):
            return segment[: -len(ending)]
    return segment
