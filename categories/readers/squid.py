"""
Squid's `dstdomain`: a file with `.bet.test` on each line, or lines `acl name dstdomain .a.test .b.test`.

To Squid a name without the dot in front is that one host; here, as in every list, each name stands for what
is below it too. Other lines of a `squid.conf` are not applicable.
"""

import re
from collections.abc import Sequence

from categories.readers.entry_text import NotAnEntry, NotApplicable, host_text
from categories.readers.reader import PLAIN_NAME, Found, Plain
from policy.words import EntryKind

_ACL = re.compile(r"acl\s+\S+\s+dstdomain\s+(?:-\S+\s+)*(.*)", re.IGNORECASE)
_SETTING = re.compile(r"[a-z_]+\s+\S.*")
_DOTTED = re.compile(r"\.[\w-]+(?:\.[\w-]+)*\.?(?:\s+#.*)?")


class SquidReader:
    """See the module."""

    name = "squid"
    plain: Plain = re.compile(rf"\.?{PLAIN_NAME}").fullmatch

    def read(self, line: str) -> Found:
        """Every name of the line."""
        text = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if not text:
            return ()
        if acl := _ACL.fullmatch(text):
            names = acl[1].split()
            if not names or names[0].startswith(('"', "'")):
                raise NotAnEntry("it names another file; give that file")
        elif len(names := text.split()) > 1:
            if _SETTING.fullmatch(text):
                raise NotApplicable
            raise NotAnEntry("one name a line is expected")
        return [(EntryKind.HOST, host_text(name.removeprefix("."), suffix=name[0] == ".")) for name in names]

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Lines with a dot in front of the name, and lines of a `squid.conf` with such names."""
        return sum((_DOTTED.fullmatch(line.strip()) or _ACL.match(line)) is not None for line in lines)
