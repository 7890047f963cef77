"""`sluicegate notice show|report`: what people are told of the monitoring, and who has read it."""

import textwrap
from dataclasses import asdict
from typing import Annotated

import typer

from addons.pages.strings.notice import HEADINGS
from console.cli import show
from console.cli.workplace import workplace
from policy.errors import Refused


def show_(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """
    The notice as people read it, with the settings of the policy filled in.

    Examples:
      sluicegate notice show
      sluicegate notice show --json
    """
    policy = workplace().policy
    notice = policy.notice
    if notice is None:
        raise Refused(f"{policy.source}: it has no notice text; until it has, nobody is named in the log")
    if as_json:
        show.json_line({"policy": policy.digest, **asdict(notice)})
        return
    show.line(f"Version {show.plain(notice.version)}; until it is read, what is no page: {notice.meanwhile}")
    for part, paragraphs in notice.parts.items():
        show.line()
        show.line(HEADINGS[part])
        for paragraph in paragraphs:
            for line in textwrap.wrap(show.plain(paragraph, 4000), 100):
                show.line(f"  {line}")
