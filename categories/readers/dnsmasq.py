"""
dnsmasq's configuration: `address=/bet.test/`, `server=/bet.test/`, `local=/bet.test/`, several names a line.

Each name stands for what is below it, as everywhere. `address=` blocks with no answer, `#` or an address
that leads nowhere; `server=` and `local=` with no server. Lines that lead to a real address or server
block nothing and are not applicable, like all other settings. `server=/good.test/#` asks the usual servers:
an exception (`exceptions.py`).
"""

import re
from collections.abc import Sequence

from categories.readers.entry_text import NotAnEntry, NotApplicable, host_text, wildcard_text
from categories.readers.exceptions import ExceptionRule, Exempted
from categories.readers.hosts import is_address, leads_nowhere
from categories.readers.reader import PLAIN_NAME, Found, Plain
from policy.words import EntryKind

_RULE = re.compile(r"(address|server|local)=/(.*)/([^/]*)")
_RULE_BEGINS = re.compile(r"(?:address|server|local)=/")
_SETTING = re.compile(r"[a-z0-9-]+(?:\s*=.*)?")


class DnsmasqReader:
    """See the module."""

    name = "dnsmasq"
    plain: Plain = re.compile(
        rf"(?:(?:server|local)=/(?=[^/]*/$)|address=/){PLAIN_NAME}/(?:0\.0\.0\.0/?|::|#)?"
    ).fullmatch
    exception_marks = ("/#",)

    def read(self, line: str) -> Found:
        """Every name of the line."""
        text = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if not text:
            return ()
        # Some generators end the line in one slash more.
        rule = _RULE.fullmatch(re.sub(r"(/[0-9.:]+)/$", r"\1", text))
        if rule is None:
            if _SETTING.fullmatch(text) and not _RULE_BEGINS.match(text):
                raise NotApplicable
            raise NotAnEntry("address=/name/, server=/name/ or local=/name/ is expected")
        word, names, answer = rule.groups()
        if not names:  # of unqualified names
            raise NotApplicable
        found = [_entry(name) for name in names.split("/")]
        if word != "address" and answer == "#":
            raise ExceptionRule(Exempted(host, alone=True) for kind, host in found if kind is EntryKind.HOST)
        if answer and not (word == "address" and _leads_nowhere(answer)):
            raise NotApplicable
        return found

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Lines with a name between slashes."""
        return sum(_RULE.match(line.strip()) is not None for line in lines)


def _entry(name: str) -> tuple[EntryKind, str]:
    below = name.removeprefix("*.").removeprefix(".")
    if "*" in below:
        return EntryKind.PATTERN, wildcard_text(name)
    # A name of one label is meant as it stands: `local=/casino/`.
    return EntryKind.HOST, host_text(below, suffix=True)


def _leads_nowhere(answer: str) -> bool:
    return answer == "#" or (is_address(answer) and leads_nowhere(answer))
