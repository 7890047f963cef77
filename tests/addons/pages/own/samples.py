"""What the tests of our own pages share: who asks, of what, at which desk; every page and state there is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache

import msgspec

from addons.desk.protocol import (
    Acknowledge,
    Answer,
    ChooseRole,
    Done,
    Known,
    MissingPieces,
    MyRecord,
    MyRequests,
    NotDone,
    NotKnown,
    Piece,
    Pieces,
    Question,
    Record,
    RequestAccess,
    Requests,
    SignIn,
    SignOut,
    StatePurpose,
    StoredClass,
    StoredExemption,
    StoredNotice,
    StoredReport,
    StoredRequest,
    StoredReview,
    Tell,
)
from addons.pages.own import paths
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own.routes import ROUTES
from addons.pages.own.tokens import Token, Tokens, Topic, Use, holder_of
from addons.pages.page import Page
from policy.document import Policy
from policy.facts import Who
from policy.people import HeldRole, People, Person
from policy.words import Action, PersonHow, Standing
from tests.addons.desk.fakes import FakeDesk
from tests.samples import NOW, policy_with_authority

HOST = "webfilter.test"
REFERENCE = "K7QF2M9T"
TOPIC = Topic(REFERENCE, "www.social.example", "social_media", "https://www.social.example/feed")
PERSON = Who(person="ab1234", how=PersonHow.BASIC, client_ip="192.0.2.77", notified=True, notice="2")
READ_BEFORE = Who(person="ab1234", how=PersonHow.BASIC, notified=True, notice="0")
NOBODY = Who(client_ip="192.0.2.77")
STOPPED = Who(person="ab1234", how=PersonHow.BASIC, client_ip="192.0.2.77", standing=Standing.DISABLED)


@cache
def staff_policy() -> Policy:
    """The policy with everything filled in, and social media open to whoever states a purpose."""
    policy = policy_with_authority()
    rule = policy.rules["social_media"].model_copy(update={"action": Action.CONFIRM})
    return replace(
        policy, file=policy.file.model_copy(update={"category": policy.rules | {"social_media": rule}})
    )


type Answers = Mapping[type[Question], Answer]


def tools(desk: FakeDesk, policy: Policy | None = None, *roles: str) -> Tools:
    """A worker's tools, in front of `desk`; PERSON holds `roles`."""
    held = tuple(HeldRole(role, NOW + timedelta(days=30)) for role in roles)
    people = People.of([Person("", "ab1234", roles=held)])
    return Tools(
        policy=policy or staff_policy(),
        host=HOST,
        desk=desk,
        people=lambda: people,
        tokens=Tokens(bytes(32)),
        sign_in_minutes=480,
        signs_in=True,
    )


def get(path: str, topic: Topic | None = None, who: Who = PERSON, *, fetch_site: str = "none") -> OwnRequest:
    """Somebody opens a page, by a link about `topic` or by itself."""
    token = None if topic is None else _token(Use.LINK, "", topic, who)
    return OwnRequest("GET", path, {}, {}, None, fetch_site, who, NOW, token=token)


def post(
    path: str, form: Mapping[str, str] | None = None, topic: Topic = TOPIC, who: Who = PERSON, shown: str = ""
) -> OwnRequest:
    """Somebody sends a form, past the router."""
    token = _token(Use.FORM, path, topic, who, shown)
    return OwnRequest("POST", path, {}, form or {}, f"https://{HOST}", "same-origin", who, NOW, token=token)


def _token(use: Use, page: str, topic: Topic, who: Who, shown: str = "") -> Token:
    expires = int((NOW + timedelta(hours=1)).timestamp())
    return Token(use, page, holder_of(who), topic, shown, expires, bytes(16))


def made(request: OwnRequest, by: Tools) -> Page:
    """
    The page function's own answer.

    Without a loop, since a browser's driver may be running one: the desk of the tests answers at once.
    """
    answering = ROUTES[request.path].page(request, by)
    try:
        next(answering.__await__())
    except StopIteration as done:
        page = done.value
        assert isinstance(page, Page)
        return page
    raise AssertionError("a page waits for nothing but the desk")


def shown(request: OwnRequest, answers: Answers | None = None, *roles: str) -> tuple[Page, FakeDesk]:
    """The page, and the desk that was asked."""
    desk = FakeDesk(dict(answers or {}))
    return made(request, tools(desk, None, *roles)), desk


# What a desk answers ------------------------------------------------------------------------------


