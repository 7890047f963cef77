"""
What the registers refuse, whoever asks: pure functions that raise `RegisterRefused` or do nothing.

Each message is one line for the person who asked: what is wrong, and what would be accepted.
"""

import re
from datetime import datetime, timedelta
from ipaddress import ip_network

from policy.document import Policy
from policy.errors import RegisterRefused
from policy.people import fold_login
from policy.registers import LONGEST_OPENING, GranteeKind, TargetKind
from policy.text import storable
from policy.words import ExemptionRule

MOST_REASON = 500  # characters
MOST_TARGET = 2048
MOST_GRANTEE = 200
SHORTEST_OPENING = timedelta(minutes=1)

# Narrower than what a URL may hold: `*` is a host to WHATWG, and no browser can ask for it.
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:]+")


def same_person(one: str, other: str) -> bool:
    """Logins are compared as people read them: `Alice` and `ALICE` are one person."""
    return fold_login(one) == fold_login(other)


def fit_reason(text: str, what: str = "the reason") -> str:
    """The reason as it is stored; one that says nothing, or more than can be read in one go, is refused."""
    text = text.strip()
    if not text:
        raise RegisterRefused(f"{what} is empty; say in a sentence why")
    if len(text) > MOST_REASON:
        raise RegisterRefused(f"{what} has {len(text)} characters; {MOST_REASON} are kept")
    return storable(text, MOST_REASON)


def refuse_own(me: str, login: str | None) -> str:
    """`me`, who changes what the register says of somebody else (None: of nobody)."""
    if login is not None and same_person(me, login):
        raise RegisterRefused(
            "nobody changes what the register says of themselves; ask somebody else who may"
        )
    return me


def refuse_unfit_login(login: str) -> None:
    """A login is stored in the one form in which logins are compared."""
    if not login or fold_login(login) != login:
        raise RegisterRefused(
            f"{storable(login, 80)!r} cannot be a login as it is kept: in small letters, no spaces around"
        )


def refuse_unfit_names(*names: str | None) -> None:
    """Whatever names somebody or something in a register is short and printable; empty only where None."""
    for name in names:
        if name is not None and (len(name) > MOST_GRANTEE or storable(name, MOST_GRANTEE) != name):
            raise RegisterRefused(
                f"{storable(name, 80)!r} cannot be kept; {MOST_GRANTEE} printable characters at most"
            )


def refuse_unfit_grantee(kind: GranteeKind, grantee: str) -> None:
    """Everybody has a name but everyone, and a network is one."""
    if (kind is GranteeKind.EVERYONE) != (grantee == ""):
        raise RegisterRefused(
            "an exemption is for one person, role, unit or network, or for everyone, who has no name"
        )
    if len(grantee) > MOST_GRANTEE or storable(grantee, MOST_GRANTEE) != grantee:
        raise RegisterRefused(f"that cannot be the name of a {kind}")
    if kind is GranteeKind.NETWORK and not is_network(grantee):
        raise RegisterRefused(f"{grantee!r} is no address and no network such as 10.1.2.0/24")


def is_network(written: str) -> bool:
    """Whether it is an address, or a network in CIDR without host bits."""
    try:
        ip_network(written)
    except ValueError:
        return False
    return True


def refuse_unfit_target(kind: TargetKind, target: str) -> None:
    """A host has no path, a prefix has one; both come normalised."""
    host, slash, _ = target.partition("/")
    fits = {
        TargetKind.HOST: not slash,
        TargetKind.PREFIX: bool(slash),
        TargetKind.CATEGORY: False,
    }[kind]
    spelt = storable(target, MOST_TARGET) == target and " " not in target
    if not (fits and spelt and _HOST.fullmatch(host)):
        raise RegisterRefused(
            f"{storable(target, 80)!r} is no {kind} that can be entered here: a host such as example.org, "
            "or a host with a path such as example.org/games"
        )


def refuse_unfit_category(policy: Policy, category: str, grantee_kind: GranteeKind) -> None:
    """The policy says which exemptions a category admits."""
    rule = policy.rules.get(category)
    if rule is None:
        raise RegisterRefused(
            f"the policy has no category {storable(category, 40)!r}; it has {', '.join(policy.rules)}"
        )
    if rule.exemption is ExemptionRule.NEVER:
        raise RegisterRefused(f"{category}: the policy admits no exemption from this category")
    if rule.exemption is ExemptionRule.NAMED_PERSON and grantee_kind is not GranteeKind.PERSON:
        raise RegisterRefused(f"{category}: the policy admits exemptions for one named person only")


def refuse_unfit_period(start: datetime, until: datetime) -> None:
    """What is entered holds for a while from `start`; both are aware."""
    if until <= start:
        raise RegisterRefused(f"it would end ({until:%Y-%m-%d %H:%M %Z}) before it begins; name a later time")


def refuse_unfit_opening(length: timedelta) -> None:
    """Break-glass is open for a minute at least and an hour at most."""
    if not SHORTEST_OPENING <= length <= LONGEST_OPENING:
        raise RegisterRefused("break-glass is opened for 1 to 60 minutes, such as 30m")


def refuse_unfit_bypass(begins: datetime, until: datetime, now: datetime) -> None:
    """A bypass is written down when it is over."""
    refuse_unfit_period(begins, until)
    if until > now:
        raise RegisterRefused(
            "a bypass is written down when it is over, and this one ends in the future; correct the times"
        )
