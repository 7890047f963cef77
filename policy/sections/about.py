"""Whose policy it is, the documents it quotes, and where a refusal may be appealed."""

from datetime import date

from policy.sections.part import Part


class About(Part):
    """Whose policy this is."""

    title: str
    version: str
    organisation: str = ""
    owner: str = ""  # an office, never a person's name
    next_review: date | None = None
    service_desk: str = ""  # a telephone number


class Document(Part):
    """A document whose clauses are quoted; its key is the letter before the clause number."""

    title: str


class Appeal(Part):
    """Who hears somebody whose request was refused."""

    office: str = ""
    telephone: str = ""
