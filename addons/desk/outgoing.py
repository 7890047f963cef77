"""
What is sent about a report, and to whom: no more about the person than each receiver needs.

    not blocked, with a name    the line manager and the service desk, by name (P3.2); the list administrators
                                without name and without the person's own words, which may hold one
    not blocked, nameless       the list administrators
    wrong category              the list administrators, without a name; the answer is in the person's record
    not meant                   nobody: a note is read by who may look at the decision it stands beside

The webhook gets what the service desk gets, of a nameless report what the list administrators get, and of
a wrong category the site and the category alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from addons.desk.settings import MailSettings, WebhookSettings, is_mail_address
from addons.pages.strings import letters
from db.outbox import Outgoing
from db.reports import Report
from policy.document import Policy
from policy.identifiers import show_reference
from policy.words import ReportKind

MAIL, WEBHOOK = "mail", "webhook"
_EVENT = "report.created"


@dataclass(frozen=True, slots=True)
class Reporter:
    """What the register of people has of who reports, as far as receivers need it."""

    name: str | None = None
    manager: str | None = None  # their line manager's mail address


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who is told of reports."""

    policy: Policy
    mail: MailSettings
    webhook: WebhookSettings

    def told_of(self, report: Report, reporter: Reporter) -> tuple[Outgoing, ...]:
        """What is to be sent about this report: mail with `to`, `subject` and `body`, a webhook's message."""
        if report.kind is ReportKind.NOT_MEANT:
            return ()
        mailed = tuple(self._mails(report, reporter)) if self.mail.host is not None else ()
        posted = () if self.webhook.url is None else (_event(report),)
        return (*mailed, *posted)

    def whom(self, report: Report, reporter: Reporter) -> tuple[str, ...]:
        """Which of those whom somebody who gives their name has to tell (P3.2) are being told of it."""
        if report.person is None:
            return ()
        sent = self.told_of(report, reporter)
        mailed = {one.content["to"] for one in sent if one.channel == MAIL}
        # What is posted goes to where the service desk works.
        posted = any(one.channel == WEBHOOK for one in sent)
        told = (
            ("manager", reporter.manager in mailed),
            ("service-desk", posted or self.mail.service_desk in mailed),
        )
        return tuple(word for word, is_told in told if is_told)

    def _mails(self, report: Report, reporter: Reporter) -> Iterator[Outgoing]:
        mail, policy = self.mail, self.policy
        reference = show_reference(report.id)
        subject = letters.subject(report.kind, reference)
        facts = letters.facts(report.host, report.category, report.at, reference)
        words = letters.in_their_words(report.text) if report.text else ""
        named = report.kind is ReportKind.NOT_BLOCKED and report.person is not None
        if named:
            person = f"{reporter.name} ({report.person})" if reporter.name else f"{report.person}"
            manager = reporter.manager if reporter.manager and is_mail_address(reporter.manager) else None
            if manager is not None:
                says = letters.MANAGER.format(person=person)
                yield _mail(manager, subject, letters.whole(policy, says, facts, words, letters.VIRUS))
            if mail.service_desk is not None:
                says = letters.SERVICE_DESK.format(person=person)
                nobody = "" if manager is not None else letters.NO_MANAGER
                body = letters.whole(policy, says, facts, words, nobody, letters.VIRUS)
                yield _mail(mail.service_desk, subject, body)
        if mail.list_administrators is not None:
            says, answer = letters.LISTS[report.kind], letters.answer_with(reference)
            body = letters.whole(policy, says, facts, "" if named else words, answer)
            yield _mail(mail.list_administrators, subject, body)


def _mail(to: str, subject: str, body: str) -> Outgoing:
    return Outgoing(MAIL, {"to": to, "subject": subject, "body": body})


def _event(report: Report) -> Outgoing:
    data = {
        "reference": show_reference(report.id),
        "kind": report.kind.value,
        "organisation": report.organisation,
        "host": report.host,
        "category": report.category,
    }
    if report.kind is ReportKind.NOT_BLOCKED:
        data |= {"person": report.person, "text": report.text}
    return Outgoing(WEBHOOK, {"type": _EVENT, "timestamp": report.at.isoformat(), "data": data})
