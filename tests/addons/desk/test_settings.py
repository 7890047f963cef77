"""What can be set about mail, webhook and pages, and what is refused before anything starts."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from addons.desk.settings import MailSettings, PagesSettings, WebhookSettings, is_mail_address

MAIL = {"host": "mail.test", "sender": "filter@example.org"}
HOOK = {"url": "https://tickets.test/hook", "secret_file": Path("secret")}


@pytest.mark.parametrize(
    "text",
    [
        "servicedesk@example.org",
        "a.b+c@sub.example.org",
        "o'neil@example",
        "x@192.0.2.7",
        "a" * 64 + "@b.test",
    ],
)
def test_one_plain_address_is_one(text: str) -> None:
    assert is_mail_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "@example.org",
        "jane@",
        "jane@-example.org",
        "jane@example.org.",
        "jane@example.org, john@example.org",
        "jane@example.org\r\nBcc: all@example.org",
        "jane@example.org\n",
        "Jane <jane@example.org>",
        '"jane doe"@example.org',
        "jane doe@example.org",
        "jane@[192.0.2.7]",
        "jäne@example.org",
        "jane..doe@example.org",
        ".jane@example.org",
        "jane@exam ple.org",
        "jane@example..org",
        "jane@example.-org",
        "=?utf-8?q?evil=40evil.test=2C?=@example.org",
        "=?utf-8?b?YQ0KQmNjOiB4?=@example.org",
        "jane@example.org>",
        "a" * 65 + "@b.test",
        "a@" + "b" * 260,
    ],
)
def test_nothing_else_is_an_address(text: str) -> None:
    assert not is_mail_address(text)


@pytest.mark.parametrize(
    ("section", "values"),
    [
        pytest.param(MailSettings, {}, id="no-mail"),
        pytest.param(MailSettings, MAIL, id="mail"),
        pytest.param(
            MailSettings,
            {**MAIL, "user": "filter", "password_file": "password", "tls": "tls"},
            id="with-login",
        ),
        pytest.param(MailSettings, {**MAIL, "tls": "none"}, id="in-clear-without-a-password"),
        pytest.param(WebhookSettings, {}, id="no-webhook"),
        pytest.param(WebhookSettings, HOOK, id="webhook"),
        pytest.param(WebhookSettings, {**HOOK, "url": "https://[2001:db8::1]:8443/a?b=c"}, id="ipv6"),
        pytest.param(WebhookSettings, {**HOOK, "url": "http://127.0.0.1:8080/hook"}, id="on-this-machine"),
        pytest.param(PagesSettings, {}, id="pages"),
        pytest.param(PagesSettings, {"host": "filter.example.org", "sign_in_minutes": 5}, id="own-host"),
    ],
)
def test_what_is_whole_is_taken(section: type[BaseModel], values: Mapping[str, object]) -> None:
    section.model_validate(values)


@pytest.mark.parametrize(
    ("section", "values", "says"),
    [
        pytest.param(MailSettings, {"host": "mail.test"}, "sender: missing", id="from-nobody"),
        pytest.param(MailSettings, {**MAIL, "user": "x"}, "give both or neither", id="no-password"),
        pytest.param(MailSettings, {**MAIL, "password_file": "x"}, "give both or neither", id="no-user"),
        pytest.param(
            MailSettings,
            {**MAIL, "user": "x", "password_file": "x", "tls": "none"},
            "a line that anybody can read",
            id="a-password-in-clear",
        ),
        pytest.param(MailSettings, {**MAIL, "service_desk": "Desk <a@b>"}, "one mail address", id="a-name"),
        pytest.param(MailSettings, {**MAIL, "port": 0}, "greater than or equal to 1", id="no-port"),
        pytest.param(MailSettings, {"hots": "mail.test"}, "not permitted", id="misspelt"),
        pytest.param(WebhookSettings, {"url": HOOK["url"]}, "secret_file: missing", id="unsigned"),
        pytest.param(WebhookSettings, {**HOOK, "url": "http://tickets.test/"}, "https://", id="in-clear"),
        pytest.param(WebhookSettings, {**HOOK, "url": "ftp://tickets.test/"}, "https://", id="not-http"),
        pytest.param(WebhookSettings, {**HOOK, "url": "https:///hook"}, "https://", id="nowhere"),
        pytest.param(WebhookSettings, {**HOOK, "url": "https://a.test:0/"}, "https://", id="port-0"),
        pytest.param(WebhookSettings, {**HOOK, "url": "https://a.test:x/"}, "https://", id="no-number"),
        pytest.param(WebhookSettings, {**HOOK, "url": "https://[::1/"}, "https://", id="half-a-bracket"),
        pytest.param(WebhookSettings, {**HOOK, "url": "https://a.test/\r\nx: y"}, "https://", id="a-line"),
        pytest.param(WebhookSettings, {**HOOK, "url": "https://a.test/ä"}, "https://", id="not-ascii"),
        pytest.param(WebhookSettings, {**HOOK, "url": "https://u:p@a.test/"}, "a login", id="a-login"),
        pytest.param(PagesSettings, {"host": "webfilter"}, "with a dot", id="no-dot"),
        pytest.param(PagesSettings, {"host": "WebFilter.internal"}, "lower case", id="upper-case"),
        pytest.param(PagesSettings, {"host": "192.0.2.7"}, "host's name", id="an-address"),
        pytest.param(PagesSettings, {"host": "a.test:443"}, "host's name", id="with-a-port"),
        pytest.param(PagesSettings, {"host": "a..test"}, "host's name", id="an-empty-label"),
        pytest.param(PagesSettings, {"sign_in_minutes": 1441}, "less than or equal to 1440", id="days"),
    ],
)
def test_what_is_not_is_refused(section: type[BaseModel], values: Mapping[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        section.model_validate(values)
