"""
The gateway's own pages in use: a person at a browser and a keyboard, on https sites, in both modes.

One gateway, and one browser on the client's machine of a small internet. One person's browser knows of the
proxy, and gives it a name and a password; the other's knows of none, and they sign in on our page. All is
done with Tab, Enter, Space, arrows and what is typed. Each page on the way passes axe-core.
"""

import contextlib
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import bcrypt
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from policy.document import SHIPPED as SHIPPED_POLICY
from tests.browser import AXE_RULES, chromium, chromium_path, keep_picture
from tests.journeys.conftest import NAMES
from tests.journeys.harness import namespaces
from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.gateway import AUTHORITY, Gateway, copy_state
from tests.journeys.harness.namespaces import GATEWAY, INTERNET, ORIGIN, RESOLVER, NameServer
from tests.journeys.harness.origins import running_origins

pytestmark = pytest.mark.journey

OWN = "webfilter.internal"
PASSWORD = "a pass: word"
PEOPLE = """login,name,unit,manager,roles
ab1234,A. Sample,Licensing,ef9012,licensing;trainer
cd5678,C. Sample,Licensing,ef9012,licensing;trainer
ef9012,E. Sample,Licensing,,
"""
# What has the focus, as somebody would call it who hears it read out.
FOCUSED = """() => {
    const here = document.activeElement;
    return (here.labels && here.labels.length ? here.labels[0].textContent : here.textContent).trim();
}"""


class StaffGateway(Gateway):
    """One whose policy has its notice and its authority, and lets a purpose be stated for social media."""

    def write_settings(self) -> None:
        super().write_settings()
        text = SHIPPED_POLICY.read_text("utf-8")
        for before, after in (
            (r"\[standing_authority\]\n.*?\n(?=\n#)", AUTHORITY),
            (r'organisation = "" ', 'organisation = "Example Force" '),
            (r'service_desk = ""', 'service_desk = "555 0100"'),
            (r'(title = "Social media")\naction = "block"', r'\1\naction = "confirm"'),
        ):
            text, replaced = re.subn(before, after, text, count=1, flags=re.DOTALL)
            assert replaced, before
        (self.state / "policy.toml").write_text(text, "utf-8")


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person at a browser."""

    page: Page
    gateway: Gateway
    login: str
    mode: str
    passed: set[tuple[str, str, int]]  # by axe-core, in either mode: what is shown is the same
    seen: list[str] = field(default_factory=list)

    def opens(self, url: str, heading: str) -> None:
        """Type an address, and see a page under this heading."""
        self.page.goto(url)
        self.sees(heading)

    def sees(self, heading: str) -> None:
        """A page of ours, which axe-core has nothing against in any state it is met in."""
        self.page.wait_for_load_state()
        assert self.page.inner_text("h1") == heading
        state = heading, self.page.title(), self.page.locator("form, table, .told").count()
        if state not in self.passed:
            results = Axe().run(self.page, options=AXE_RULES)
            assert results.violations_count == 0, f"{heading}: {results.generate_report()}"
            self.passed.add(state)
        self.seen.append(heading)
        keep_picture(self.page, f"{self.mode}-{len(self.seen):02}-{heading}")

    def goes_to(self, what: str) -> None:
        """Tab until this has the focus."""
        for _ in range(40):
            self.page.keyboard.press("Tab")
            if str(self.page.evaluate(FOCUSED)) == what:
                return
        raise AssertionError(f"the keyboard does not reach {what!r} on {self.page.inner_text('h1')!r}")

    def presses(self, what: str, heading: str = "") -> None:
        """Tab to a link or a button and press it; the page that follows has this heading."""
        self.goes_to(what)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        if heading:
            self.sees(heading)

    def types(self, into: str, text: str) -> None:
        """Tab to a field and fill it in."""
        self.goes_to(into)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def reads(self, text: str) -> None:
        """It says this."""
        assert text in self.page.inner_text("main"), self.page.inner_text("main")


@pytest.fixture(scope="module")
def gateway(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[StaffGateway, Browser]]:
    """The gateway in both modes, and the browser on the client's machine."""
    folder = tmp_path_factory.mktemp("staff")
    authority = OriginAuthority(folder)
    certificate = authority.issue(*NAMES)
    state = copy_state(template, template.parent / uuid4().hex)
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    passwords = folder / "htpasswd"
    passwords.write_text("".join(f"{login}:{hashed}\n" for login in ("ab1234", "cd5678")))
    passwords.chmod(0o600)
    people = folder / "people.csv"
    people.write_text(PEOPLE)
    resolver = NameServer(dict.fromkeys((*NAMES, OWN), (ORIGIN[0],)))
    with (
        namespaces.network() as network,
        running_origins(network.origin.enter) as origins,
        contextlib.ExitStack() as stack,
    ):
        resolver.serve(stack, network.origin, RESOLVER[0])
        network.filter()
        origins.https(certificate, http2=True, port=443, address=ORIGIN[0])
        made = StaffGateway(
            state,
            {
                "gateway": {
                    "workers": 2,
                    "drain_seconds": 1,
                    "mode": "both",
                    "listen": [f"{GATEWAY[0]}:8080"],
                },
                "identity": {"kinds": ["htpasswd"], "htpasswd_file": str(passwords)},
                "destinations": {"inner": list(INTERNET), "ca_file": str(authority.ca_file)},
            },
            wrap=network.gateway.command(),
        )
        stack.callback(shutil.rmtree, state)
        stack.callback(made.stop)
        made.start()
        made.command("people", "import", str(people), "--because", "a test")
        with chromium(path=str(start_of(network, folder, made.ca_file))) as browser:
            yield made, browser


