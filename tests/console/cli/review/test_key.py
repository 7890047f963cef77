"""`review key`: what somebody gives away, to be compared."""

import json

import pytest

from console.cli.review import connect
from console.evidence.keys import verify_key
from console.review.answers import PublicKey
from tests.console.cli.conftest import Cli
from tests.console.evidence.samples import KEY


class _Service:
    @property
    def evidence(self) -> "_Service":
        return self

    def key(self) -> PublicKey:
        return PublicKey(KEY.public.raw.hex(), KEY.public.fingerprint)


@pytest.fixture(autouse=True)
def _service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "review", _Service)


def test_stdout_is_the_key_itself_as_a_file(cli: Cli) -> None:
    done = cli("review", "key")
    assert verify_key(done.out.encode(), "stdout") == KEY.public
    assert KEY.public.fingerprint in done.err


def test_what_json_says_of_it(cli: Cli) -> None:
    said = json.loads(cli("review", "key", "--json").out)
    assert said == {
        "public": KEY.public.raw.hex(),
        "fingerprint": KEY.public.fingerprint,
        "pem": KEY.public.pem.decode(),
    }
