"""How lists are chosen."""

import pytest
from pydantic import ValidationError

from categories.settings import CategoriesSettings


def test_the_shipped_lists_take_part_unless_told_otherwise() -> None:
    assert CategoriesSettings().shipped_lists is True
    assert CategoriesSettings(shipped_lists=False).shipped_lists is False


@pytest.mark.parametrize(
    "url", ["http://proxy.example:3128", "https://feeds:secret@proxy.example/", "http://[2001:db8::1]:80"]
)
def test_a_proxy_may_be_named_and_its_login_is_never_shown(url: str) -> None:
    settings = CategoriesSettings.model_validate({"feed_proxy": url})
    assert settings.feed_proxy is not None
    assert settings.feed_proxy.get_secret_value() == url
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    "url", ["proxy.example:3128", "socks5://proxy.example", "http://", "http://a.test/b"]
)
def test_what_is_no_proxy_is_an_error_that_does_not_show_it(url: str) -> None:
    with pytest.raises(ValidationError, match="expected a proxy such as"):
        CategoriesSettings.model_validate({"feed_proxy": url})


def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(ValidationError, match="shiped_lists"):
        CategoriesSettings.model_validate({"shiped_lists": False})


def test_protected_hosts_are_kept_in_their_normal_form() -> None:
    assert CategoriesSettings().protected_hosts == ("gov.uk", "police.uk", "nhs.uk")
    given = {"protected_hosts": ["Council.Example.", "bücher.example"]}
    kept = CategoriesSettings.model_validate(given)
    assert kept.protected_hosts == ("council.example", "xn--bcher-kva.example")
    with pytest.raises(ValidationError, match=r"protected_hosts\.0"):
        CategoriesSettings.model_validate({"protected_hosts": ["https://council.example/"]})


@pytest.mark.parametrize("name", ["most_shrink", "most_growth"])
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_a_bound_is_a_number_that_bounds(name: str, value: float) -> None:
    with pytest.raises(ValidationError, match=name):
        CategoriesSettings.model_validate({name: value})
