"""How lists are chosen. Read by `categories/library.py` only."""

from pydantic import BaseModel


class CategoriesSettings(BaseModel, frozen=True, extra="forbid"):
    """Which lists take part besides the imported ones."""

    shipped_lists: bool = True  # those in categories/lists/