def start_of(network: namespaces.Network, folder: Path, ca_file: Path) -> Path:
    """What starts Chromium on the client's machine, with our CA in its trust store."""
    store = folder / "home" / ".pki" / "nssdb"
    store.mkdir(parents=True)
    database = f"sql:{store}"
    subprocess.run(["certutil", "-d", database, "-N", "--empty-password"], check=True, timeout=30)
    trust = ["certutil", "-d", database, "-A", "-t", "C,,", "-n", "gateway", "-i", str(ca_file)]
    subprocess.run(trust, check=True, timeout=30)
    start = folder / "chromium"
    command = shlex.join(network.client.command(chromium_path()))
    start.write_text(f'#!/bin/sh\nHOME={shlex.quote(str(folder / "home"))} exec {command} "$@"\n')
    start.chmod(0o700)
    return start


@pytest.fixture(scope="module")
def passed() -> set[tuple[str, str, int]]:
    """The pages and states that axe-core has nothing against."""
    return set()


@pytest.fixture(scope="module", params=["explicit", "redirected"])
def somebody(
    request: pytest.FixtureRequest,
    gateway: tuple[StaffGateway, Browser],
    passed: set[tuple[str, str, int]],
) -> Iterator[Somebody]:
    """A person at a browser, in either mode; another in each, since a notice is read once."""
    running, browser = gateway
    if request.param == "explicit":
        login = "ab1234"
        proxy = {"server": f"http://{GATEWAY[0]}:8080", "username": login, "password": PASSWORD}
        context = browser.new_context(proxy=proxy)  # type: ignore[arg-type]  # a TypedDict of Playwright's
    else:
        login = "cd5678"
        context = browser.new_context()
    context.set_default_timeout(10_000)
    made = Somebody(context.new_page(), running, login, request.param, passed)
    signs_in(made)
    reads_the_notice(made)
    yield made
    context.close()


def own(path: str) -> str:
    """One of our pages."""
    return f"https://{OWN}{path}"


