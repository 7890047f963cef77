"""The way on from a page of ours."""


def go_on(host: str) -> str:
    """A link to what was going to be opened."""
    return f"Go on to {host}"


def not_sent(host: str) -> str:
    """What to do where something had been sent to a site."""
    return (
        f"What you sent to {host} was not sent on: the site has not received it. Use your browser's Back button "
        "to return to the form there, and send it again."
    )
