"""How people are known, as it is set."""

import pytest
from pydantic import ValidationError

from addons.identity.settings import IdentitySettings

HTPASSWD = {"kinds": ["htpasswd"], "htpasswd_file": "people"}
LDAP = {"kinds": ["ldap"], "ldap": {"servers": ["ldaps://ldap.example.test"], "base": "dc=example,dc=test"}}
KERBEROS = {"kinds": ["kerberos"], "kerberos": {"keytab": "http.keytab", "realms": {"EXAMPLE.TEST": ""}}}
HEADER = {"kinds": ["header"], "header": "X-Authenticated-User", "header_from": ["192.0.2.1"]}


@pytest.mark.parametrize("given", [HTPASSWD, LDAP, KERBEROS, HEADER, {"kinds": ["device"]}])
def test_a_way_that_is_set_up_requires_a_person(given: dict[str, object]) -> None:
    settings = IdentitySettings.model_validate(given)
    assert settings.asks
    assert settings.requires("192.0.2.77", "example.test")
    assert not IdentitySettings.model_validate(given | {"required": False}).requires("192.0.2.77", "a.test")


def test_without_a_way_nobody_is_asked() -> None:
    assert not IdentitySettings().asks
    assert not IdentitySettings().requires("192.0.2.77", "example.test")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"kinds": ["ntlm"]}, "kinds", id="unknown-kind"),
        pytest.param({"kinds": ["htpasswd"]}, "htpasswd_file: missing", id="no-file"),
        pytest.param({"kinds": ["ldap"]}, "ldap.servers: missing", id="no-server"),
        pytest.param(
            {"kinds": ["ldap"], "ldap": {"servers": ["ldaps://a.test"]}}, "ldap.base: missing", id="no-base"
        ),
        pytest.param({"ldap": {"servers": ["http://a.test"]}}, "ldaps://host", id="no-ldap"),
        pytest.param({"ldap": {"servers": ["ldaps://a.test/dc=x??sub"]}}, "ldaps://host", id="a-whole-url"),
        pytest.param({"ldap": {"servers": ["ldapi://%2frun"]}}, "ldaps://host", id="a-socket"),
        pytest.param({"ldap": {"filter": "(uid=jane)"}}, "{login}", id="a-filter-for-one"),
        pytest.param({"ldap": {"filter": "uid={login}"}}, "brackets", id="a-filter-without-brackets"),
        pytest.param({"ldap": {"filter": "(uid={login.x})"}}, "{login}", id="a-filter-with-another-place"),
        pytest.param({"ldap": {"bind_dn": "cn=a"}}, "both", id="a-name-without-a-password"),
        pytest.param({"ldap": {"password_file": "a"}}, "both", id="a-password-without-a-name"),
        pytest.param({"kinds": ["kerberos"]}, "kerberos.keytab: missing", id="no-keytab"),
        pytest.param(
            {"kinds": ["kerberos"], "kerberos": {"keytab": "a"}}, "kerberos.realms: missing", id="no-realm"
        ),
        pytest.param({"kerberos": {"service": "HTTP/a.test"}}, "service", id="a-whole-principal"),
        pytest.param({"kinds": ["header"], "header": "X-User"}, "header_from: missing", id="from-anybody"),
        pytest.param({"kinds": ["header"], "header_from": ["::1"]}, "header: missing", id="no-header"),
        pytest.param({"header": "X User"}, "header", id="no-token"),
        pytest.param({"header": "Cookie"}, "header of its own", id="a-header-of-the-browser"),
        pytest.param({"not_required_to": ["Example.test"]}, "small letters", id="capitals"),
        pytest.param({"not_required_to": ["*.example.test"]}, "expected a host", id="a-pattern"),
        pytest.param({"not_required_from": ["10.0.0.1/8"]}, "not_required_from", id="no-network"),
    ],
)
def test_a_wrong_setting_is_refused_by_saying_what_was_expected(given: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        IdentitySettings.model_validate(given)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("address", "host", "required"),
    [
        pytest.param("192.0.2.77", "example.test", True, id="anybody-anywhere"),
        pytest.param("198.51.100.7", "example.test", False, id="from-a-network-that-is-spared"),
        pytest.param("198.51.101.7", "example.test", True, id="from-the-network-beside-it"),
        pytest.param("2001:db8::7", "example.test", False, id="from-one-of-ipv6"),
        pytest.param("192.0.2.77", "free.test", False, id="a-host-that-is-free"),
        pytest.param("192.0.2.77", "a.b.free.test", False, id="one-below-it"),
        pytest.param("192.0.2.77", "notfree.test", True, id="one-with-the-same-ending"),
        pytest.param("192.0.2.77", "free.test.evil.test", True, id="one-with-the-same-beginning"),
        pytest.param("192.0.2.77", "test", True, id="one-above-it"),
        pytest.param("192.0.2.77", "", True, id="nameless"),
        pytest.param(None, "example.test", True, id="from-nowhere-known"),
    ],
)
def test_a_person_is_required_by_network_and_destination(
    address: str | None, host: str, required: bool
) -> None:
    settings = IdentitySettings.model_validate(
        HTPASSWD
        | {"not_required_from": ["198.51.100.0/24", "2001:db8::/64"], "not_required_to": ["free.test"]}
    )
    assert settings.requires(address, host) is required
