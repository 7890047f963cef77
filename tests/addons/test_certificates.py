"""The leaves that clients are shown."""

import asyncio

import pytest
from cryptography import x509
from OpenSSL import SSL

from addons import certificates as module
from addons.ca import make_ca
from addons.ca.client import SigningFailed
from addons.certificates import Certificates
from addons.tls import client_context
from tests.addons.gateway import NOW_IN_FACT, LocalSigner, authority


def started(most: int = 100) -> tuple[Certificates, LocalSigner]:
    signer = LocalSigner(authority())
    certificates = Certificates(signer, client_context, most)
    certificates.start()
    return certificates, signer


@pytest.mark.parametrize("host", ["fine.test", "xn--bcher-kva.test", "192.0.2.7", "2001:db8::7"])
async def test_a_leaf_names_its_host_and_has_a_key_that_is_not_the_authority_s(host: str) -> None:
    certificates, _ = started()
    leaf = (await certificates.leaf(host)).certificate
    leaf.verify_directly_issued_by(authority().certificate)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == [host]
    assert leaf.public_key() != authority().certificate.public_key()
    assert leaf.public_key() == (await certificates.leaf("other.test")).certificate.public_key()


async def test_a_leaf_is_signed_once_and_the_one_used_longest_ago_makes_room() -> None:
    certificates, signer = started(most=2)
    first = await certificates.leaf("a.test")
    await certificates.leaf("b.test")
    assert await certificates.leaf("a.test") is first
    await certificates.leaf("c.test")
    assert await certificates.leaf("a.test") is first
    assert certificates.kept("b.test") is None
    assert signer.signed == ["a.test", "b.test", "c.test"]


async def test_what_many_wait_for_is_asked_for_once_and_whoever_gives_up_takes_it_from_nobody() -> None:
    certificates, signer = started()
    certificates.ask("a.test")
    waiting = [asyncio.create_task(certificates.leaf("a.test")) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    leaves = await asyncio.gather(*waiting[1:])
    assert len({id(leaf) for leaf in leaves}) == 1
    assert signer.signed == ["a.test"]


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        pytest.param(6, True, id="a-week-not-yet-over"),
        pytest.param(8, False, id="long-before-it-ends"),
        pytest.param(-1, False, id="a-clock-that-was-put-back"),
    ],
)
async def test_a_leaf_is_made_anew_long_before_it_ends(
    monkeypatch: pytest.MonkeyPatch, days: int, kept: bool
) -> None:
    certificates, _ = started()
    leaf = await certificates.leaf("a.test")
    monkeypatch.setattr("time.time", lambda: leaf.made + days * 86400)
    assert (certificates.kept("a.test") is leaf) is kept


async def test_a_leaf_that_ends_before_the_week_is_not_shown_after_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificates, _ = started()
    leaf = await certificates.leaf("a.test")
    monkeypatch.setattr(module, "_KEPT_SECONDS", 60 * 86400.0)
    monkeypatch.setattr("time.time", lambda: leaf.ends - 1)
    assert certificates.kept("a.test") is leaf
    monkeypatch.setattr("time.time", lambda: leaf.ends + 1)
    assert certificates.kept("a.test") is None


async def test_another_authority_s_leaves_are_signed_anew_and_sent_with_its_chain() -> None:
    certificates, signer = started()
    before = await certificates.leaf("a.test")
    other = make_ca("Example Force", NOW_IN_FACT)
    signer.switch(other)
    assert certificates.kept("a.test") is None
    after = await certificates.leaf("a.test")
    after.certificate.verify_directly_issued_by(other.certificate)
    assert after.context is not before.context


async def test_a_leaf_that_was_signed_while_the_authority_changed_is_asked_for_again() -> None:
    """It would be sent with the wrong chain."""
    certificates, signer = started()
    certificates.ask("a.test")
    await asyncio.sleep(0)
    asked = asyncio.create_task(certificates.leaf("a.test"))
    other = make_ca("Example Force", NOW_IN_FACT)
    signer.switch(other)
    (await asked).certificate.verify_directly_issued_by(other.certificate)
    assert signer.signed == ["a.test", "a.test"]


async def test_without_a_signer_there_is_no_leaf_but_those_that_are_kept() -> None:
    certificates, signer = started()
    kept = await certificates.leaf("a.test")
    signer.away = True
    assert await certificates.leaf("a.test") is kept
    with pytest.raises(SigningFailed):
        await certificates.leaf("b.test")
    signer.away = False
    assert (await certificates.leaf("b.test")).certificate


def test_nothing_is_ready_before_the_signer_has_said_what_follows_a_leaf() -> None:
    signer = LocalSigner(authority())
    certificates = Certificates(signer, lambda: SSL.Context(SSL.TLS_SERVER_METHOD))
    assert not certificates.ready
    certificates.start()
    assert certificates.ready
