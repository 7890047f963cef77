"""Every path has its page, and no page says anything of a person where another site led to it."""

from collections import Counter

import pytest

from addons.desk.protocol import MyRecord, MyRequests
from addons.pages.own import paths
from addons.pages.own.request import OwnRequest
from addons.pages.own.router import Router
from addons.pages.own.routes import ROUTES
from addons.pages.own.tokens import Use
from policy.facts import Who
from policy.words import PersonHow
from tests.addons.desk.fakes import FakeDesk
from tests.addons.pages.own.samples import EVERY_STATE, FULL_RECORD, TOPIC, tools
from tests.samples import NOW

# Whose every word can be told from the pages' own.
JANE = Who(
    person="zz9999",
    how=PersonHow.PAGE,
    organisation="qq-county",
    unit="qq-unit",
    role="qq-role",
    device="qq-device",
    client_ip="198.51.100.77",
    notified=True,
    notice="2",
)


def test_every_path_has_a_page() -> None:
    assert set(ROUTES) == {path for name, path in vars(paths).items() if name.isupper()}


def test_what_says_something_about_a_person_is_not_led_to_from_elsewhere() -> None:
    personal = {path for path, route in ROUTES.items() if route.personal}
    assert personal == {paths.MY_RECORD, paths.ROLE, paths.SIGN_OUT, paths.MISSING}


def test_what_changes_nothing_takes_no_form() -> None:
    assert {path for path, route in ROUTES.items() if not route.form} == {paths.INDEX, paths.MY_RECORD}


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("fetch_site", ["cross-site", "same-site", None])
@pytest.mark.parametrize("linked", [True, False], ids=["by-a-link", "without-a-link"])
async def test_no_page_says_anything_of_a_person_whom_another_site_led_to_it(
    path: str, fetch_site: str | None, linked: bool
) -> None:
    desk = FakeDesk({MyRecord: FULL_RECORD, MyRequests: EVERY_STATE})
    by = tools(desk, None, "qq-role", "qq-other")
    link = by.tokens.seal(Use.LINK, JANE, NOW, TOPIC)
    query = {"t": link} if linked else {}
    request = OwnRequest("GET", path, query, {}, None, fetch_site, JANE, NOW, fetch_dest="document")
    page = await Router(by, ROUTES, Counter()).answer(request)
    body = page.body.decode()
    assert page.status in {200, 403}
    assert desk.asked == []
    # Whole words: three letters stand in a token by chance.
    told = (
        "zz9999",
        "qq-county",
        "qq-unit",
        "qq-role",
        "qq-other",
        "qq-device",
        "198.51.100",
        "licensing visits",
    )
    assert not any(word in body for word in told)
