"""
Who asks: what a client shows of itself, and who looks at it.

A worker reads what was shown and takes it off the request; it holds no password, directory or keytab. What
it does not remember it asks the desk, whose doorkeeper has the verifiers. What comes of it is a
`policy.people.Claim`: a login, and how it was shown. Everything else about a person is looked up anew with
each request.

    settings.py    the ways, and where each is set up; where nothing opens without a person
    shown.py       what a client sends: Basic, Negotiate, a trusted proxy's header
    identify.py    the worker's addon
    remembered.py  pairs that were right a moment ago, as keyed digests
    tries.py       how often an address may be wrong, and how many of its questions may wait
    doorkeeper.py  the desk's end: who is asked, and by whom
    verifiers.py   what a verifier is
    htpasswd.py    a file of bcrypt hashes
    directory.py   LDAP
    ldap_line.py   the line to a directory: TLS that is verified, and an end to waiting
    joined.py      one question for several who ask the same
    kerberos.py    tickets
    checking.py    what there is to say of each before anything starts
"""
