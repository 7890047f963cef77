"""`sluicegate review openapi`: what the review service may be asked, for programs that ask it."""

import json
from importlib.metadata import version

from console.cli import show
from console.review.http.app import make_app
from console.review.http.callers import Callers
from console.review.protocol import Review
from policy.errors import ReviewRefused


def openapi() -> None:
    """
    Print what the review service may be asked, as OpenAPI 3.1.

    Examples:
      sluicegate review openapi > review.json
    """
    app = make_app(_nobody, Callers(_never, accounts=False), version("sluicegate"))
    show.line(json.dumps(app.openapi(), indent=2))


def _nobody(_login: str) -> Review:
    raise ReviewRefused("this only describes the service")


def _never(_ticket: str) -> str:
    raise ReviewRefused("this only describes the service")