def stored_request(state: str = "waiting", host: str = "www.social.example") -> StoredRequest:
    """One request, in a state."""
    return StoredRequest(
        reference=REFERENCE,
        at=NOW - timedelta(days=2),
        host=host,
        state=state,
        because="The same is on the force's own page" if state == "refused" else "",
        office="Operational Security Officer" if state == "second-office" else "",
    )


STATES = ("waiting", "second-office", "granted", "refused", "taken-back")
EVERY_STATE = Requests(tuple(stored_request(state) for state in STATES))

FULL_RECORD = Record(
    organisation="",
    login="ab1234",
    name="A. Sample",
    unit="Licensing",
    kind="employee",
    roles=(("licensing", NOW + timedelta(days=30)), ("trainer", NOW + timedelta(days=90))),
    active_role="licensing",
    ends=NOW + timedelta(days=300),
    devices=("D-77", "D-78"),
    classes=(
        StoredClass("refused", 12, "2026-01-04", "2026-03-03", 365),
        StoredClass("visit", 1840, "2025-12-05", "2026-03-04", 90),
        StoredClass("other", 0, "", "", 30),
    ),
    notices=(StoredNotice("2", NOW - timedelta(days=40), "basic"),),
    exemptions=(
        StoredExemption("E1AAAAAA", "social_media", NOW, NOW + timedelta(days=9), "licensing visits"),
        StoredExemption("E2BBBBBB", "secret.example", NOW, NOW + timedelta(days=9), "covert", True),
    ),
    requests=EVERY_STATE.requests,
    reports=(
        StoredReport("R1AAAAAA", NOW, "wrong-category", "club.example", "answered", "Corrected, thank you."),
        StoredReport("R2BBBBBB", NOW, "not-blocked", "odd.example", "open"),
    ),
    confirmations=(("forum.example", NOW + timedelta(minutes=40), "a question of procedure"),),
    reviews=(
        StoredReview("K7QF2M9T", NOW, ("Some of it could be looked at. That is over.", "It names you.")),
    ),
)
EMPTY_RECORD = Record(
    organisation="",
    login="ab1234",
    name=None,
    unit=None,
    kind=None,
    roles=(),
    active_role=None,
    ends=None,
    devices=(),
    classes=(),
    notices=(),
    exemptions=(),
    requests=(),
    reports=(),
    confirmations=(),
)
PIECES = Pieces(
    (
        Piece("tracker.example", "advertising_tracking", "P1AAAAAA"),
        Piece("video.social.example", "social_media", "P2BBBBBB"),
        Piece("bad.example", "malware", "P3CCCCCC"),
        Piece("a.example", None, "P4DDDDDD"),
    )
)
DONE = Done(REFERENCE)


# Every page and state -----------------------------------------------------------------------------

# As long as a host can be, and words without an end.
LONG = Topic(REFERENCE, ".".join(["x" * 62] * 4), "social_media")
_ENDLESS = "<w>" * 100
HOSTILE_RECORD = msgspec.structs.replace(
    FULL_RECORD,
    name=_ENDLESS,
    unit=_ENDLESS,
    requests=(msgspec.structs.replace(stored_request("refused", LONG.host), because=_ENDLESS),),
    reports=(StoredReport("R1AAAAAA", NOW, "not-blocked", LONG.host, "answered", _ENDLESS),),
    confirmations=((LONG.host, NOW, _ENDLESS),),
)
NEVER = Topic(REFERENCE, "bad.example", "malware")
SENT = Topic(REFERENCE, "forum.example", "forums", "", True)
_WRITTEN = {
    "purpose": "visits to licensed premises",
    "text": "It is a sailing club.",
    "site": "www.odd.example",
}
_SIGN_IN = {"login": "ab1234", "password": "a password"}
_ROLES = ("licensing", "trainer")
_PAGE = {"page": "https://news.example/today"}


