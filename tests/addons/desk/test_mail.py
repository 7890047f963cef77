"""Mail to a real server: checked, signed in, bounded in time, and no header that anybody else wrote."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.desk import sending
from addons.desk.mail import letter, send_mail
from addons.desk.sending import NotSent
from addons.desk.settings import MailSettings
from tests.addons.desk.receivers import Post, mail_server, silent_server
from tests.journeys.harness.certificates import OriginAuthority

ID = UUID("0198a6c0-0000-7000-8000-000000000001")
AT = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
CONTENT = {"to": "manager@example.org", "subject": "Web filter: a report", "body": "Grüße\nfrom the filter\n"}
SENDER = "filter@example.org"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OriginAuthority:
    return OriginAuthority(tmp_path_factory.mktemp("authority"))


def settings(**values: object) -> MailSettings:
    return MailSettings.model_validate({"host": "localhost", "sender": SENDER, "tls": "none", **values})


def message(content: Mapping[str, str] = CONTENT) -> EmailMessage:
    return letter(settings(), ID, AT, content)


def sent(post: Post) -> EmailMessage:
    [(receivers, found)] = post.letters
    assert receivers == ["manager@example.org"]
    return found


def test_a_letter_arrives_as_it_was_written() -> None:
    post = Post()
    with mail_server(post) as port:
        send_mail(settings(port=port), message())
    found = sent(post)
    assert found.get_content().splitlines() == CONTENT["body"].splitlines()
    assert {name: found[name] for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted")} == {
        "From": SENDER,
        "To": CONTENT["to"],
        "Subject": CONTENT["subject"],
        "Message-ID": f"<{ID}@example.org>",
        "Auto-Submitted": "auto-generated",
    }
    assert found["Date"].datetime == AT


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_over_tls_the_server_is_checked_and_signed_in_to(
    authority: OriginAuthority, tmp_path: Path, tls: str
) -> None:
    (tmp_path / "password").write_text("geheim\n")
    (tmp_path / "password").chmod(0o600)
    post = Post()
    given = {
        "tls": tls,
        "user": "filter",
        "password_file": tmp_path / "password",
        "ca_file": authority.ca_file,
    }
    with mail_server(post, authority.issue("localhost"), at_once=tls == "tls", login=True) as port:
        send_mail(settings(port=port, **given), message())
    sent(post)
    assert post.logins == [(b"filter", b"geheim")]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("host", "trusted", "flaw"),
    [
        pytest.param("localhost", False, {}, id="by-nobody-we-trust"),
        pytest.param("other.test", True, {}, id="of-another-host"),
        pytest.param("localhost", True, {"expired": True}, id="over"),
    ],
)
def test_a_server_whose_certificate_is_wrong_gets_nothing(
    authority: OriginAuthority, tls: str, host: str, trusted: bool, flaw: dict[str, bool]
) -> None:
    post = Post()
    with mail_server(post, authority.issue(host, **flaw), at_once=tls == "tls") as port:
        chosen = settings(port=port, tls=tls, ca_file=authority.ca_file if trusted else None)
        with pytest.raises(NotSent, match="certificate"):
            send_mail(chosen, message())
    assert post.letters == []


def test_a_server_that_offers_no_tls_gets_nothing() -> None:
    """Somebody in between can take the offer away (RFC 3207, 6)."""
    post = Post()
    with mail_server(post) as port, pytest.raises(NotSent, match="no-tls"):
        send_mail(settings(port=port, tls="starttls"), message())
    assert post.letters == []


@pytest.mark.parametrize(
    ("post", "why", "for_good"),
    [
        pytest.param(Post(to_receiver="550 no such person"), "receiver", True, id="nobody-there"),
        pytest.param(Post(to_receiver="451 later"), "receiver", False, id="greylisted"),
        pytest.param(Post(to_data="554 spam"), "refused", False, id="not-wanted"),
        pytest.param(Post(to_data="421 closing"), "refused", False, id="closing"),
    ],
)
def test_what_the_server_refuses_is_said_in_a_word(post: Post, why: str, for_good: bool) -> None:
    with mail_server(post) as port, pytest.raises(NotSent) as refused:
        send_mail(settings(port=port), message())
    assert (refused.value.why, refused.value.for_good) == (why, for_good)


def test_a_wrong_password_is_said_in_a_word(authority: OriginAuthority, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("falsch\n")
    (tmp_path / "password").chmod(0o600)
    given = {"user": "filter", "password_file": tmp_path / "password", "ca_file": authority.ca_file}
    server = mail_server(Post(), authority.issue("localhost"), login=True)
    with server as port, pytest.raises(NotSent, match="sign-in"):
        send_mail(settings(port=port, tls="starttls", **given), message())
    (tmp_path / "password").unlink()
    with pytest.raises(NotSent, match="password-file"):
        send_mail(settings(port=1, tls="starttls", **given), message())


def test_nobody_there_is_away() -> None:
    with mail_server(Post()) as port:
        pass
    with pytest.raises(NotSent, match="away"):
        send_mail(settings(port=port), message())


def test_a_server_that_never_ends_its_greeting_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "ALL_SECONDS", 0.3)
    with silent_server() as port, pytest.raises(NotSent, match="away"):
        send_mail(settings(port=port), message())


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"to": "a@example.org\r\nBcc: b@example.org"}, id="a-second-receiver"),
        pytest.param({"to": "a@example.org, b@example.org"}, id="two-receivers"),
        pytest.param({"subject": "Report\r\nBcc: b@example.org"}, id="a-header-in-the-subject"),
        pytest.param({"subject": "Report\nBcc: b@example.org"}, id="a-line-feed"),
        pytest.param({"to": ""}, id="nobody"),
    ],
)
def test_what_would_be_a_header_of_somebody_elses_is_no_letter(content: Mapping[str, str]) -> None:
    with pytest.raises(NotSent, match="address") as refused:
        message({**CONTENT, **content})
    assert refused.value.for_good


@given(st.text(max_size=300))
def test_whatever_stands_in_the_body_no_header_comes_of_it(text: str) -> None:
    body = text.encode("utf-8", "replace").decode()
    made = message({**CONTENT, "body": body})
    head, _, _ = made.as_bytes().partition(b"\r\n\r\n")
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert names == [
        *(b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted"),
        *(b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version"),
    ]
