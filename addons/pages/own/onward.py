"""
The way on from a page of ours to what somebody was going to open: a link, never a redirect.

Its address comes out of a sealed token alone, which holds what this very person asked for; nothing that is
typed, sent or said in a query becomes an address. What had been sent to a site cannot be repeated by us, and
so there is no link for it: the browser's way back is the only one to what was filled in.
"""

from addons.pages.link import Link
from addons.pages.own.request import OwnRequest
from addons.pages.own_page import Section
from addons.pages.strings import onward as strings


def onward(request: OwnRequest) -> tuple[Section, ...]:
    """How to go on; nothing where nothing was asked for."""
    topic = request.topic
    if topic.sent:
        return (Section(paragraphs=(strings.not_sent(topic.host),)),)
    if not topic.back:
        return ()
    return (Section(links=(Link(strings.go_on(topic.host), topic.back),)),)
