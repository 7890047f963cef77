"""
Tokens: what a link or a form of ours says, sealed so that it can be neither read, changed nor lent.

Sealed with AES-256-GCM under a key that all gateways of an organisation share and nobody else has. A token is
bound to who it was made for (`holder_of`), to its use, and a form's to its page; it ends by itself after a
day, which leaves whoever reads or types slowly all the time they need (WCAG 2.2.1, "20 hours"). That a form's
token is used once only is the desk's to see to (`Spend`), by its nonce.

A link's token may come into the hands of the site it was shown on, whose scripts can read what is
shown there. It shows them nothing, being sealed, and lets nobody do anything: a form's token is only ever
shown at our own origin.
"""

import base64
import binascii
import os
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from policy.facts import Who

LIFETIME = timedelta(hours=24)
KEY_BYTES = 32
LONGEST_BACK = 1024  # characters of an address to go on to

_NONCE_BYTES = 12  # of AES-GCM; random, and far fewer than 2**32 are ever sealed with one key in a day
_LONGEST = 4096
_VERSION = b"sluicegate page token 1"


class Use(StrEnum):
    """What a token is for."""

    LINK = "link"  # on a refusal: leads to any of our pages, as often as wanted
    FORM = "form"  # in a form of ours: sends that form, once


class Unusable(Exception):
    """This token is good for nothing. `why` is forged, expired, foreign or elsewhere."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Topic(msgspec.Struct, frozen=True, array_like=True):
    """What a page is about: one refusal, as its link said it. All empty where nothing was refused."""

    reference: str = ""  # of the Decision
    host: str = ""  # that was asked for
    category: str | None = None  # that decided
    # The address to go on to: what was asked for. Empty where something was sent, which we cannot repeat.
    back: str = ""
    sent: bool = False  # whether the refused request carried something (a POST), which was not sent on


class Token(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed."""

    use: Use
    page: str  # the path of the form's page; "" of a link
    holder: str
    topic: Topic
    shown: str  # of a form: what its page showed, where that matters
    expires: int  # seconds since 1970
    nonce: bytes

    @property
    def until(self) -> datetime:
        """When it ends by itself."""
        return datetime.fromtimestamp(self.expires, UTC)


def holder_of(who: Who) -> str:
    """Whom a token is for: the person, or where nobody is known the address."""
    if who.person is not None:
        # Quoted: "b" of "a/" is not "/b" of "a".
        return f"person {who.organisation or ''!r} {who.person!r}"
    return f"address {who.client_ip}"


class Tokens:
    """Seals and opens them with one key of `KEY_BYTES` bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Token)

    def seal(self, use: Use, who: Who, at: datetime, topic: Topic, *, page: str = "", shown: str = "") -> str:
        """A new token for `who`, fit to stand in an address."""
        expires = int((at + LIFETIME).timestamp())
        if len(topic.back) > LONGEST_BACK:
            topic = msgspec.structs.replace(topic, back="")
        token = Token(use, page, holder_of(who), topic, shown, expires, os.urandom(16))
        nonce = os.urandom(_NONCE_BYTES)
        return _spelled(nonce + self._cipher.encrypt(nonce, self._encoder.encode(token), _VERSION))

    def open(self, text: str, use: Use, who: Who, at: datetime, *, page: str = "") -> Token:
        """The token, if it is good for this. Raises `Unusable`."""
        token = self._read(text)
        if token.holder != holder_of(who):
            raise Unusable("foreign")
        if token.use is not use or token.page != page:
            raise Unusable("elsewhere")
        if at >= token.until:
            raise Unusable("expired")
        return token

    def _read(self, text: str) -> Token:
        if len(text) > _LONGEST or not text.isascii():
            raise Unusable("forged")
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            if _spelled(sealed) != text:
                raise Unusable("forged")  # base64 has several spellings of the same bytes
            opened = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _VERSION)
            return self._decoder.decode(opened)
        except (binascii.Error, ValueError, InvalidTag, msgspec.DecodeError):
            raise Unusable("forged") from None


def _spelled(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
