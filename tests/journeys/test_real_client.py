"""A real browser through the real gateway: what a person sees, and that the rows say the same."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest
from playwright.sync_api import Browser, Error, Page

from tests.browser import chromium
from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.gateway import Gateway, eventually

pytestmark = pytest.mark.journey

PERSON = ("AB1234", "a pass: word")
LOGIN = "ab1234"  # as every register and row has it


def htpasswd(path: Path) -> Path:
    """One person, as Apache's `htpasswd -B` would write them."""
    name, password = PERSON
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
    path.write_text(f"{name}:{hashed}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def gateway(start: StartGateway, tmp_path: Path) -> Gateway:
    identity = {
        "kinds": ["htpasswd"],
        "htpasswd_file": str(htpasswd(tmp_path / "htpasswd")),
        "required": True,
    }
    return start(2, {"identity": identity}, readers=[("", LOGIN)])


@pytest.fixture
def browser(gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Chromium with the gateway's CA in its own trust store, as a roll-out would put it there."""
    store = tmp_path / "home" / ".pki" / "nssdb"
    store.mkdir(parents=True)
    database = f"sql:{store}"
    certificate = tmp_path / "ca.pem"
    gateway.command("ca", "export", "--output", str(certificate))
    subprocess.run(["certutil", "-d", database, "-N", "--empty-password"], check=True, timeout=30)
    trust = ["certutil", "-d", database, "-A", "-t", "C,,", "-n", "gateway", "-i", str(certificate)]
    subprocess.run(trust, check=True, timeout=30)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with chromium() as running:
        yield running


def person_at(browser: Browser, gateway: Gateway) -> Page:
    host, port = gateway.proxy
    name, password = PERSON
    proxy = {"server": f"http://{host}:{port}", "username": name, "password": password}
    return browser.new_context(proxy=proxy).new_page()  # type: ignore[arg-type]


def test_a_browser_sees_what_the_rows_say(
    gateway: Gateway, world: World, browser: Browser, tmp_path: Path
) -> None:
    page = person_at(browser, gateway)
    at = world.https.port

    answer = page.goto(f"https://allowed.test:{at}/news")
    assert answer is not None
    assert (answer.status, page.inner_text("body").strip()) == (200, f"hello from allowed.test:{at}")

    answer = page.goto(f"https://social.test:{at}/feed?who=me")
    assert answer is not None
    assert answer.status == 403
    assert page.inner_text("h1") == "Social media: this page is blocked"
    shown = page.inner_text(".reference strong")
    page.screenshot(path=str(tmp_path / "blocked.png"))
    assert not [request for request in world.https.seen.requests if request[1].startswith("social.test")]

    until = ("--until", "+2h", "--purpose", "licensing visits")
    gateway.command("exemptions", "grant", "--person", PERSON[0], "--host", "social.test", *until)

    def opened() -> bool:
        answer = page.goto(f"https://social.test:{at}/feed")
        return answer is not None and answer.status == 200

    eventually(opened, 3.0, "the exemption in force")
    assert page.inner_text("body").strip() == f"hello from social.test:{at}"

    page.goto(f"http://bet.test:{world.http.port}/table")
    assert page.inner_text("h1") == "Gambling: this page is blocked"

    # Besides what the person opened there is the icon that the browser fetches of its own.
    rows = gateway.decisions("step = 'request' AND resource IN ('visit', 'unknown')")
    by_host = {(row.host, row.verdict): row for row in rows}
    visit = by_host["allowed.test", "allow"]
    assert (visit.resource, visit.person, visit.person_how, visit.record, visit.path) == (
        "visit",
        LOGIN,
        "basic",
        "site",
        None,
    )
    blocked = next(row for row in rows if row.reference == shown.replace("-", ""))
    assert (
        blocked.host,
        blocked.verdict,
        blocked.category,
        blocked.path,
        blocked.resource,
        blocked.clause,
    ) == (
        "social.test",
        "block",
        "social_media",
        "/feed",
        "visit",
        "S3.3.3",
    )
    exempted = by_host["social.test", "allow"]
    assert (exempted.reason, exempted.person) == ("exempted", LOGIN)
    assert exempted.exemption
    plain = by_host["bet.test", "block"]
    assert (plain.scheme, plain.resource, plain.category) == ("http", "unknown", "gambling")


def test_a_blocked_frame_and_picture_leave_the_page_around_them_standing(
    gateway: Gateway, world: World, browser: Browser
) -> None:
    page = person_at(browser, gateway)
    at = world.https.port
    page.goto(f"https://allowed.test:{at}/")
    page.evaluate(
        """origin => new Promise(done => {
            const frame = document.createElement('iframe');
            frame.src = origin + '/widget';
            frame.onload = () => done();
            document.body.append(frame);
        })""",
        f"https://bet.test:{at}",
    )
    inside = page.frames[1]
    assert inside.inner_text("h1") == "Gambling: this page is blocked"
    assert "What was recorded" not in inside.inner_text("body")
    assert page.inner_text("body").startswith("hello from allowed.test")
    picture = page.evaluate(
        "async origin => (await fetch(origin + '/i.png', {mode: 'no-cors'})).type",
        f"https://bet.test:{at}",
    )
    assert picture == "opaque"
    rows = gateway.decisions("host = 'bet.test' AND verdict = 'block'")
    assert {(row.resource, row.path) for row in rows} == {("embedded", "/widget"), ("embedded", "/i.png")}
    assert {row.referrer_host for row in rows} == {"allowed.test"}


def test_without_a_name_a_browser_is_asked_to_sign_in(
    gateway: Gateway, world: World, browser: Browser
) -> None:
    host, port = gateway.proxy
    page = browser.new_context(proxy={"server": f"http://{host}:{port}"}).new_page()
    with pytest.raises(Error, match="ERR_INVALID_AUTH_CREDENTIALS"):  # nobody is there to type a name
        page.goto(f"http://allowed.test:{world.http.port}/")
    assert world.http.seen.requests == []
    (row, *_) = gateway.decisions("reason = 'no-person'")
    assert row.verdict == "block"
