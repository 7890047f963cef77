"""
What a worker asks the desk, and what the desk answers, over a socket that keeps messages apart.

Each message is a number and one of the structures below in MessagePack; the number ties an answer to its
question. Questions carry what was typed and nothing that could be looked up.
"""

import struct
from datetime import datetime

import msgspec

from addons.lines import Misspoken
from policy.words import PersonHow

# A Kerberos ticket may have 48,000 bytes; a message must pass through a socket's buffer in one piece.
MOST_BYTES = 128 * 1024

_NUMBER = struct.Struct("!I")


class Question(msgspec.Struct, frozen=True, tag=True):
    """Whatever a worker may ask. Shown as its name alone: it may hold a password, and names people."""

    def __repr__(self) -> str:
        """Nothing of what is in it."""
        return type(self).__name__


# Who is there -------------------------------------------------------------------------------------


class CheckPassword(Question, frozen=True):
    """Whether this is the person's password (htpasswd or LDAP). Answered by `Known` or `NotKnown`."""

    login: str
    password: str
    address: str  # of the client: whoever guesses slows themselves only


class CheckTicket(Question, frozen=True):
    """One token of Negotiate (RFC 4559). Answered by `Known` or `NotKnown`."""

    token: bytes
    address: str


class SignIn(Question, frozen=True):
    """A password typed into our page; its address then stands for the person. `Known` or `NotKnown`."""

    login: str
    password: str
    address: str


class SignOut(Question, frozen=True):
    """The address stands for nobody any more. Answered by `Done`."""

    address: str


# What people do on our pages ----------------------------------------------------------------------


class Acknowledge(Question, frozen=True):
    """This person has read this version of the notice. Answered by `Done`."""

    organisation: str
    person: str
    version: str
    how: PersonHow


class StatePurpose(Question, frozen=True):
    """A work purpose for one site for a while (confirm). Answered by `Done` or `NotDone`."""

    organisation: str
    person: str
    site: str  # a registrable domain
    category: str
    purpose: str
    reference: str  # of the Decision that asked for it


class ChooseRole(Question, frozen=True):
    """The role to act in from now on. Answered by `Done` or `NotDone`."""

    organisation: str
    person: str
    role: str


class RequestAccess(Question, frozen=True):
    """An exemption is asked for. Answered by `Done` with its reference; a duplicate joins the first."""

    organisation: str
    person: str
    host: str
    category: str | None
    purpose: str
    reference: str  # of the Decision


class Tell(Question, frozen=True):
    """
    A note, challenge or report. Answered by `Done` with its reference.

    `kind` is a word of `policy.words.ReportKind`; `person` is None where the report is nameless.
    """

    organisation: str
    person: str | None
    kind: str
    host: str
    category: str | None
    text: str
    reference: str | None  # of the Decision it is about


class Spend(Question, frozen=True):
    """A form's token is used, once: `Done`, and `NotDone("replayed")` ever after."""

    nonce: bytes
    until: datetime  # when the token would have expired by itself


class UsedMinute(Question, frozen=True):
    """A visit under the personal-use allowance in the current minute. Answered by `Done`."""

    organisation: str
    person: str


# What people ask about themselves -----------------------------------------------------------------


class MyRecord(Question, frozen=True):
    """What is stored about this person. Answered by `Record`."""

    organisation: str
    person: str


class MyRequests(Question, frozen=True):
    """What this person asked for about a host, or at all. Answered by `Requests`."""

    organisation: str
    person: str
    host: str | None = None


class MissingPieces(Question, frozen=True):
    """Which pieces of the page at `page` (scheme and host) were refused to this person lately. `Pieces`."""

    organisation: str
    person: str
    page: str


# Answers ------------------------------------------------------------------------------------------


class Answer(msgspec.Struct, frozen=True, tag=True):
    """Whatever the desk may say."""


class Known(Answer, frozen=True):
    """It is this person; `token` goes back to a client of Negotiate; `until` of a sign-in on the page."""

    organisation: str
    login: str
    token: bytes = b""
    until: datetime | None = None


class NotKnown(Answer, frozen=True):
    """It is not, and why: a fixed word (wrong, too-many-wrong, shared, busy, away)."""

    why: str


class Done(Answer, frozen=True):
    """Kept, and in force in every worker within a second."""

    reference: str = ""
    told: tuple[str, ...] = ()  # of a report with a name: manager, service-desk, both or neither


class NotDone(Answer, frozen=True):
    """Refused, and why: a fixed word; our pages have a sentence of their own for most."""

    why: str


class Away(Answer, frozen=True):
    """No answer can be given now, for whatever reason; what was asked may have been kept all the same."""


_OF_PRESENCE = (SignIn, SignOut, Acknowledge, StatePurpose, ChooseRole)


