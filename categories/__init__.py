"""What a thing is: lists of entries, compiled into a Ruleset that finds every entry a URL hits."""

ENGINE = "4"
"""
The version of what a match means, stored in every Decision and part of every Ruleset's digest.

Raise it whenever the same lists could match differently: a past Decision is replayed by the engine
that made it.
"""
