"""My record: what is stored about who asks. Each look leaves an Access, as every look into the log does."""

from collections.abc import Iterator

from addons.desk.protocol import MyRecord, Record
from addons.pages.link import Link
from addons.pages.own import paths
from addons.pages.own.making import nobody, page
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own.request_access import MOST_SHOWN, request_table
from addons.pages.own_page import Section, Table
from addons.pages.page import Page
from addons.pages.strings import making as shared
from addons.pages.strings import my_record as strings
from addons.pages.strings.common import time_of
from policy.document import Policy
from policy.identifiers import show_reference

_SAID = (strings.not_here, strings.looked, strings.wrong)


async def my_record(request: OwnRequest, tools: Tools) -> Page:
    """The page."""
    if request.person is None:
        return nobody(request, tools, strings.TITLE)
    answer = await tools.desk.ask(MyRecord(*request.person))
    if not isinstance(answer, Record):
        return page(tools, strings.AWAY_TITLE, shared.nothing_known(tools.policy), status=503, told=True)
    return page(
        tools,
        strings.TITLE,
        strings.LEAD,
        Section(paragraphs=tuple(said(tools.policy) for said in _SAID)),
        *_sections(answer, tools.policy),
        *_rights(tools),
    )


def _sections(record: Record, policy: Policy) -> Iterator[Section]:
    yield Section(strings.YOU, table=Table(strings.FACTS, strings.FACT_HEAD, tuple(_facts(record))))
    classes = tuple(strings.decisions(one) for one in record.classes if one.decisions)
    yield _table(strings.DECISIONS, strings.DECISIONS_HEAD, classes, strings.NO_DECISIONS, strings.NO_LOOK)
    yield from _reviews(record)
    yield _table(
        strings.PURPOSES,
        strings.PURPOSES_HEAD,
        tuple((site, time_of(until), purpose) for site, until, purpose in record.confirmations),
    )
    yield _table(
        strings.EXEMPTIONS,
        strings.EXEMPTIONS_HEAD,
        tuple(
            strings.exemption(
                policy, one, time_of(one.start), time_of(one.until), show_reference(one.reference)
            )
            for one in record.exemptions
        ),
    )
    requests = request_table(record.requests)
    yield _table(strings.REQUESTS, requests.head, requests.rows)
    yield _table(
        strings.REPORTS,
        strings.REPORTS_HEAD,
        tuple(
            (
                one.host,
                strings.KINDS.get(one.kind, one.kind),
                time_of(one.at),
                strings.became(one),
                show_reference(one.reference),
            )
            for one in record.reports
        ),
        strings.NONE,
        strings.NAMELESS,
    )
    yield _table(
        strings.NOTICES,
        strings.NOTICES_HEAD,
        tuple((one.version, time_of(one.at), strings.HOW.get(one.how, one.how)) for one in record.notices),
    )


def _reviews(record: Record) -> Iterator[Section]:
    """What they were told, each in a part of its own: whoever has one shall not overlook it."""
    if not record.reviews:
        yield Section(strings.REVIEWS, (strings.NO_REVIEWS,))
    for one in record.reviews:
        yield Section(strings.review(show_reference(one.reference), time_of(one.at)), one.paragraphs)


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    yield strings.LOGIN, record.login
    if record.organisation:
        yield strings.ORGANISATION, record.organisation
    yield strings.NAME, record.name or strings.NOT_STORED
    yield strings.UNIT, record.unit or strings.NOT_STORED
    yield strings.KIND, record.kind or strings.NOT_STORED
    roles = "; ".join(f"{role} ({time_of(until)})" for role, until in record.roles)
    yield strings.ROLES, roles or strings.NOT_STORED
    if record.active_role is not None:
        yield strings.ACTIVE_ROLE, record.active_role
    if record.ends is not None:
        yield strings.ENDS, time_of(record.ends)
    yield strings.DEVICES, ", ".join(record.devices) or strings.NOT_STORED


def _table(
    heading: str,
    head: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    none: str = strings.NONE,
    more: str = "",
) -> Section:
    after = (more,) if more else ()
    if not rows:
        return Section(heading, (none, *after))
    return Section(heading, after, table=Table(heading, head, rows[:MOST_SHOWN]))


def _rights(tools: Tools) -> Iterator[Section]:
    notice = tools.policy.notice
    if notice is not None:
        yield Section(strings.RIGHTS, notice.rights)
        yield Section(strings.CONTACTS, notice.contacts, links=(Link(shared.PRIVACY, paths.NOTICE),))
