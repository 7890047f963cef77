"""
The first page of an export, for somebody who has never seen one: what it is, what it shows, what it cannot.

One page, put out twice: as HTML that loads nothing and runs nothing, and as plain text.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from console.evidence.contents import Contents
from console.evidence.limits import cannot_show, missing, moment, times, told
from console.evidence.manifest import PUBLIC_KEY, SIGNATURE, SUMS
from console.evidence.summary import Summary
from policy.identifiers import show_reference
from policy.review.authority import Authority
from policy.review.question import Question
from policy.text import storable
from policy.words import Purpose, Verdict

_LONGEST = 4000
_WIDTH = 100

_PURPOSES = {
    Purpose.BREACH: "to detect a breach of the policy",
    Purpose.CRIME: "to prevent or detect crime",
    Purpose.QUALITY: "for training or quality control",
}
_VISITS = {
    Verdict.ALLOW: "allowed",
    Verdict.CONFIRM: "asked for a work purpose",
    Verdict.BLOCK: "refused",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: sentences, or names and what each of them is."""

    title: str
    says: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    commands: Sequence[str] = ()
    a_list: bool = False  # whether each sentence stands for itself


@dataclass(frozen=True, slots=True)
class FirstPage:
    """The page, before it is HTML or text."""

    marking: str
    title: str
    sections: Sequence[Section]

    def as_html(self) -> bytes:
        """The page as one HTML file."""
        return _template().render(page=_bounded(self)).encode()

    def as_text(self) -> bytes:
        """The page as plain text."""
        return "\n".join(_lines(_bounded(self))).encode()


def first_page(
    contents: Contents, found: Summary, files: Sequence[tuple[str, str]], fingerprint: str
) -> FirstPage:
    """
    The page of an export of a review.

    `files` are the names of the others, each with what it is; `fingerprint` is of the key that signs.
    """
    return FirstPage(
        contents.marking,
        "From the web filter's log",
        [
            Section("What this is", facts=list(_about(contents))),
            Section("What was asked", facts=list(_asked(contents.question))),
            Section("Why it was permitted", facts=list(_permitted(contents.authority))),
            Section("What was found", says=list(_found(contents, found)), a_list=True),
            Section("What it cannot show", says=list(cannot_show(found, contents.shared_uses)), a_list=True),
            Section("What may be missing", says=list(missing(contents, found)), a_list=True),
            Section("Who had been told", says=list(told(contents, found)), a_list=True),
            Section("The times", says=list(times(contents)), a_list=True),
            files_section(files),
            checking_section(fingerprint),
        ],
    )


def files_section(files: Sequence[tuple[str, str]]) -> Section:
    """What the other files are."""
    return Section("The other files", facts=files)


def checking_section(fingerprint: str) -> Section:
    """How somebody finds out whether this is what was made."""
    return Section(
        "How to check that nothing was changed",
        says=[
            "On any machine that has the program: sluicegate review verify FILE --key KEY. The key must come "
            "from the organisation by another way than this file did; its fingerprint is:",
            fingerprint,
            "Without the program: unpack the file into an empty folder, and there:",
        ],
        commands=[
            f"openssl pkeyutl -verify -rawin -pubin -inkey {PUBLIC_KEY} -in {SUMS} -sigfile {SIGNATURE}",
            f"sha256sum --check --strict {SUMS}",
            f"openssl pkey -pubin -in {PUBLIC_KEY} -outform DER | sha256sum",
        ],
    )


def _about(contents: Contents) -> Iterator[tuple[str, str]]:
    yield "Organisation", contents.scope.organisation or "the gateway's own"
    yield "Matter", contents.authority.terms.matter
    yield "Made on", moment(contents.made_at)
    yield "Made by", f"the login {contents.made_by}"
    yield "On record as", f"Access {contents.access}, written down before a row was read"
    yield "Protective marking", contents.marking


def _asked(question: Question) -> Iterator[tuple[str, str]]:
    yield "For", question.purpose
    if question.since is not None:
        yield "From", moment(question.since)
    if question.until is not None:
        yield "Until", moment(question.until)
    for title, values in (
        ("People", question.people),
        ("Units", question.units),
        ("Categories", question.categories),
        ("Verdicts", question.verdicts),
    ):
        if values:
            yield title, ", ".join(values)
    for title, value in (
        ("Host, and below it", question.host),
        ("List", question.list),
        ("Entry", question.entry),
        ("Exemption", question.exemption),
        ("Reference", question.reference and show_reference(question.reference)),
    ):
        if value:
            yield title, value
    if question.visits_only:
        yield "Only", "visits, and what stands beside them"
    yield "Beyond that", "everything that the authority permits"


