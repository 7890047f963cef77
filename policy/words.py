"""
The words that are stored, shown and asked for, chosen once.

Every value below is written into the decision log and kept for years. Add members; never change a
value and never reuse one. The meaning of each word is that of `ARCHITECTURE.md`, "Words".
"""

from enum import StrEnum


class Action(StrEnum):
    """What the policy asks for when a category matches."""

    ALLOW = "allow"
    CONFIRM = "confirm"
    BLOCK = "block"

    @property
    def strictness(self) -> int:
        """0 for allow, 1 for confirm, 2 for block: the strictest of several holds."""
        return _STRICTNESS[self.value]


class Verdict(StrEnum):
    """What was done with one request; nothing else can be."""

    ALLOW = "allow"
    CONFIRM = "confirm"
    BLOCK = "block"

    @property
    def strictness(self) -> int:
        """0 for allow, 1 for confirm, 2 for block."""
        return _STRICTNESS[self.value]


_STRICTNESS = {"allow": 0, "confirm": 1, "block": 2}


class Reason(StrEnum):
    """Why the verdict is what it is."""

    ESSENTIAL = "essential"  # step 0: an essential host
    NEVER_EXEMPT = "never-exempt"  # step 2: a category that nothing opens
    BREAK_GLASS = "break-glass"  # step 3: open for a while, by two people's word
    LOCAL_ALLOW = "local-allow"  # step 4
    LOCAL_BLOCK = "local-block"  # step 4
    EXEMPTED = "exempted"  # step 5
    CONFIRMED = "confirmed"  # step 6
    LISTED = "listed"  # step 7
    NOT_LISTED = "not-listed"  # step 8
    NAME_MISMATCH = "name-mismatch"  # the exchange's names belong to different sites judged differently
    TUNNEL = "tunnel"  # a CONNECT was accepted; what it carries is decided by itself
    NOTICE = "notice"  # step 9: the person has not read the current notice yet
    SIGN_UP = "sign-up"  # signing up with a site whose reading is free asks for the work purpose
    ALLOWANCE = "allowance"  # today's personal use is used up
    OWN_PAGE = "own-page"  # one of the gateway's own pages
    NO_PERSON = "no-person"  # identity is required and was not given
    UNKNOWN_PERSON = "unknown-person"  # proved a login that the register of people does not have
    DISABLED = "disabled"  # the person or the device is disabled, or the person's time is over
    MALFORMED = "malformed"  # the request can be read in more than one way
    PORT = "port"  # a port that tunnels may not lead to
    PRIVATE_ADDRESS = "private-address"  # a literal address inside the organisation, or our own
    NOT_HTTP = "not-http"  # raw bytes where HTTP or TLS is expected
    WEBSOCKET = "websocket"  # a WebSocket by a way that cannot be watched
    TOO_MUCH = "too-much"  # a named limit was reached
    LOG_FULL = "log-full"  # the spool can take no more: no record, no access
    UNDECIDABLE = "undecidable"  # something of ours failed; we fail closed


class Step(StrEnum):
    """Where in an exchange a Decision was made."""

    CONNECT = "connect"
    SNI = "sni"
    REQUEST = "request"
    BODY = "body"
    WEBSOCKET = "websocket"
    RAW = "raw"


class Resource(StrEnum):
    """What kind of thing was asked for. Only VISIT is a page a person told the browser to open."""

    VISIT = "visit"
    NAVIGATION = "navigation"
    PREFETCH = "prefetch"
    EMBEDDED = "embedded"
    BACKGROUND = "background"
    UNKNOWN = "unknown"


class NameSource(StrEnum):
    """Who said a name of the exchange."""

    CONNECT = "connect"
    SNI = "sni"
    HOST = "host"
    AUTHORITY = "authority"
    TARGET = "target"
    ADDRESS = "address"  # where a client that knows of no proxy connected: named by nothing else


class PersonHow(StrEnum):
    """How a person was known: part of every record, because it limits what the record can show."""

    NONE = "none"
    NEGOTIATE = "negotiate"  # Kerberos, on this connection
    BASIC = "basic"  # a password, with this request
    HEADER = "header"  # the word of a trusted proxy before us
    PAGE = "page"  # signed in on our page from this address, some time before
    DEVICE = "device"  # the device's address alone


class Standing(StrEnum):
    """
    What the registers say of who asks.

    Anything but GOOD is refused where identity is required, a disabled device everywhere.
    """

    GOOD = "good"
    UNKNOWN = "unknown"
    DISABLED = "disabled"
    ENDED = "ended"
    DEVICE_DISABLED = "device-disabled"


class EntryKind(StrEnum):
    """What one line of a list names."""

    HOST = "host"  # the host and its subdomains
    PREFIX = "prefix"  # host and beginning of a path
    PATH = "path"  # part of a path, on any host
    FILE_NAME = "file-name"  # last segment of a path, on any host
    KEYWORD = "keyword"  # a word in path or query, bounded, on any host
    PATTERN = "pattern"  # wildcard or regular expression over the URL
    ADDRESS = "address"  # an address range
    SEARCH_TERM = "search-term"  # words typed into a search engine


