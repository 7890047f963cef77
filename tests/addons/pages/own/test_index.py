"""The list of the gateway's own pages."""

import re

from addons.pages.own import paths
from addons.pages.own.routes import ROUTES
from tests.addons.pages.own.samples import NOBODY, PERSON, get, shown


def test_it_leads_to_every_page_that_can_be_reached_without_a_refusal() -> None:
    page, _ = shown(get(paths.INDEX))
    found = set(re.findall(r'href="([^"]+)"', page.body.decode()))
    after_a_refusal = {paths.PURPOSE, paths.NOT_MEANT, paths.WRONG_CATEGORY}
    assert found == set(ROUTES) - after_a_refusal - {paths.INDEX}


def test_it_is_the_same_for_everybody_and_asks_nobody() -> None:
    """So that whoever is led here from elsewhere is shown nothing about themselves."""
    known, desk = shown(get(paths.INDEX, who=PERSON))
    unknown, _ = shown(get(paths.INDEX, who=NOBODY, fetch_site="cross-site"))
    assert known.body == unknown.body
    assert desk.asked == []
    assert b"ab1234" not in known.body
