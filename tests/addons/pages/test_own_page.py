"""What every one of the gateway's own pages is made of."""

import base64
import hashlib
import re

import pytest

from addons.pages.link import Link
from addons.pages.own_page import (
    Choice,
    Field,
    FieldKind,
    OwnContent,
    PageForm,
    Section,
    Table,
    render_own,
)
from addons.pages.page import Page

FIELDS = (
    Field("purpose", "What for?", FieldKind.AREA, hint="A sentence.", value="\n<b>&"),
    Field("host", "Which site?", value='a"b', error="Enter a site"),
    Field(
        "how",
        "How?",
        FieldKind.CHOICE,
        choices=(Choice("a", "By name", "They see it"), Choice("b", "Without")),
        value="b",
        required=False,
    ),
)


def made(*sections: Section, **more: object) -> Page:
    content = OwnContent("Example Force", "Ask <for> access", "A lead.", sections, **more)  # type: ignore[arg-type]  # a test's own table
    return render_own(200, content)


def form(*fields: Field) -> Section:
    return Section(form=PageForm("/request", "tok", "Send", "It is kept.", "Or telephone.", fields))


def html(page: Page) -> str:
    return page.body.decode().partition("<body>")[2]


def test_nobody_stores_frames_embeds_or_runs_one_and_its_forms_lead_to_us_alone() -> None:
    headers = dict(made().headers)
    policy = headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script" not in policy
    assert (headers["x-frame-options"], headers["cross-origin-opener-policy"]) == ("DENY", "same-origin")


def test_a_form_of_ours_says_where_it_comes_from() -> None:
    """With `no-referrer` a browser would send `Origin: null`, as anybody's sandbox does."""
    assert dict(made().headers)["referrer-policy"] == "same-origin"


def test_the_style_in_the_page_is_the_one_its_policy_admits() -> None:
    page = made()
    style = re.search(r"<style>(.*?)</style>", page.body.decode(), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in dict(page.headers)["content-security-policy"]


def test_text_from_outside_never_becomes_markup() -> None:
    hostile = '"><script>alert(1)</script>'
    rows = Table(hostile, (hostile, hostile), ((hostile, hostile),))
    fields = tuple(
        Field(
            name, hostile, kind, hostile, hostile, choices=(Choice(hostile, hostile, hostile),), error=hostile
        )
        for name, kind in (("a", FieldKind.AREA), ("b", FieldKind.TEXT), ("c", FieldKind.CHOICE))
    )
    whole = Section(hostile, (hostile,), (hostile,), rows, (Link(hostile, f"/{hostile}"),))
    body = made(whole, form(*fields), reference=hostile).body.decode()
    assert "<script" not in body
    assert '""><' not in body


def test_everything_to_enter_has_a_label_and_what_is_wrong_stands_beside_it_and_above() -> None:
    body = html(made(form(*FIELDS)))
    assert '<label for="purpose">What for?</label>' in body
    assert '<label for="host">Which site?</label>' in body
    assert "<legend>How? (optional)</legend>" in body
    assert '<a href="#host">Enter a site</a>' in body
    assert 'aria-describedby="host-error" aria-invalid="true" aria-required="true"' in body
    assert 'aria-describedby="purpose-hint" aria-required="true"' in body
    assert "<title>Error: Ask &lt;for&gt; access" in made(form(*FIELDS)).body.decode()


def test_what_was_entered_is_there_again() -> None:
    """WCAG 3.3.7: nobody types a reason twice because of a slip. A first line break would be lost in HTML."""
    body = html(made(form(*FIELDS)))
    assert 'aria-required="true">\n\n&lt;b&gt;&amp;</textarea>' in body
    assert 'value="a&#34;b"' in body
    assert re.search(r'value="b"[^>]* checked', body)
    assert body.count(" checked") == 1


def test_a_form_stands_beside_what_is_kept_and_another_way() -> None:
    body = html(made(form()))
    places = [body.index(text) for text in ('value="tok"', "It is kept.", "<button", "Or telephone.")]
    assert places == sorted(places)


def test_every_id_is_there_once() -> None:
    body = html(made(form(*FIELDS)))
    ids = re.findall(r'\bid="([^"]+)"', body)
    assert len(ids) == len(set(ids)) == 7
    described = re.findall(r'aria-describedby="([^"]+)"', body)
    assert {name for text in described for name in text.split()} <= set(ids)


def test_a_table_says_what_its_columns_and_rows_are() -> None:
    body = html(made(Section(table=Table("What is kept", ("Kind", "Rows"), (("visit", "3"),)))))
    assert '<th scope="col">Kind</th>' in body
    assert '<th scope="row">visit</th>' in body
    assert '<td data-of="Rows">3</td>' in body


def test_what_came_of_something_is_said_to_those_who_cannot_see_it() -> None:
    assert '<p class="told" role="status">A lead.</p>' in html(made(told=True))
    assert "role=" not in html(made())


def test_what_is_empty_is_left_out() -> None:
    body = html(made(home=""))
    for part in ("<h2", "<ul", "<table", "<form", "Reference", "All pages", "<a "):
        assert part not in body, part


@pytest.mark.parametrize(
    ("href", "leads"),
    [
        ("/my-record", True),
        ("https://site.example/a?b#c", True),
        ("http://site.example/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//site.example/", False),
        ("/\\site.example/", False),
        ("", False),
    ],
)
def test_a_link_leads_to_a_page_and_never_runs_anything(href: str, leads: bool) -> None:
    if leads:
        assert Link("on", href).href == href
    else:
        with pytest.raises(ValueError, match="a link leads"):
            Link("on", href)


@pytest.mark.parametrize("action", ["https://site.example/", "//site.example/", "/\\site.example", "", "a"])
def test_a_form_leads_to_us_alone(action: str) -> None:
    with pytest.raises(ValueError, match="a path of ours"):
        PageForm(action, "tok", "Send", "Kept.", "Telephone.")
