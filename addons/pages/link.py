"""A link on a page of ours, and which addresses one may lead to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page of ours, or to the site that somebody came from."""

    text: str
    href: str

    def __post_init__(self) -> None:
        """Raises `ValueError` for what a browser would run instead of opening."""
        if not is_own_path(self.href) and not self.href.startswith(("https://", "http://")):
            raise ValueError(f"a link leads to a path of ours or a web page, not {self.href!r}")


def is_own_path(path: str) -> bool:
    """Whether an address is a path of the page's own host."""
    # Browsers read a backslash as a slash, and "//host" or "/\\host" as another host.
    return path.startswith("/") and not path.startswith(("//", "/\\"))
