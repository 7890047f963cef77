"""A policy's settings in the words in which the notice names them, and what stands where one is empty."""

from policy.file import PolicyFile
from policy.review.disclosure import FEWEST
from policy.review.telling import ASK_AGAIN_DAYS
from policy.words import Purpose, RecordLevel, RetentionClass

_LEVELS = {
    RecordLevel.FULL: (
        "who you are, your device and its address, the site and the page on it without anything that follows "
        "a question mark"
    ),
    RecordLevel.SITE: "who you are, your device and its address, and the site, but not the page on it",
    RecordLevel.ANONYMOUS: "the site, without who you are or which device you use",
    RecordLevel.CATEGORY: "only the kind of site and the hour",
}
_PURPOSES = {
    Purpose.BREACH: "detecting breaches of the organisation's rules",
    Purpose.CRIME: "preventing or detecting crime",
    Purpose.QUALITY: "training or quality control",
}
_SEARCH_TERMS = {
    False: "is not looked at",
    True: (
        "is compared with a list of terms; where one stands in it, that term is recorded and nothing else of "
        "what you typed"
    ),
}
_ALLOWANCE = {
    False: "is not counted",
    True: "of some kinds of sites is counted in minutes a day; the count is forgotten when the day is over",
}
_SEALING = {
    False: "Never which one, never who and never from which device.",
    True: (
        "Which one, who and from which device is kept locked, for these sites but help lines, "
        "and only of people who have read this notice: the key is held by "
        "several people in parts, and it is opened only under a written authority and by two people's word."
    ),
}


def settings_shown(file: PolicyFile) -> dict[str, str]:
    """Each name that a sentence of the notice may hold in braces, with what stands there instead."""
    about, authority, appeal = file.about, file.standing_authority, file.appeal
    purposes = [_PURPOSES[purpose] for purpose in authority.purposes]
    shown = {
        "organisation": about.organisation or "the organisation",
        "owner": about.owner or "the office that answers for the web filter",
        "service_desk": about.service_desk or "number not filled in yet",
        "policy": about.title,
        "authority": authority.reference or "reference not filled in yet",
        "authority_granted_by": authority.granted_by or "office not filled in yet",
        "impact_assessment": authority.impact_assessment or "reference not filled in yet",
        "purposes": "; ".join(purposes) or "none, since no authority names any",
        "appeal_office": appeal.office or about.owner or "the office that answers for the web filter",
        "appeal_telephone": appeal.telephone or about.service_desk or "number not filled in yet",
        "search_terms": _SEARCH_TERMS[file.search_terms],
        "allowance": _ALLOWANCE[file.allowance is not None],
        "confirm_minutes": str(file.confirm.minutes),
        "access_days": str(file.keep.access_days),
        "change_days": str(file.keep.change_days),
        "notice_days": str(file.keep.notice_days),
        "people_days": str(file.keep.people_days),
        "exemption_days": str(file.keep.exemption_days),
        "report_days": str(file.keep.report_days),
        "authority_days": str(file.keep.authority_days),
        "hold_days": str(file.keep.hold_days),
        "ask_again_days": str(ASK_AGAIN_DAYS),
        "fewest": str(FEWEST),
        "sealing": _SEALING[file.sealing.on],
    }
    for retention in RetentionClass:
        kept = file.record[retention]
        shown[f"{retention}_days"] = str(kept.keep_days)
        shown[f"{retention}_what"] = _LEVELS[kept.level]
    return shown
