"""What a changed list is measured by, besides the policy and the Ruleset in force."""

from pydantic import BaseModel, ConfigDict

from categories.list_change import LetIn
from categories.manifest import ListInfo
from categories.settings import CategoriesSettings


class Yardstick(BaseModel):
    """Plain data, since the building process gets it as JSON."""

    model_config = ConfigDict(frozen=True)

    settings: CategoriesSettings = CategoriesSettings()
    visited: tuple[str, ...] = ()  # hosts, the most visited first
    known: tuple[
        ListInfo, ...
    ] = ()  # lists that were in force once, and are put back: nothing of them is new
    let_in: tuple[
        LetIn, ...
    ] = ()  # entries that waited or were quarantined, until an administrator let them in
    accept_size: bool = False  # an administrator has looked: a list may have shrunk or grown
