"""How lists are chosen, and where they are kept. Read by the console and `addons/server/`."""

from pathlib import Path

from pydantic import BaseModel


class CategoriesSettings(BaseModel, frozen=True, extra="forbid"):
    """Which lists take part besides the imported ones, and whose they are."""

    shipped_lists: bool = True  # those in categories/lists/
    shared_folder: Path | None = None  # lists and Rulesets of several gateways; None: the state folder's own
