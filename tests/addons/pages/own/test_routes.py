"""Every path has its page, and what is about a person alone is led to by themselves."""

from addons.pages.own import paths
from addons.pages.own.routes import ROUTES


def test_every_path_has_a_page() -> None:
    assert set(ROUTES) == {path for name, path in vars(paths).items() if name.isupper()}


def test_what_says_something_about_a_person_is_not_led_to_from_elsewhere() -> None:
    personal = {path for path, route in ROUTES.items() if route.personal}
    assert personal == {paths.MY_RECORD, paths.ROLE, paths.SIGN_OUT, paths.MISSING}


def test_what_changes_nothing_takes_no_form() -> None:
    assert {path for path, route in ROUTES.items() if not route.form} == {paths.INDEX, paths.MY_RECORD}