def test_a_day_at_a_keyboard(somebody: Somebody) -> None:
    """One story, so that the record at its end has something of everything."""
    asks_for_access(somebody)
    leaves_a_note_and_says_that_the_category_is_wrong(somebody)
    states_a_purpose(somebody)
    reports_by_name_and_without(somebody)
    finds_what_was_missing(somebody)
    chooses_a_role(somebody)
    looks_at_the_record(somebody)


def signs_in(somebody: Somebody) -> None:
    if somebody.mode == "explicit":
        return
    somebody.opens("https://allowed.test/", "This network does not know who you are")
    somebody.presses("Sign in", "Sign in to use the internet")
    somebody.types("User name", somebody.login)
    somebody.types("Password", "not this")
    somebody.presses("Sign in", "Sign in to use the internet")
    somebody.reads("There is a problem")
    somebody.types("Password", PASSWORD)
    somebody.presses("Sign in", "You are signed in")
    somebody.presses("Go on to allowed.test")


def reads_the_notice(somebody: Somebody) -> None:
    somebody.opens("https://allowed.test/", "Please read the notice first")
    somebody.presses("Read what is recorded, then go on", "What is recorded when you use the internet here")
    somebody.presses("I have read this", "Thank you")
    somebody.presses("Go on to allowed.test")
    assert somebody.page.inner_text("body").strip() == "hello from allowed.test"


def asks_for_access(somebody: Somebody) -> None:
    somebody.opens("https://bet.test/table", "Gambling: this page is blocked")
    somebody.presses("Request access for work", "Request access for work")
    somebody.presses("Send the request", "Request access for work")
    somebody.reads("Say what you need it for")
    somebody.types("What do you need it for?", "licensing visits")
    somebody.presses("Send the request", "Your request has been sent")
    somebody.reads("Waiting for")
    somebody.opens("https://bet.test/table", "Gambling: this page is blocked")
    somebody.presses("Request access for work", "Request access for work")
    somebody.presses("Asked before? See what became of it", "Request access for work")
    somebody.reads("You have asked for this already")


def leaves_a_note_and_says_that_the_category_is_wrong(somebody: Somebody) -> None:
    somebody.opens("https://bet.test/table", "Gambling: this page is blocked")
    somebody.presses("I did not mean to come here", "I did not mean to come here")
    somebody.presses("Leave the note", "Your note has been kept")
    somebody.opens("https://bet.test/table", "Gambling: this page is blocked")
    somebody.presses("This category is wrong", "This category is wrong")
    somebody.types("What is this site, and why is the category wrong?", "A sailing club.")
    somebody.presses("Send", "Thank you: this has been sent")


def states_a_purpose(somebody: Somebody) -> None:
    somebody.opens("https://social.test/feed", "Social media: for work purposes only")
    somebody.presses("State your work purpose and open it", "State your work purpose")
    somebody.types("What do you need it for in your work?", "an appeal for witnesses")
    somebody.presses("Open it for this purpose", "Your purpose is kept")
    somebody.presses("Go on to social.test")
    assert somebody.page.url == "https://social.test/feed"
    assert somebody.page.inner_text("body").strip() == "hello from social.test"


def reports_by_name_and_without(somebody: Somebody) -> None:
    for choice, told in (("ArrowDown", "without your name"), ("Space", "nobody can be told from here")):
        somebody.opens(own("/"), "Web filter: what you can do here")
        somebody.presses("Report something that was not blocked", "Report something that was not blocked")
        somebody.types("Which site was it?", "https://odd.test/page?who=me")
        somebody.types("What did you see, and how did you come to it?", "It showed gambling.")
        somebody.goes_to("My line manager and the service desk, with my name")
        somebody.page.keyboard.press(choice)
        somebody.presses("Send the report", "Thank you: your report has been sent")
        somebody.reads(told)


