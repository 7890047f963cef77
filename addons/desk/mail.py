"""
Mail by SMTP: one letter to one receiver, over a line whose other end was checked.

Nothing that a person typed stands in a header: the subject is ours and the reference, addresses were held
against one narrow pattern. What they wrote is body, encoded as such.
"""

import smtplib
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from uuid import UUID

from addons.desk.secret import read_secret
from addons.desk.sending import STEP_SECONDS, NotSent, ending, trusting
from addons.desk.settings import MailSettings, MailTls, is_mail_address
from policy.errors import ConfigurationError

_REFUSED_FOR_GOOD = range(500, 600)


def letter(
    settings: MailSettings, identifier: UUID, at: datetime, content: Mapping[str, str]
) -> EmailMessage:
    """
    The message, of an outbox's content: `to`, `subject`, `body`. Raises `NotSent` where it can be none.

    `identifier` makes a second delivery of it recognisable (RFC 5322, 3.6.4).
    """
    to, subject = content["to"], content["subject"]
    if settings.sender is None or not is_mail_address(to) or not subject.isprintable():
        raise NotSent("address", for_good=True)
    message = EmailMessage(policy=WIRE)
    message["From"] = settings.sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{identifier}@{settings.sender.rpartition('@')[2]}>"
    # So that an absence is not answered (RFC 3834, 5).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(content["body"])
    return message


def send_mail(settings: MailSettings, message: EmailMessage) -> None:
    """Hand it to the mail server. Raises `NotSent`."""
    try:
        password = read_secret(settings.password_file) if settings.password_file is not None else None
    except ConfigurationError as error:
        raise NotSent("password-file") from error
    context = trusting(settings.ca_file)
    if settings.tls is MailTls.TLS:
        server: smtplib.SMTP = smtplib.SMTP_SSL(timeout=STEP_SECONDS, context=context)
    else:
        server = smtplib.SMTP(timeout=STEP_SECONDS)
    try:
        with ending(lambda: _cut(server)):
            _converse(server, settings, context, password, message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise NotSent("receiver", for_good=all(code in _REFUSED_FOR_GOOD for code in codes)) from error
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent("sign-in") from error
    except smtplib.SMTPNotSupportedError as error:
        raise NotSent("no-tls" if settings.tls is MailTls.STARTTLS else "not-supported") from error
    except smtplib.SMTPResponseException as error:
        raise NotSent("refused") from error
    except ssl.SSLError as error:
        raise NotSent("certificate") from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotSent("away") from error
    finally:
        server.close()


def _converse(
    server: smtplib.SMTP,
    settings: MailSettings,
    context: ssl.SSLContext,
    password: str | None,
    message: EmailMessage,
) -> None:
    assert settings.host is not None  # noqa: S101 - for the type checker: without a host nothing is sent
    # What TLS checks the certificate by. smtplib sets it only where the constructor connects, which could not
    # be cut off.
    server._host = settings.host  # type: ignore[attr-defined]  # for the reason above
    server.connect(settings.host, settings.port)
    if settings.tls is MailTls.STARTTLS:
        server.starttls(context=context)
    if password is not None and settings.user is not None:
        server.login(settings.user, password)
    server.send_message(message)
    # Taken is taken: whoever cannot say goodbye has it all the same.
    with suppress(OSError, smtplib.SMTPException):
        server.quit()


def _cut(server: smtplib.SMTP) -> None:
    with suppress(OSError):
        if server.sock is not None:
            server.sock.shutdown(socket.SHUT_RDWR)