def _states() -> Iterator[tuple[str, OwnRequest, Answers, tuple[str, ...]]]:
    """By name: what is asked, what the desk says, and which roles the person holds."""

    def plain(
        name: str, request: OwnRequest, answers: Answers | None = None, *roles: str
    ) -> tuple[str, OwnRequest, Answers, tuple[str, ...]]:
        return name, request, answers or {}, roles

    yield plain("index", get(paths.INDEX))
    yield plain("notice-new", get(paths.NOTICE, TOPIC, Who(person="ab1234", how=PersonHow.BASIC)))
    yield plain("notice-read", get(paths.NOTICE))
    yield plain("notice-nobody", get(paths.NOTICE, who=NOBODY))
    yield plain("notice-stopped", get(paths.NOTICE, who=STOPPED))
    yield plain("notice-done", post(paths.NOTICE, shown="2"), {Acknowledge: DONE})
    yield plain("notice-changed", post(paths.NOTICE, shown="0", who=READ_BEFORE))
    yield plain("notice-away", post(paths.NOTICE, shown="2"))
    yield plain("sign-in", get(paths.SIGN_IN, TOPIC, NOBODY))
    yield plain("sign-in-known", get(paths.SIGN_IN))
    yield plain("sign-in-empty", post(paths.SIGN_IN, who=NOBODY))
    yield plain("sign-in-wrong", post(paths.SIGN_IN, _SIGN_IN, who=NOBODY), {SignIn: NotKnown("wrong")})
    yield plain(
        "sign-in-too-many", post(paths.SIGN_IN, _SIGN_IN, who=NOBODY), {SignIn: NotKnown("too-many-wrong")}
    )
    yield plain("sign-in-away", post(paths.SIGN_IN, _SIGN_IN, who=NOBODY))
    known = Known("", "ab1234", until=NOW + timedelta(hours=8))
    yield plain("sign-in-done", post(paths.SIGN_IN, _SIGN_IN, who=NOBODY), {SignIn: known})
    by_page = Who(person="ab1234", how=PersonHow.PAGE, client_ip="192.0.2.77")
    yield plain("sign-out", get(paths.SIGN_OUT, who=by_page))
    yield plain("sign-out-not", get(paths.SIGN_OUT))
    yield plain("sign-out-done", post(paths.SIGN_OUT, who=by_page), {SignOut: DONE})
    yield plain("sign-out-away", post(paths.SIGN_OUT, who=by_page))
    yield plain("purpose", get(paths.PURPOSE, TOPIC))
    yield plain("purpose-sent", get(paths.PURPOSE, SENT))
    yield plain("purpose-no-site", get(paths.PURPOSE))
    yield plain("purpose-blocked", get(paths.PURPOSE, Topic(REFERENCE, "bet.example", "gambling")))
    yield plain("purpose-nobody", get(paths.PURPOSE, TOPIC, NOBODY))
    yield plain("purpose-empty", post(paths.PURPOSE))
    yield plain("purpose-away", post(paths.PURPOSE, _WRITTEN))
    yield plain("purpose-not", post(paths.PURPOSE, _WRITTEN), {StatePurpose: NotDone("not-confirm")})
    yield plain("purpose-done", post(paths.PURPOSE, _WRITTEN), {StatePurpose: DONE})
    yield plain("purpose-done-sent", post(paths.PURPOSE, _WRITTEN, SENT), {StatePurpose: DONE})
    yield plain("role", get(paths.ROLE), None, *_ROLES)
    yield plain("role-one", get(paths.ROLE), None, "licensing")
    yield plain("role-none", get(paths.ROLE))
    yield plain("role-stopped", get(paths.ROLE, who=STOPPED))
    yield plain("role-break-glass", replace(get(paths.ROLE, who=NOBODY), break_glass=True))
    yield plain("role-empty", post(paths.ROLE), None, *_ROLES)
    yield plain("role-not-held", post(paths.ROLE, {"role": "chief"}), None, *_ROLES)
    yield plain("role-away", post(paths.ROLE, {"role": "trainer"}), None, *_ROLES)
    yield plain("role-done", post(paths.ROLE, {"role": "trainer"}), {ChooseRole: DONE}, *_ROLES)
    yield from _my_states(plain)


