"""
The gateway's own pages, at a host of its own over TLS.

They are plain functions from an `OwnRequest` to a `Page`, one module a page; `router.py` stands before them
and lets nothing through that was not sent by the person who asks, from one of these pages, on this day.

How a person gets here: a refusal is shown in the place of somebody else's site, where nothing can be
asked (that site's scripts could press the button). So it has links only, and each carries a *token*:
sealed with a key that only gateways have, it says what was refused, to whom, and until when the link is good.
The page it leads to is ours, and so is the origin that its form is sent from. The form holds a token of its
own that can be used once. No page has a script, none can be framed, and none says anything about a person
where somebody else's page has led there.
"""
