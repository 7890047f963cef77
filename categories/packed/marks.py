"""
The lines that say, in the one text of a list, what the lines below them came from.

All of them are comments to whoever does not know them. `categories/packed/` writes them and the readers
of these formats know them; here they are once.
"""

SQUIDGUARD = "# squidguard: "
"""Followed by `domains`, `urls` or `expressions`, the file of a SquidGuard folder."""

V2FLY = "# v2fly: "
"""Followed by the name of a file, and by the attributes its lines must have (`@ads`) or not (`@-cn`)."""

JSON = "# json: "
"""Followed by the key under which the texts below stand; by nothing where they stand under none."""

CSV_COLUMN = "# csv-column: "
"""Followed by the name of the column whose cells are the entries."""
