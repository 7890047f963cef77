"""
Confidential lists: what a gateway can match and nobody can read.

Of such a list neither the library nor a Ruleset has an entry in clear, but its *keyed digest*: HMAC-SHA256
(RFC 2104) of a host or a URL prefix, under a key that lies beside neither (`key.py`). Hosts can be guessed,
so a digest without a key would hide nothing: all host names that anybody knows are hashed within minutes.
With one, a copy of the library, of a shared folder or of a backup without its sealed part tells how many
entries there are, on which lines, and which URL prefixes are of one host, and no more.

A request is matched by digesting what could be listed of it: its host and each parent, and where the host
has prefixes the beginning of the target up to each boundary (`digests.py`, `index.py`). So there can be hosts
and URL prefixes, and no patterns, paths, keywords or ranges: those have no digest that a request could meet.
"""
