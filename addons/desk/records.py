"""What is stored about one person, from the database's words into the desk's; pure."""

from collections.abc import Callable, Sequence

from addons.desk.protocol import (
    Answer,
    Piece,
    Pieces,
    Record,
    Requests,
    StoredClass,
    StoredExemption,
    StoredNotice,
    StoredReport,
    StoredRequest,
    StoredReview,
    fits,
)
from db.exemption_rows import AccessRequest
from db.my_record import PersonalRecord, RefusedPiece
from db.reports import Report
from db.review.tellings import ReviewNotice
from policy.document import Policy
from policy.registers import Exemption
from policy.words import RetentionClass

# Of each kind: a page is to be read by somebody.
MOST_SHOWN = 100
_MOST_TEXT = 300


def record_of(found: PersonalRecord, policy: Policy) -> Record:
    """The answer to `MyRecord`: as much of each kind as fits into one message, the latest first."""
    return _fitting(lambda most: _record(found, policy, most))


def requests_of(found: Sequence[AccessRequest], policy: Policy) -> Requests:
    """The answer to `MyRequests`."""
    return _fitting(lambda most: Requests(tuple(_request(one, policy) for one in found[:most])))


def pieces_of(found: Sequence[RefusedPiece], *, told: bool) -> Pieces:
    """The answer to `MissingPieces`."""
    pieces = tuple(Piece(one.host, one.category, one.reference) for one in found[:MOST_SHOWN])
    return Pieces(pieces, told=told)


def _fitting[A: Answer](made: Callable[[int], A]) -> A:
    """With as many of each kind as make it short enough."""
    most = MOST_SHOWN
    while not fits(answer := made(most)):
        most //= 2
    return answer


def _request(one: AccessRequest, policy: Policy) -> StoredRequest:
    rule = policy.rules.get(one.category or "")
    office = " or ".join(rule.granted_by) if rule is not None else ""
    state, because = "waiting", ""
    if one.decided is not None:
        state, because = one.decided.outcome.value, one.decided.because
    elif one.first is not None:
        state, office = "second-office", rule.second_office if rule is not None else ""
    return StoredRequest(
        reference=one.id,
        at=one.at,
        host=one.target,
        state=state,
        because=because[:_MOST_TEXT] if state == "refused" else "",
        office=office,
    )


def _exemption(one: Exemption) -> StoredExemption:
    return StoredExemption(
        one.id, one.target, one.start, one.until, one.purpose[:_MOST_TEXT], restricted=one.restricted
    )


def _report(one: Report) -> StoredReport:
    answered = one.answered
    return StoredReport(
        reference=one.id,
        at=one.at,
        kind=one.kind,
        host=one.host,
        state="answered" if answered is not None else "open",
        answer=answered.answer[:_MOST_TEXT] if answered is not None else "",
    )


def _review(one: ReviewNotice) -> StoredReview:
    return StoredReview(one.authority, one.at, tuple(map(str, one.notice.get("paragraphs", ()))))


def _record(found: PersonalRecord, policy: Policy, most: int) -> Record:
    person = found.person
    entry = person.entry if person is not None else None
    return Record(
        organisation=found.organisation,
        login=found.login,
        name=entry.name if entry is not None else None,
        unit=entry.unit if entry is not None else None,
        kind=entry.kind if entry is not None else None,
        roles=tuple((held.role, held.until) for held in person.held) if person is not None else (),
        active_role=found.active_role,
        ends=entry.ends if entry is not None else None,
        devices=found.devices[:most],
        classes=tuple(
            StoredClass(
                one.retention_class,
                one.decisions,
                one.oldest.isoformat(),
                one.newest.isoformat(),
                policy.records[RetentionClass(one.retention_class)].keep_days,
            )
            for one in found.decisions
        ),
        notices=tuple(StoredNotice(one.version, one.at, one.how) for one in found.notices[:most]),
        exemptions=tuple(_exemption(one) for one in found.exemptions[:most]),
        requests=tuple(_request(one, policy) for one in found.requests[:most]),
        reports=tuple(_report(one) for one in found.reports[:most]),
        confirmations=tuple((one.site, one.until, one.purpose[:_MOST_TEXT]) for one in found.purposes[:most]),
        reviews=tuple(map(_review, found.reviews[:most])),
    )
