"""
The errors a caller can act on, sorted by what can be done about them.

    SluicegateError
      ConfigurationError        stop, refuse to start                               (exit 3)
      Refused                   asked for something that will not be done           (exit 1)
        ListRefused             keep the last good list, tell the operator
          ListsBusy             somebody else changes the lists: try again
        RegisterRefused         a grant or entry outside the rules
        ReviewRefused           a question outside what its authority or the reviewer's role permits
        EvidenceRefused         an export that is not whole, not signed, or not what it says
        BackupRefused           an archive that is not whole, or a place that is not empty
      Away                      something needed is not there now                   (exit 4)
        DatabaseAway            the snapshot stays, the spool grows
        DecisionLogUnavailable  act by settings.spool.when_full

A bug is none of these. Bugs stay ValueError, AssertionError, … and end in `addons/fail_closed.py`.
Each message is one line for a person: what, where, and what to do.
"""


class SluicegateError(Exception):
    """An error with one clear line for the person who can act on it."""


class ConfigurationError(SluicegateError):
    """A setting, policy or file is wrong: refuse to start, change nothing."""


class Refused(SluicegateError):
    """What was asked for will not be done."""


class ListRefused(Refused):
    """A list or Ruleset is not fit to be put in force; the last good one stays."""


class ListsBusy(ListRefused):
    """Somebody else changes the lists just now; what was asked for may be asked for again."""


class RegisterRefused(Refused):
    """A local entry or exemption is outside the rules."""


class ReviewRefused(Refused):
    """A question is outside what its authority, or the reviewer's role, permits."""


class EvidenceRefused(Refused):
    """An evidential export is not whole, not signed by who it says, or not what it says."""


class BackupRefused(Refused):
    """An archive is not whole, or there is something where it was to be restored."""


class Away(SluicegateError):
    """Something needed is away."""


class DatabaseAway(Away):
    """The database does not answer."""


class DecisionLogUnavailable(Away):
    """The spool cannot take a Decision."""