def changed_presence(question: Question, answer: Answer) -> bool:
    """Whether `answer` says that `question` changed presence, which is then published, and waited for."""
    return isinstance(question, _OF_PRESENCE) and isinstance(answer, Done | Known)


class StoredClass(msgspec.Struct, frozen=True):
    """How many decisions of one class name the person, and the days they span (ISO dates)."""

    retention_class: str
    decisions: int
    oldest: str
    newest: str
    keep_days: int


class StoredRequest(msgspec.Struct, frozen=True):
    """One request for access, and what became of it."""

    reference: str
    at: datetime
    host: str
    state: str  # waiting, second-office, granted, refused, taken-back
    because: str = ""  # of a refusal
    office: str = ""  # that decides or decided


class StoredExemption(msgspec.Struct, frozen=True):
    """One exemption that is for this person by name, or that their role or unit gives them."""

    reference: str
    target: str
    start: datetime
    until: datetime
    purpose: str
    restricted: bool = False


class StoredNotice(msgspec.Struct, frozen=True):
    """One acknowledgement."""

    version: str
    at: datetime
    how: str


class StoredReview(msgspec.Struct, frozen=True):
    """What this person was told of a review that is over."""

    reference: str  # of its authority
    at: datetime
    paragraphs: tuple[str, ...]


class StoredReport(msgspec.Struct, frozen=True):
    """A note, challenge or report that this person made under their name."""

    reference: str
    at: datetime
    kind: str
    host: str
    state: str
    answer: str = ""


class Record(Answer, frozen=True):
    """What is stored about one person."""

    organisation: str
    login: str
    name: str | None
    unit: str | None
    kind: str | None
    roles: tuple[tuple[str, datetime], ...]  # and until when
    active_role: str | None
    ends: datetime | None
    devices: tuple[str, ...]
    classes: tuple[StoredClass, ...]
    notices: tuple[StoredNotice, ...]
    exemptions: tuple[StoredExemption, ...]
    requests: tuple[StoredRequest, ...]
    reports: tuple[StoredReport, ...]
    confirmations: tuple[tuple[str, datetime, str], ...]  # site, until, purpose
    reviews: tuple[StoredReview, ...] = ()


class Requests(Answer, frozen=True):
    """Requests for access, newest first."""

    requests: tuple[StoredRequest, ...]


class Piece(msgspec.Struct, frozen=True):
    """One piece of a page that was refused."""

    host: str
    category: str | None
    reference: str


class Pieces(Answer, frozen=True):
    """Refused pieces, each host once; `told` is False where nothing that names the person is kept."""

    pieces: tuple[Piece, ...]
    told: bool = True


# Over the line ------------------------------------------------------------------------------------

type AnyQuestion = (
    CheckPassword
    | CheckTicket
    | SignIn
    | SignOut
    | Acknowledge
    | StatePurpose
    | ChooseRole
    | RequestAccess
    | Tell
    | Spend
    | UsedMinute
    | MyRecord
    | MyRequests
    | MissingPieces
)
type AnyAnswer = Known | NotKnown | Done | NotDone | Away | Record | Requests | Pieces

_encoder = msgspec.msgpack.Encoder()
_questions = msgspec.msgpack.Decoder(AnyQuestion)
_answers = msgspec.msgpack.Decoder(AnyAnswer)


def write_question(number: int, question: Question) -> bytes:
    """As the worker says it. Raises `ValueError` for what is too long to be said."""
    return _written(number, question)


def read_question(message: bytes) -> tuple[int, AnyQuestion]:
    """As the desk reads it. Raises `Misspoken`."""
    return _read(message, _questions)


def write_answer(number: int, answer: Answer) -> bytes:
    """As the desk says it. Raises `ValueError` for what is too long to be said."""
    return _written(number, answer)


def read_answer(message: bytes) -> tuple[int, AnyAnswer]:
    """As the worker reads it. Raises `Misspoken`."""
    return _read(message, _answers)


def fits(said: Question | Answer) -> bool:
    """Whether it is short enough to be said."""
    return _NUMBER.size + len(_encoder.encode(said)) <= MOST_BYTES


def _written(number: int, said: Question | Answer) -> bytes:
    message = _NUMBER.pack(number) + _encoder.encode(said)
    if len(message) > MOST_BYTES:
        raise ValueError(f"{type(said).__name__}: more than {MOST_BYTES} bytes")
    return message


def _read[T](message: bytes, decoder: msgspec.msgpack.Decoder[T]) -> tuple[int, T]:
    if len(message) <= _NUMBER.size:
        raise Misspoken("expected a number and a structure")
    try:
        return _NUMBER.unpack_from(message)[0], decoder.decode(message[_NUMBER.size :])
    except msgspec.DecodeError as error:
        # Its own words may quote what was typed.
        raise Misspoken("expected a structure that is known") from error