def finds_what_was_missing(somebody: Somebody) -> None:
    page = somebody.page
    page.goto("https://allowed.test/")
    page.evaluate(
        """origin => new Promise(done => {
            const frame = document.createElement('iframe');
            frame.src = origin + '/widget';
            frame.onload = () => done();
            document.body.append(frame);
        })""",
        "https://bet.test",
    )
    assert page.frames[1].inner_text("h1") == "Gambling: this page is blocked"
    somebody.gateway.shipped()
    somebody.opens(own("/missing"), "What was missing from the page I was on")
    somebody.types("Which page was it?", "allowed.test")
    somebody.presses("Look", "What was missing from the page I was on")
    somebody.reads("bet.test")
    somebody.presses("Request access to bet.test for work", "Request access for work")


def chooses_a_role(somebody: Somebody) -> None:
    somebody.opens(own("/role"), "Choose your role")
    somebody.goes_to("licensing")
    somebody.page.keyboard.press("ArrowDown")
    somebody.presses("Act in this role", "Your role has changed")
    somebody.reads("From now on you act as: trainer.")


def looks_at_the_record(somebody: Somebody) -> None:
    somebody.gateway.shipped()
    somebody.opens(own("/my-record"), "My record")
    for stored in (
        somebody.login,
        "Licensing",
        "trainer",
        "Pages that were blocked",
        "an appeal for witnesses",
        "bet.test",
        "A report that it was not blocked",
        "That its category is wrong",
    ):
        somebody.reads(stored)


def test_who_signs_out_is_nobody_until_they_sign_in_again(somebody: Somebody) -> None:
    somebody.opens(own("/sign-out"), "Sign out")
    if somebody.mode == "explicit":
        somebody.reads("Nobody is signed in on this page")
        return
    somebody.presses("Sign out", "You are signed out")
    somebody.opens("https://allowed.test/", "This network does not know who you are")
    signs_in(somebody)
    assert somebody.page.inner_text("body").strip() == "hello from allowed.test"


def test_a_purpose_opens_nothing_that_is_not_open_for_one(somebody: Somebody) -> None:
    """The links to all pages carry the same token, so whoever was blocked can come there with theirs."""
    somebody.opens("https://bet.test/table", "Gambling: this page is blocked")
    link = somebody.page.get_by_role("link", name="Request access for work").get_attribute("href")
    assert link is not None
    somebody.opens(link.replace("/request-access?", "/work-purpose?"), "State your work purpose")
    somebody.reads("cannot be opened by stating a purpose")


def test_a_page_of_our_own_is_recorded_without_who_opened_it(
    gateway: tuple[StaffGateway, Browser], somebody: Somebody
) -> None:
    running, _ = gateway
    rows = running.decisions("reason = 'own-page'")
    assert rows
    assert {(row.person, row.path, row.host) for row in rows} == {(None, None, OWN)}


def test_nobody_is_shown_anything_about_themselves_where_another_site_led_them(somebody: Somebody) -> None:
    """Another site's link to the record opens a page with a link, which is the person's own step."""
    page = somebody.page
    page.goto("https://allowed.test/")
    with page.expect_navigation():
        page.evaluate("address => { location.href = address }", own("/my-record"))
    somebody.sees("This page is about you")
    assert somebody.login not in page.content()


def test_no_site_can_send_our_forms_or_frame_our_pages(somebody: Somebody) -> None:
    page = somebody.page
    page.goto("https://allowed.test/")
    with page.expect_navigation():
        page.evaluate(
            """address => {
                const form = document.createElement('form');
                form.method = 'post'; form.action = address;
                document.body.append(form); form.submit();
            }""",
            own("/report"),
        )
    somebody.sees("This was not sent from our page")
    page.goto("https://allowed.test/")
    shown = page.evaluate(
        """address => new Promise(done => {
            const frame = document.createElement('iframe');
            frame.src = address; frame.onload = () => done(true);
            setTimeout(() => done(false), 3000);
            document.body.append(frame);
        })""",
        own("/"),
    )
    assert shown
    assert json.dumps(page.frames[1].content()).find("what you can do here") < 0
