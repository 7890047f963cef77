"""
What a recorded decision shows of somebody, and what it cannot: the same words at a terminal, in a report and
in an export.

Whoever puts a row before somebody must be able to answer for it: that a browser asked is not that a person
looked, and how a person was known limits what their name on a row proves.
"""

from dataclasses import dataclass

from policy.words import PersonHow, RecordLevel, Replayed, Resource, Verdict


@dataclass(frozen=True, slots=True)
class Known:
    """How somebody was known, in a word or two, and what that cannot show."""

    short: str
    shows: str
    not_shown: str


KNOWN: dict[PersonHow, Known] = {
    PersonHow.NONE: Known(
        "nobody",
        "Nobody was known.",
        "It ties the request to no person, and nothing else in the row may be used to.",
    ),
    PersonHow.NEGOTIATE: Known(
        "Kerberos ticket",
        "The computer proved this login with a Kerberos ticket on the same connection.",
        "It does not show who sat at the computer while this login was signed in there.",
    ),
    PersonHow.BASIC: Known(
        "password",
        "The password of this login came with the request, or was proved shortly before on its connection.",
        "It does not show who typed it, and programs send a stored password by themselves.",
    ),
    PersonHow.HEADER: Known(
        "another proxy's word",
        "A proxy that the gateway trusts said that it was this login.",
        "It is worth what that proxy and the network to it are; the gateway verified nothing itself.",
    ),
    PersonHow.PAGE: Known(
        "signed in on the page",
        "This login had signed in on the gateway's page, some time before and from the same address.",
        "Anybody who used that address until the sign-in ended counts as this login.",
    ),
    PersonHow.DEVICE: Known(
        "the device's address",
        "The request came from the address of a device that the register says is this person's.",
        "It shows the device, and not who used it.",
    ),
}

RESOURCE: dict[Resource, Known] = {
    Resource.VISIT: Known(
        "visit",
        "The browser said that it was told to open this page by a gesture: a click, a tap or the keyboard.",
        "It does not show that the page was read, or was what the person expected; a program can forge it.",
    ),
    Resource.NAVIGATION: Known(
        "navigation",
        "A page was opened without a gesture: a redirect, a page that opened another, a restored tab.",
        "It does not show that anybody meant to go there. It is never counted as a visit.",
    ),
    Resource.PREFETCH: Known(
        "prefetch",
        "The browser fetched ahead what it thought might be wanted.",
        "It does not show that anybody saw it. It is never counted as a visit.",
    ),
    Resource.EMBEDDED: Known(
        "part of a page",
        "Another page brought this with it: a picture, a frame, an advertisement, a counter.",
        "It does not show that anybody went there: the page asked for it. It is never counted as a visit.",
    ),
    Resource.BACKGROUND: Known(
        "background",
        "A program asked for it by itself.",
        "It does not show that a person did anything. It is never counted as a visit.",
    ),
    Resource.UNKNOWN: Known(
        "not known",
        "It cannot be told what kind of request this was.",
        "It may have been a page, a part of one or a program. It is never counted as a visit.",
    ),
}

VERDICT: dict[Verdict, str] = {
    Verdict.BLOCK: "Refused. The site was not contacted for it, and nothing of it was shown.",
    Verdict.CONFIRM: "Asked for the work purpose first. Nothing of the site was shown by this request.",
    Verdict.ALLOW: "Let through. That is no finding against anybody.",
}

RECORD: dict[RecordLevel, str] = {
    RecordLevel.CATEGORY: "The record holds the category, the verdict and the hour, and nothing else.",
    RecordLevel.ANONYMOUS: "The record holds the site, and nobody's name or address.",
    RecordLevel.SITE: "The record holds who and which site. Which page of it was not kept.",
    RecordLevel.FULL: "The record holds who, the site and the path; never what stood behind a question mark.",
}

REPLAYED: dict[Replayed, str] = {
    Replayed.SAME: "Judged again by the lists and the policy of that time, it comes out the same.",
    Replayed.DIFFERENT: "Judged again by the lists and the policy of that time, it comes out differently.",
    Replayed.CANNOT_BE_TOLD: "It cannot be judged again from what was kept.",
}

SHARED = (
    "Passwords may lawfully be shared in an emergency, and a computer may be left unlocked: a login on a row "
    "is where an inquiry begins, and not who did it."
)
WITHDRAWN = "An entry marked as withdrawn was found to be wrong: what it decided counts for nothing."
