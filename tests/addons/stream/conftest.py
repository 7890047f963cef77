"""What the tests of the carrying share."""

import pytest

from tests.addons.wire import Certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An origin's authority and leaf, in a folder where a gateway keeps its own authority too."""
    made = Certificates(tmp_path_factory.mktemp("certificates"))
    made.make()
    return made