def _permitted(authority: Authority) -> Iterator[tuple[str, str]]:
    terms = authority.terms
    yield "Authority", show_reference(authority.id)
    yield "Purpose", _PURPOSES[terms.purpose]
    yield "Asked for by", f"{authority.requested_by}, on {moment(authority.requested_at)}"
    if authority.decided is not None:
        decided = authority.decided
        yield "Granted by", f"{decided.by}, {decided.office}, on {moment(decided.at)}: {decided.because}"
    if authority.begins is not None and authority.ends is not None:
        yield "In force", f"from {moment(authority.begins)} to {moment(authority.ends)}"
    yield "People", ", ".join(terms.people) or "those of the units"
    yield "Units", ", ".join(terms.units) or "none as such"
    yield "Data from", f"{moment(terms.since)} to {moment(terms.until)}"
    yield "Categories", ", ".join(terms.categories) or "any"
    yield "Allowed visits", "are in it" if terms.allowed_visits else "are not in it"
    yield "Necessary because", terms.necessity
    yield "No more than needed because", terms.proportionality
    yield "Less intrusive means", terms.less_intrusive


def _found(contents: Contents, found: Summary) -> Iterator[str]:
    if not found.rows:
        yield (
            "Nothing. That nothing was recorded within these bounds does not show that nothing happened: see "
            "what may be missing."
        )
        return
    if found.first is not None and found.last is not None:
        yield f"Rows: {found.rows:,}, from {moment(found.first)} to {moment(found.last)}."
    if found.counted:
        parts = ", ".join(f"{number:,} {_VISITS[verdict]}" for verdict, number in found.visits.items())
        yield f"Visits, pages that a browser was told to open: {found.counted:,}, of which {parts}."
    else:
        yield "None of them counts as a visit."
    if found.beside:
        yield (
            f"Beside a visit, because the browser then asked for it by itself, and no visits: "
            f"{found.beside:,}."
        )
    if found.other:
        yield f"Other rows that are no visits: {found.other:,}."
    if found.not_final:
        yield f"Steps on the way to a decision, which decide nothing: {found.not_final:,}."
    if found.withdrawn:
        yield f"Decided by an entry that was wrong, and counting for nothing: {found.withdrawn:,}."
    if found.people:
        yield f"Logins named in them: {', '.join(found.people)}."
    if (proved := contents.proofs.decisions) > 0:
        yield (
            f"Rows of which it is shown that they are as the gateway sent them: {proved:,}. `review verify` "
            "follows these proofs."
        )


@cache
def _template() -> Template:
    folder = resources.files("console.evidence") / "templates"
    # Read when it is first wanted, not at import.
    texts = {"first-page.html": (folder / "first-page.html").read_text("utf-8")}
    environment = Environment(
        loader=DictLoader(texts),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("first-page.html")


def _bounded(page: FirstPage) -> FirstPage:
    """The page with every text one inert line of bounded length."""

    def fit(text: str) -> str:
        return storable(text, _LONGEST)

    sections = [
        Section(
            section.title,
            [fit(each) for each in section.says],
            [(fit(name), fit(what)) for name, what in section.facts],
            section.commands,
            section.a_list,
        )
        for section in page.sections
    ]
    return FirstPage(fit(page.marking), page.title, sections)


def _lines(page: FirstPage) -> Iterator[str]:
    yield from (page.marking, "", page.title.upper(), "")
    for section in page.sections:
        yield from (section.title.upper(), "")
        for each in section.says:
            mark = "- " if section.a_list else ""
            yield from textwrap.wrap(
                each, _WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark), break_long_words=False
            )
        for name, what in section.facts:
            yield from textwrap.wrap(
                f"{name}: {what}", _WIDTH, subsequent_indent="    ", break_long_words=False
            )
        yield from (f"    {command}" for command in section.commands)
        yield ""
    yield page.marking
    yield ""
