"""What the policy expects of services that the gateway will not see into: nothing can be added there."""

from collections.abc import Callable, Iterator

from addons.expected.services import Services
from addons.never_decrypt import NeverDecrypt
from policy.document import Policy


def conflicts(
    policy: Policy, never_decrypt: NeverDecrypt, is_privileged: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    """Each setting that cannot hold for a host, and why; `is_privileged` asks the lists."""
    for host, setting in Services.of(policy.safe_search, policy.tenants).hosts():
        if never_decrypt.covers(host):
            yield setting, f"has no effect on {host}: it stands on the never-decrypt list"
        elif is_privileged(host):
            yield setting, f"has no effect on {host}: a list has it as privileged, so it is never decrypted"
    if policy.tenants.microsoft and not policy.tenants.microsoft_context:
        yield "tenants.microsoft_context", "empty: Microsoft shows nobody which directory refused them"
    if policy.tenants.microsoft_context and not policy.tenants.microsoft:
        yield "tenants.microsoft", "empty, so nothing is restricted, though a directory is named"
