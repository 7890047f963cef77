"""Every page of ours carries the same headers, whatever it says."""

import base64
import hashlib
import re

import pytest

from addons.pages.page import Content, Form, render

CONTENT = Content(
    whose="Example Force", title="Blocked", what="<b>bold</b> & 'quoted'", reference="K7QF-2M9T"
)


@pytest.mark.parametrize("form", Form)
def test_no_page_is_stored_framed_by_others_or_able_to_load_anything(form: Form) -> None:
    headers = dict(render(403, form, CONTENT).headers)
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    ancestors = "frame-ancestors *" if form is Form.FRAME else "frame-ancestors 'none'"
    assert headers["content-security-policy"].endswith(ancestors)


@pytest.mark.parametrize("form", [Form.PAGE, Form.FRAME])
def test_the_style_in_the_page_is_the_one_its_policy_admits(form: Form) -> None:
    page = render(403, form, CONTENT)
    style = re.search(r"<style>(.*?)</style>", page.body.decode(), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in dict(page.headers)["content-security-policy"]


@pytest.mark.parametrize("form", [Form.PAGE, Form.FRAME])
def test_text_from_outside_never_becomes_markup(form: Form) -> None:
    body = render(403, form, CONTENT).body.decode()
    assert "<b>" not in body
    assert "&lt;b&gt;bold&lt;/b&gt;" in body


def test_an_image_or_a_program_gets_one_plain_line() -> None:
    page = render(403, Form.TEXT, CONTENT)
    assert page.body.decode() == "Blocked. <b>bold</b> & 'quoted' Reference K7QF-2M9T.\n"
    assert dict(page.headers)["content-type"] == "text/plain; charset=utf-8"


def test_what_is_empty_is_left_out() -> None:
    body = render(403, Form.PAGE, Content(whose="us", title="T", what="W")).body.decode()
    assert "Reference" not in body
    assert "What was recorded" not in body
