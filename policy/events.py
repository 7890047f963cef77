"""
What happens to a gateway that somebody will look for in its log, each with an identifier of its own.

The value is the journal's MESSAGE_ID (systemd.journal-fields(7)): it stays when the words of a message
change, so a search or a rule on it keeps finding. Add members; never change or reuse a value.
"""

from collections.abc import Mapping
from enum import StrEnum


class Event(StrEnum):
    """Which it is. Hand it to a logger as `extra=Event.STARTED.extra`."""

    STARTED = "02bba529fe064c28a42c5b0ac1dee9e8"  # the first generation serves
    RELOADED = "1837a7c973db4ba4bf06c4e21b25cb49"  # another generation serves
    RELOAD_FAILED = "a72dfd5eb6804d3c859583805caed942"  # and nothing has changed
    GENERATION_DIED = "6707a39c89e847c99c73ebfbf2e65723"  # while it served
    WORKER_DIED = "4ae088dc90974786ba5dd8fdbbae59c0"
    WORKER_KILLED = "56f8b80c0e8d496581db7749a4470111"  # it had stood still
    DATABASE_AWAY = "26843750d9484b05b745689664491ad3"
    DATABASE_BACK = "52844a201ff446c4b46c577f085e1d0b"
    SET_ASIDE = "34cfdf0d3ccd44988a40ce1f8f718bab"  # records that the database would not take
    SPOOL_FULL = "0fb36a5616bc4a7dbb5e70b38cd5bb7c"  # decisions cannot be kept
    BREAK_GLASS_OPEN = "35ad62cfce5147f59db076e815137d72"
    BREAK_GLASS_OVER = "4b9c1586208d492d8426729e82531b52"
    BREAK_GLASS_OVERDUE = "a518081e66dc40188458ce2cf793e206"  # no second person confirmed it in a day
    CA_ENDS = "4047c8199ec0439094b524baabd603d9"  # in so many days

    @property
    def extra(self) -> Mapping[str, object]:
        """What a logger is given beside the message."""
        return {"event": self}
