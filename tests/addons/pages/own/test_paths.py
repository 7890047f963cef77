"""Each page stands at a path of its own."""

from addons.pages.own import paths


def test_no_two_pages_stand_at_one_path() -> None:
    found = [value for name, value in vars(paths).items() if name.isupper()]
    assert len(found) == len(set(found)) == 12
    assert all(path.startswith("/") and path == path.lower() for path in found)
