"""What went wrong, as RFC 9457 has it: one line for a person, and a word that a program goes by."""

import json
from http import HTTPStatus

from starlette.responses import Response

from console.review.wire import PROBLEM
from policy.errors import Away, ConfigurationError, Refused, SluicegateError

_KIND = "urn:sluicegate:review:"


def problem(status: HTTPStatus, kind: str, detail: str) -> Response:
    """An answer that says what is wrong. `kind` is "refused" or "away": what a caller can do about it."""
    body = {"type": _KIND + kind, "title": status.phrase, "status": status.value, "detail": detail}
    return Response(json.dumps(body), status.value, media_type=PROBLEM, headers={"Cache-Control": "no-store"})


def problem_of(error: SluicegateError) -> Response:
    """The answer to a foreseen error."""
    if isinstance(error, Refused):
        return problem(HTTPStatus.FORBIDDEN, "refused", str(error))
    if isinstance(error, Away | ConfigurationError):
        # A setting or schema of the service is wrong: for who asks, it is away until somebody has seen to it.
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, "away", str(error))
    return failed()


def failed() -> Response:
    """The answer where something of ours failed: what, stands in the service's log and nowhere else."""
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "away", "the review service failed; its log says at which place"
    )


def malformed(where: str, expected: str) -> Response:
    """The answer to a question that is none: never with what was written in it."""
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "refused", f"{where}: {expected}" if where else expected)
