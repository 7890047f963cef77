"""What it takes to import a confidential list: the gateway's key, and a category that need not be read."""

from categories.confidential.digests import Digester
from categories.confidential.key import make_key, read_key
from categories.readers.confidential import ConfidentialReader
from console.cli import show
from console.cli.workplace import Workplace
from policy.errors import ListRefused
from policy.words import CategoryKind

_CHECKED = (CategoryKind.ESSENTIAL, CategoryKind.HELP)


def confidential_digester(place: Workplace, category: str) -> Digester:
    """
    The key for a list of this category; the first confidential list makes it.

    Raises `ListRefused` where the category cannot be confidential, or where the key of the confidential lists
    that there are is missing: under another one they could not be matched any more. `ConfigurationError`
    where the key's file is damaged.
    """
    rule = place.policy.rules.get(category)
    if rule is not None and rule.kind in _CHECKED:
        raise ListRefused(
            f"{category}: hosts that must stay open are checked against every list, so this category "
            "cannot be confidential; import the list without --confidential"
        )
    file = place.state.confidential_key
    digester = read_key(file)
    if digester is not None:
        return digester
    there = confidential_lists(place)
    if there:
        raise ListRefused(
            f"{file}: the key of the confidential lists ({', '.join(there)}) is missing; "
            "bring it from another gateway or a backup, or remove those lists first"
        )
    digester = make_key(file)
    show.note(f"made the key of the confidential lists: {file}; without it they match nothing, so back it up")
    if place.settings.categories.shared_folder is not None:
        show.note(
            "copy it to the state folder of every gateway that shares these lists, before the next step"
        )
    return digester


def confidential_lists(place: Workplace) -> tuple[str, ...]:
    """The names of the confidential lists of the library."""
    records = place.library.files.state().records
    return tuple(name for name, record in records.items() if record.format == ConfidentialReader.name)
