"""What the page functions share: a page in the policy's name, what was typed, what is stored by its title."""

import unicodedata
from dataclasses import replace

from addons.pages.link import Link
from addons.pages.own import paths
from addons.pages.own.request import OwnRequest, Tools
from addons.pages.own_page import Field, FieldKind, OwnContent, Section, render_own
from addons.pages.page import Page
from addons.pages.strings import making as strings
from addons.pages.strings.common import try_again, whose_filter
from policy.document import Policy
from policy.identifiers import show_reference
from policy.words import Standing


def page(
    tools: Tools,
    title: str,
    lead: str,
    *sections: Section,
    status: int = 200,
    told: bool = False,
    reference: str = "",
) -> Page:
    """A page of ours; `reference` as it is stored."""
    shown = show_reference(reference) if reference else ""
    content = OwnContent(whose_filter(tools.policy), title, lead, sections, told=told, reference=shown)
    return render_own(status, content)


def nobody(request: OwnRequest, tools: Tools, title: str) -> Page:
    """For what cannot be done without knowing who asks, `title` being what it would have been."""
    if request.break_glass:
        return page(tools, title, strings.NOBODY_NOW, Section(points=(try_again(tools.policy),)), status=503)
    if request.who.standing is not Standing.GOOD:
        steps = strings.stopped_steps(tools.policy)
        return page(tools, title, strings.STOPPED, Section(points=steps), status=403)
    section = Section(
        points=strings.nobody_steps(tools.policy, signs_in=tools.signs_in), links=sign_in_link(tools)
    )
    return page(tools, title, strings.NOBODY, section, status=403)


def sign_in_link(tools: Tools) -> tuple[Link, ...]:
    """The way to become known, where there is one."""
    return (Link(strings.SIGN_IN, paths.SIGN_IN),) if tools.signs_in else ()


def typed(request: OwnRequest, name: str) -> str:
    """
    What was typed into a field, composed (NFC) and on one line: line breaks and spaces around it say nothing.

    Nor does what cannot be seen: controls, and marks that turn the direction of what follows.
    """
    return one_line(request.form.get(name, ""))


def one_line(text: str) -> str:
    """`text` as `typed` reads it."""
    text = unicodedata.normalize("NFC", text)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def problem(text: str, most: int, missing: str) -> str:
    """What is wrong with a text of at least one and at most `most` characters; "" if nothing is."""
    if not text:
        return missing
    return strings.too_long(most) if len(text) > most else ""


def filled(field: Field, request: OwnRequest, *, missing: str) -> Field:
    """
    `field` with what was typed into it, and what is wrong with that; `missing` says so of nothing at all.

    What is not one of a choice's values counts as nothing.
    """
    value = typed(request, field.name)
    if field.kind is FieldKind.CHOICE and value not in {choice.value for choice in field.choices}:
        value = ""
    error = problem(value, field.most, missing) if value or field.required else ""
    return replace(field, value=value, error=error)


def title_of(policy: Policy, category: str | None) -> str:
    """A category as people read it; it may have left the policy since."""
    if category is None:
        return strings.NO_CATEGORY
    rule = policy.rules.get(category)
    return rule.title if rule is not None else category