class FoundBy(StrEnum):
    """Which structure of the Ruleset found an entry."""

    HOST_INDEX = "host-index"
    PREFIX_INDEX = "prefix-index"
    AUTOMATON = "automaton"
    ADDRESS_TABLE = "address-table"
    CONFIDENTIAL = "confidential"  # by a keyed digest, so that nobody can read what was found


class CategoryKind(StrEnum):
    """How the order of judgement treats a category."""

    ORDINARY = "ordinary"
    ESSENTIAL = "essential"  # step 0: always allowed
    PRIVILEGED = "privileged"  # step 1: never decrypted, never tied to a person
    HELP = "help"  # as privileged; besides, no Ruleset may block it


class ExemptionRule(StrEnum):
    """Which exemptions a category admits."""

    NEVER = "never"  # none
    NAMED_PERSON = "named-person"  # granted to one named person
    WORK_PURPOSE = "work-purpose"  # granted to a person, a role or everyone


class RecordLevel(StrEnum):
    """How much of a Decision is stored. From least to most, see `rank`."""

    CATEGORY = "category"  # category, verdict and the hour
    ANONYMOUS = "anonymous"  # and the host
    SITE = "site"  # and the person
    FULL = "full"  # and the path without its query

    @property
    def rank(self) -> int:
        """0 (category) to 3 (full)."""
        return _RANK[self]


_RANK = {level: place for place, level in enumerate(RecordLevel)}


class RetentionClass(StrEnum):
    """What kind of record a Decision is; how long each is kept is the policy's to say."""

    REFUSED = "refused"
    CONFIRMED = "confirmed"
    EXEMPTED = "exempted"
    VISIT = "visit"
    OTHER = "other"
    PRIVILEGED = "privileged"


class Purpose(StrEnum):
    """What monitoring may be for (P4.0); nothing else."""

    BREACH = "breach"
    CRIME = "crime"
    QUALITY = "quality"


class Ended(StrEnum):
    """What came of an exchange."""

    COMPLETE = "complete"
    REFUSED = "refused"
    CLIENT_LEFT = "client-left"
    ORIGIN_LEFT = "origin-left"
    NO_SUCH_NAME = "no-such-name"
    PRIVATE_ADDRESS = "private-address"
    UNREACHABLE = "unreachable"
    BAD_CERTIFICATE = "bad-certificate"
    TIMEOUT = "timeout"
    TOO_MUCH = "too-much"
    BREAK_GLASS_OVER = "break-glass-over"  # it was opened unseen, and had to end with what allowed that
    ERROR = "error"


class BreakGlassEvent(StrEnum):
    """What one row of the break-glass register says of an opening or bypass."""

    OPENED = "opened"
    CLOSED = "closed"  # before its time
    BYPASSED = "bypassed"  # past a gateway that was dead, written down afterwards
    CONFIRMED = "confirmed"  # by a second person
    REPORTED = "reported"  # nobody had confirmed it in time


class ProposalOutcome(StrEnum):
    """What became of a change that one person proposed."""

    APPROVED = "approved"  # by another
    REFUSED = "refused"  # by another
    TAKEN_BACK = "taken-back"  # by who proposed it


class RequestOutcome(StrEnum):
    """What became of a request for an exemption."""

    GRANTED = "granted"
    REFUSED = "refused"
    TAKEN_BACK = "taken-back"  # by who asked


class ReportKind(StrEnum):
    """What somebody tells of on one of our pages."""

    NOT_MEANT = "not-meant"  # a note beside a refusal: I did not mean to come here
    NOT_BLOCKED = "not-blocked"  # something got through that should not have
    WRONG_CATEGORY = "wrong-category"


class ReviewerRole(StrEnum):
    """What somebody may ask of the review service; which offices have which is the policy's to say."""

    LINE_MANAGER = "line-manager"  # own team, within an authority
    PROFESSIONAL_STANDARDS = "professional-standards"  # anybody of the own organisation, within an authority
    INFORMATION_SECURITY = "information-security"  # the categories that the policy names, within an authority
    IT = "it"  # the last decisions, without people
    STATISTICS = "statistics"  # numbers, and dip samples without names
    DATA_PROTECTION = "data-protection"  # subject access, legal holds
    AUDITOR = "auditor"  # accesses and authorities, and no decisions


class AuthorityOutcome(StrEnum):
    """What became of a request for an authority."""

    GRANTED = "granted"
    REFUSED = "refused"
    TAKEN_BACK = "taken-back"  # by who asked


class Replayed(StrEnum):
    """What a decision is, judged again by the lists and the policy of its time."""

    SAME = "same"
    DIFFERENT = "different"
    CANNOT_BE_TOLD = "cannot-be-told"  # something that took part in it is not kept, by design
