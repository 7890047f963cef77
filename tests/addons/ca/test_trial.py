"""What the strictest of clients would hold against an authority."""

from datetime import timedelta

import pytest

from addons.ca.authority import CertificateAuthority
from addons.ca.making import make_ca
from addons.ca.trial import objection
from tests.addons.ca.made import MAIL, NOW, authority, usage


def test_nothing_is_held_against_what_we_make_ourselves() -> None:
    assert objection(make_ca("Example Force", NOW), NOW) is None


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"extensions": (MAIL, usage(signs=True))}, id="for-mail-only"),
        pytest.param({"path_length": 0, "extensions": (usage(signs=False),)}, id="may-not-sign"),
    ],
)
def test_what_strict_clients_refuse_is_said_in_one_line(how: dict[str, object]) -> None:
    root = authority("Root", path_length=1)
    issuing = authority("Issuing", root, **how)  # type: ignore[arg-type]  # of the table above
    said = objection(CertificateAuthority(issuing.key, (issuing.certificate, root.certificate)), NOW)
    assert said
    assert "\n" not in said


def test_one_out_of_its_time_is_held_against_it() -> None:
    assert objection(make_ca("", NOW), NOW + timedelta(days=5000))