def _my_states(
    plain: Callable[..., tuple[str, OwnRequest, Answers, tuple[str, ...]]],
) -> Iterator[tuple[str, OwnRequest, Answers, tuple[str, ...]]]:
    yield plain("request", get(paths.REQUEST, TOPIC, fetch_site="cross-site"))
    yield plain("request-first", get(paths.REQUEST, TOPIC), {MyRequests: Requests(())})
    for state in STATES:
        yield plain(
            f"request-{state}",
            get(paths.REQUEST, TOPIC),
            {MyRequests: Requests((stored_request(state),))},
        )
    yield plain("request-all", get(paths.REQUEST), {MyRequests: EVERY_STATE})
    yield plain("request-all-none", get(paths.REQUEST), {MyRequests: Requests(())})
    yield plain("request-all-away", get(paths.REQUEST))
    yield plain("request-long", get(paths.REQUEST, LONG, fetch_site="cross-site"))
    yield plain("request-two-offices", get(paths.REQUEST, Topic(REFERENCE, "chat.example", "messaging")))
    yield plain("request-never", get(paths.REQUEST, NEVER))
    yield plain("request-nobody", get(paths.REQUEST, TOPIC, NOBODY))
    yield plain("request-empty", post(paths.REQUEST))
    yield plain("request-too-long", post(paths.REQUEST, {"purpose": "very " * 300}))
    yield plain("request-away", post(paths.REQUEST, _WRITTEN))
    yield plain("request-not", post(paths.REQUEST, _WRITTEN), {RequestAccess: NotDone("never-exempt")})
    yield plain(
        "request-done",
        post(paths.REQUEST, _WRITTEN),
        {RequestAccess: DONE, MyRequests: Requests((stored_request(),))},
    )
    yield plain("not-meant", get(paths.NOT_MEANT, TOPIC))
    yield plain("not-meant-no-page", get(paths.NOT_MEANT))
    yield plain("not-meant-too-long", post(paths.NOT_MEANT, {"text": "very " * 300}))
    yield plain("not-meant-away", post(paths.NOT_MEANT, _WRITTEN))
    yield plain("not-meant-done", post(paths.NOT_MEANT), {Tell: DONE})
    yield plain("wrong-category", get(paths.WRONG_CATEGORY, TOPIC))
    yield plain("wrong-category-nobody", get(paths.WRONG_CATEGORY, TOPIC, NOBODY))
    yield plain("wrong-category-no-page", get(paths.WRONG_CATEGORY))
    yield plain("wrong-category-empty", post(paths.WRONG_CATEGORY))
    yield plain("wrong-category-away", post(paths.WRONG_CATEGORY, _WRITTEN))
    yield plain("wrong-category-done", post(paths.WRONG_CATEGORY, _WRITTEN), {Tell: DONE})
    yield plain("wrong-category-done-nobody", post(paths.WRONG_CATEGORY, _WRITTEN, who=NOBODY), {Tell: DONE})
    yield plain("report", get(paths.REPORT))
    yield plain("report-nobody", get(paths.REPORT, who=NOBODY))
    yield plain("report-stopped", get(paths.REPORT, who=STOPPED))
    yield plain("report-empty", post(paths.REPORT))
    yield plain("report-not-a-site", post(paths.REPORT, _WRITTEN | {"site": "a b", "how": "named"}))
    yield plain("report-away", post(paths.REPORT, _WRITTEN | {"how": "nameless"}))
    both = Done(REFERENCE, ("manager", "service-desk"))
    yield plain("report-named", post(paths.REPORT, _WRITTEN | {"how": "named"}), {Tell: both})
    yield plain("report-named-to-nobody", post(paths.REPORT, _WRITTEN | {"how": "named"}), {Tell: DONE})
    yield plain("report-nameless", post(paths.REPORT, _WRITTEN | {"how": "nameless"}), {Tell: DONE})
    yield plain("missing", get(paths.MISSING))
    yield plain("missing-nobody", get(paths.MISSING, who=NOBODY))
    yield plain("missing-empty", post(paths.MISSING))
    yield plain("missing-not-a-page", post(paths.MISSING, {"page": "a b"}))
    yield plain("missing-away", post(paths.MISSING, _PAGE))
    yield plain("missing-none", post(paths.MISSING, _PAGE), {MissingPieces: Pieces(())})
    yield plain("missing-not-told", post(paths.MISSING, _PAGE), {MissingPieces: Pieces((), told=False)})
    long = Pieces((Piece(LONG.host, "gambling", "P1AAAAAA"),))
    yield plain("missing-long", post(paths.MISSING, {"page": LONG.host}), {MissingPieces: long})
    yield plain("missing-found", post(paths.MISSING, _PAGE), {MissingPieces: PIECES})
    yield plain("record", get(paths.MY_RECORD), {MyRecord: FULL_RECORD})
    yield plain("record-hostile", get(paths.MY_RECORD), {MyRecord: HOSTILE_RECORD})
    yield plain("record-empty", get(paths.MY_RECORD), {MyRecord: EMPTY_RECORD})
    yield plain("record-away", get(paths.MY_RECORD))
    yield plain("record-nobody", get(paths.MY_RECORD, who=NOBODY))


def own_pages(policy: Policy | None = None) -> Iterator[tuple[str, Page]]:
    """Every page and state, by name."""
    for name, request, answers, roles in _states():
        yield name, made(request, tools(FakeDesk(dict(answers)), policy, *roles))
