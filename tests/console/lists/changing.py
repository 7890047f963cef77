"""A change of lists as a command makes it, from a few hosts."""

from categories.list_change import Put
from console.cli.workplace import workplace
from console.lists.enact import Enacted, enact


def put(name: str, *hosts: str, category: str = "games") -> Enacted:
    """Let a list of these hosts take part."""
    return enact(workplace(), put_of(name, *hosts, category=category), because="a test")


def put_of(name: str, *hosts: str, category: str = "games") -> Put:
    """The change that does so, its text read in."""
    place = workplace()
    file = place.state.root.parent / f"{name}.txt"
    file.write_text("\n".join(hosts) + "\n")
    return Put(record=place.library.read_in(name, category, file).record)
