"""How much is stored of each class of record, and for how many days everything is kept."""

from policy.sections.part import Days, Part
from policy.words import RecordLevel


class RecordClass(Part):
    """How much is stored of a class of Decisions, and for how long."""

    level: RecordLevel
    keep_days: Days


class Keep(Part):
    """
    How long the tables that are not decisions are kept.

    Confirmations are kept as long as the decisions that cite them (`record.confirmed`); sign-ins and chosen
    roles end by themselves and nothing of them stays.
    """

    access_days: Days  # after the look
    change_days: Days  # after the change
    notice_days: Days  # acknowledgements and the texts of policies, after the day they were made
    people_days: Days  # people after they left, devices of who is gone; shared use, after its end
    exemption_days: Days  # exemptions, after their end; requests, after they were decided
    report_days: Days  # notes, challenges and reports, and what was sent of them, after they were made
    authority_days: Days  # authorities, who was told of them, and openings of sealed parts, after their end
    hold_days: Days  # legal holds, after they were released
