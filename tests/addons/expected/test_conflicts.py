"""What cannot be added, because the gateway does not look in there, is said."""

from datetime import date

from addons.expected.conflicts import conflicts
from addons.never_decrypt import Entry, NeverDecrypt
from policy.sections.expected import SafeSearch, Tenants
from tests.addons.expected.test_applying import policy_of

NOTHING = NeverDecrypt()
RESTRICTED = Tenants(microsoft=("example.org",), microsoft_context="12345678-1234-1234-1234-1234567890ab")


def never(*hosts: str) -> NeverDecrypt:
    entries = tuple(Entry(host=host, why="pinned", who="IT", review=date(2027, 1, 1)) for host in hosts)
    return NeverDecrypt(frozenset(hosts), entries)


def nobody(_: str) -> bool:
    return False


def test_a_service_that_is_never_decrypted_cannot_be_told_anything() -> None:
    policy = policy_of(SafeSearch(google="strict", bing="strict"), RESTRICTED)
    assert list(conflicts(policy, NOTHING, nobody)) == []
    found = list(conflicts(policy, never("bing.com", "microsoftonline.com"), nobody))
    assert ("safe_search.bing", "has no effect on bing.com: it stands on the never-decrypt list") in found
    assert {setting for setting, _ in found} == {"safe_search.bing", "tenants.microsoft"}


def test_a_service_that_a_list_has_as_privileged_cannot_be_told_anything() -> None:
    policy = policy_of(SafeSearch(google="strict"), Tenants())
    found = list(conflicts(policy, NOTHING, lambda host: host.endswith("google.com")))
    assert {setting for setting, _ in found} == {"safe_search.google"}
    assert all("privileged" in why for _, why in found)


def test_half_a_tenant_restriction_is_said() -> None:
    half = policy_of(SafeSearch(), Tenants(microsoft=("example.org",)))
    assert [setting for setting, _ in conflicts(half, NOTHING, nobody)] == ["tenants.microsoft_context"]
    other = policy_of(SafeSearch(), Tenants(microsoft_context="12345678-1234-1234-1234-1234567890ab"))
    assert [setting for setting, _ in conflicts(other, NOTHING, nobody)] == ["tenants.microsoft"]


def test_what_is_off_conflicts_with_nothing() -> None:
    assert list(conflicts(policy_of(SafeSearch(), Tenants()), never("bing.com", "google.com"), nobody)) == []
