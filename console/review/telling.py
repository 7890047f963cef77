"""
Telling people of authorities that are over: on their own page, and by mail where mail is sent.

What each is told is kept to the letter with who decided so, in one transaction with the mail. Nobody has to
decide: `tell_due` tells whoever the granting office has said nothing about (`policy/review/telling.py`). The
service asks it every hour; two services on one database tell nobody twice.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from addons.desk.outgoing import MAIL
from addons.desk.settings import is_mail_address
from addons.pages.strings import letters
from db.outbox import Outgoing
from db.review.afterwards import Afterwards, NamedPerson
from db.review.authorities import AuthorityStore
from db.review.tellings import TellingStore, ToldPerson
from policy.document import Policy
from policy.errors import Away, ReviewRefused
from policy.review.authority import Authority
from policy.review.reviewer import Reviewer
from policy.review.telling import GRACE, Letter, fit_word, letter

EVERY_SECONDS = 3600.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Telling:
    """Tells people, and writes down why they are not told."""

    policy: Policy
    authorities: AuthorityStore
    tellings: TellingStore
    afterwards: Afterwards
    now: Callable[[], datetime]
    mails: bool = False  # whether anything is mailed here

    def decide(self, authority: Authority, by: Reviewer, withheld: str | None) -> Authority:
        """
        The granting office's word: the people are told now, or they are not, for this reason.

        Raises `ReviewRefused`, `DatabaseAway`.
        """
        rules = self.policy.file.review
        because, ask_again = fit_word(authority, by, rules, self.now(), withheld)
        if because is None or ask_again is None:
            self._tell(authority, by.login)
        else:
            self.tellings.withhold(authority, by=by.login, because=because, ask_again=ask_again)
        return self.authorities.get(authority.id)

    def tell_due(self) -> int:
        """
        Tell the people of whatever is due. Returns how many authorities that was.

        One whose people cannot be told does not keep the others': it is logged, and tried again next time.
        """
        told = 0
        for one in self.afterwards.not_spoken_of(over=self.now() - GRACE):
            try:
                told += self._told_by_itself(one)
            except Away:
                raise
            except Exception:  # noqa: BLE001 - whatever it is, the others are told
                _log.exception("the people of one review that is over were not told")
        return told

    def _told_by_itself(self, authority: Authority) -> bool:
        try:
            self._tell(authority, None)
        except ReviewRefused:
            # Somebody has just said something of it: that holds.
            return False
        return True

    def _tell(self, authority: Authority, by: str | None) -> None:
        looks = self.afterwards.looks(authority.id)
        named = self.afterwards.named(authority)
        letters_to = [(one, letter(authority, one.login, looks, self.policy.file)) for one in named]
        organisation = authority.terms.organisation
        told = [ToldPerson(organisation, one.login, said.plain()) for one, said in letters_to]
        messages = [mail for one, said in letters_to if (mail := self._mail(one, said)) is not None]
        self.tellings.tell(authority, told, by=by, messages=messages)

    def _mail(self, to: NamedPerson, said: Letter) -> Outgoing | None:
        if not self.mails or to.email is None or not is_mail_address(to.email):
            return None
        body = letters.whole(self.policy, *said.paragraphs)
        return Outgoing(MAIL, {"to": to.email, "subject": said.subject, "body": body})


def tell_repeatedly(tell_due: Callable[[], int], end: threading.Event, every: float = EVERY_SECONDS) -> None:
    """Tell whoever is due, now and again until `end` is set; what fails is tried again the next time."""
    while True:
        try:
            told = tell_due()
        except Away as away:
            _log.warning("nobody was told of reviews that are over: %s", away)
        except Exception:  # noqa: BLE001 - a bug here must not end telling for good
            _log.exception("nobody was told of reviews that are over")
        else:
            if told:
                _log.info("the people of %d reviews that are over were told", told)
        if end.wait(every):
            return
