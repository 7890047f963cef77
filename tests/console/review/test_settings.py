"""Where the service is asked: what is not fit is refused when it is read."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from console.review.settings import ReviewSettings

PEM = Path("/etc/sluicegate-review/key.pem")


def test_without_a_word_it_is_asked_on_this_machine_alone() -> None:
    settings = ReviewSettings()
    assert (settings.listen, settings.address, settings.known_by) == ("", "", "account")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"listen": "nowhere"}, "expected address:port", id="no-address"),
        pytest.param({"listen": "127.0.0.1:8470"}, "only with TLS", id="listening-without-tls"),
        pytest.param({"listen": "127.0.0.1:8470", "key": PEM}, "only with TLS", id="without-a-certificate"),
        pytest.param({"address": "http://review.test:8470"}, "expected https://", id="without-tls"),
        pytest.param({"address": "https://"}, "expected https://", id="nobody"),
        pytest.param({"address": "https://review.test/path"}, "nothing more", id="a-path"),
        pytest.param({"address": "https://review.test/?a=b"}, "nothing more", id="a-query"),
        pytest.param({"address": "https://rita:secret@review.test"}, "password", id="a-password"),
        pytest.param({"known_by": "header"}, "account", id="another-way-of-knowing"),
        pytest.param({"adress": "https://review.test"}, "Extra inputs", id="misspelt"),
    ],
)
def test_what_is_not_fit_is_refused(given: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says) as caught:
        ReviewSettings.model_validate(given)
    assert "rita:secret" not in str(caught.value.errors(include_input=False)[0]["msg"])


def test_an_address_may_end_in_a_slash() -> None:
    assert ReviewSettings(address="https://review.test:8470/").address == "https://review.test:8470"
