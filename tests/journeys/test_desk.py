"""What people do on the gateway's own pages holds in every worker in two seconds, and outlives the desk."""

import html
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import bcrypt
import pytest

from addons.desk.webhook import signature
from policy.document import SHIPPED as SHIPPED_POLICY
from tests.addons.desk.receivers import Hook, Post, hook_server, mail_server
from tests.journeys.conftest import World
from tests.journeys.harness.clients import Answer
from tests.journeys.harness.gateway import AUTHORITY, Gateway, copy_state, eventually

pytestmark = pytest.mark.journey

SECONDS = 2.0
OWN = "https://webfilter.internal"
PASSWORD = "correct:horse battery"
# What a browser says of a page that somebody opens.
DOCUMENT = {
    "Accept": "text/html",
    "User-Agent": "Mozilla/5.0",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Site": "none",
}
LOGINS = ("jane", "john", "rita", "paul", "mary")
PEOPLE = """login,name,email,manager,roles
jane,Jane Doe,,mary,press;clerk
john,John Doe,,,
rita,Rita Doe,,,
paul,Paul Doe,,,
mary,Mary Doe,mary@example.org,,
"""


class OpenForPurposes(Gateway):
    """One whose policy lets a purpose be stated for social media."""

    def write_settings(self) -> None:
        super().write_settings()
        text = SHIPPED_POLICY.read_text("utf-8")
        for before, after in (
            (r"\[standing_authority\]\n.*?\n(?=\n#)", AUTHORITY),
            (r'(title = "Social media")\naction = "block"', r'\1\naction = "confirm"'),
        ):
            text, replaced = re.subn(before, after, text, count=1, flags=re.DOTALL)
            assert replaced, before
        (self.state / "policy.toml").write_text(text, "utf-8")


@dataclass(frozen=True, slots=True)
class Receivers:
    """Where the gateway's mail and webhooks arrive."""

    post: Post
    hook: Hook


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose browser knows of the proxy."""

    gateway: Gateway
    world: World
    login: str

    def statuses(self, host: str = "allowed.test", count: int = 20) -> set[int]:
        """What several new connections are answered, enough of them that every worker takes some."""
        client = self.gateway.client(f"{self.login}:{PASSWORD}")
        url = f"http://{host}:{self.world.http.port}/"
        return {client.get(url, headers=DOCUMENT).status for _ in range(count)}

    def seconds_until(self, status: int, host: str = "allowed.test") -> float:
        """How long until every worker answers so."""
        began = time.monotonic()
        eventually(lambda: self.statuses(host) == {status}, within=SECONDS + 1, what=f"{status} for {host}")
        return time.monotonic() - began

    def opens(self, address: str, site: str = "none") -> Answer:
        """A page, as a browser opens it that was led there by `site` (Sec-Fetch-Site)."""
        client = self.gateway.client(f"{self.login}:{PASSWORD}")
        return client.get(address, headers={**DOCUMENT, "Sec-Fetch-Site": site})

    def form(self, path: str, site: str = "none") -> str:
        """The token of the form on one of our pages."""
        answer = self.opens(OWN + path, site)
        found = re.search(r'name="token" value="([^"]+)"', answer.text)
        assert found is not None, answer.text
        return html.unescape(found[1])

    def sends(self, path: str, token: str, **fields: str) -> Answer:
        """A form, as our own page sends it."""
        client = self.gateway.client(f"{self.login}:{PASSWORD}")
        headers = {
            **DOCUMENT,
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": OWN,
            "Sec-Fetch-Site": "same-origin",
        }
        body = urlencode({"token": token, **fields}).encode()
        return client.request("POST", OWN + path, headers=headers, body=body)

    def reads_the_notice(self) -> None:
        """Says so, on the page."""
        answer = self.sends("/notice", self.form("/notice"))
        assert answer.status == 200, answer.text


@pytest.fixture(scope="module")
def receivers() -> Receivers:
    return Receivers(Post(), Hook())


@pytest.fixture(scope="module")
def gateway(
    template: Path, internet: World, tmp_path_factory: pytest.TempPathFactory, receivers: Receivers
) -> Iterator[Gateway]:
    """Two workers: what holds must hold in both."""
    folder = tmp_path_factory.mktemp("desk")
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    for name, text in (
        ("htpasswd", "".join(f"{login}:{hashed}\n" for login in LOGINS)),
        ("secret", "geheim\n"),
        ("people.csv", PEOPLE),
    ):
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    settings: dict[str, dict[str, object]] = {
        **internet.settings(),
        "gateway": {"workers": 2, "drain_seconds": 3},
        "identity": {"kinds": ["htpasswd"], "htpasswd_file": str(folder / "htpasswd")},
    }
    with mail_server(receivers.post) as mail, hook_server(receivers.hook) as hook:
        settings["mail"] = {
            "host": "localhost",
            "port": mail,
            "tls": "none",
            "sender": "filter@example.org",
            "service_desk": "desk@example.org",
            "list_administrators": "lists@example.org",
        }
        url = f"http://127.0.0.1:{hook}/hook"
        settings["webhook"] = {"url": url, "secret_file": str(folder / "secret")}
        running = OpenForPurposes(copy_state(template, template.parent / uuid4().hex), settings).start()
        try:
            running.command("people", "import", str(folder / "people.csv"), "--because", "a test")
            paul = Person(running, internet, "paul")
            eventually(lambda: paul.statuses() == {403}, what="the register, and that it is asked")
            yield running
        finally:
            running.stop()
            shutil.rmtree(running.state)


def person(gateway: Gateway, world: World, login: str, *, has_read: bool = True) -> Person:
    """Somebody, who has read the notice unless they are to do so."""
    found = Person(gateway, world, login)
    if has_read and found.statuses() != {200}:
        found.reads_the_notice()
        found.seconds_until(200)
    return found


def desk_of(gateway: Gateway) -> int:
    """Its process."""
    return gateway.status().processes["desk"]


def test_every_worker_takes_connections(gateway: Gateway, world: World) -> None:
    """What the other journeys of this file rely on."""
    gateway.wait_for_beat()
    before = {worker.slot: worker.requests for worker in gateway.status().workers}
    Person(gateway, world, "paul").statuses()
    gateway.wait_for_beat()
    gained = {worker.slot: worker.requests - before[worker.slot] for worker in gateway.status().workers}
    assert set(gained) == {0, 1}
    assert min(gained.values()) > 0


def test_who_has_read_the_notice_goes_on_in_every_worker(gateway: Gateway, world: World) -> None:
    jane = person(gateway, world, "jane", has_read=False)
    assert 200 not in jane.statuses()
    jane.reads_the_notice()
    assert jane.seconds_until(200) < SECONDS
    [row] = gateway.rows("SELECT version, how FROM acknowledgement WHERE person = 'jane'")
    assert (row.version, row.how) == ("2", "basic")


def test_a_purpose_opens_its_site_in_every_worker_and_no_other_person(gateway: Gateway, world: World) -> None:
    john, rita = (person(gateway, world, login) for login in ("john", "rita"))
    assert john.statuses("social.test") == {403}
    page = john.opens(f"https://social.test:{world.https1.port}/")
    link = re.search(rf'href="({OWN}/work-purpose\?[^"]+)"', page.text)
    assert link is not None, page.text
    parts = urlsplit(html.unescape(link[1]))
    token = john.form(f"{parts.path}?{parts.query}", "cross-site")
    answer = john.sends("/work-purpose", token, purpose="an appeal for witnesses")
    assert answer.status == 200, answer.text
    assert john.seconds_until(200, "social.test") < SECONDS
    assert rita.statuses("social.test") == {403}
    rows = gateway.decisions("reason = 'confirmed'")
    assert {row.person for row in rows} == {"john"}


def test_a_role_that_was_chosen_holds_in_every_worker(gateway: Gateway, world: World) -> None:
    jane = person(gateway, world, "jane")
    gateway.command(
        *("exemptions", "grant", "--role", "press", "--host", "social.test"),
        *("--until", "+1h", "--purpose", "a campaign"),
    )
    assert jane.statuses("social.test") == {403}, "of several roles one has to be chosen"
    for role, status in (("press", 200), ("clerk", 403)):
        assert jane.sends("/role", jane.form("/role"), role=role).status == 200
        assert jane.seconds_until(status, "social.test") < SECONDS
    assert jane.sends("/role", jane.form("/role"), role="chief").status >= 400
    assert jane.statuses("social.test") == {403}


def test_who_is_disabled_is_refused_in_every_worker(gateway: Gateway, world: World) -> None:
    paul = person(gateway, world, "paul")
    gateway.command("people", "disable", "paul", "--because", "left today")
    assert paul.seconds_until(403) < SECONDS
    gateway.command("people", "enable", "paul", "--because", "a mistake")
    assert paul.seconds_until(200) < SECONDS


def test_a_report_reaches_whom_it_is_for_and_the_list_administrators_without_a_name(
    gateway: Gateway, world: World, receivers: Receivers
) -> None:
    jane = person(gateway, world, "jane")
    fields = {"site": "https://odd.test/page?who=me", "text": "It came up by itself. Jane", "how": "named"}
    answer = jane.sends("/report", jane.form("/report"), **fields)
    assert answer.status == 200, answer.text
    eventually(lambda: len(receivers.post.letters) >= 3 and receivers.hook.got, what="the report")
    letters = {to: letter for [to], letter in receivers.post.letters}
    assert set(letters) == {"mary@example.org", "desk@example.org", "lists@example.org"}
    for to, letter in letters.items():
        body = letter.get_content()
        assert "odd.test" in body
        assert "who=me" not in body
        assert "odd.test" not in letter["Subject"]
        assert ("Jane" in body) is (to != "lists@example.org")
    [(headers, body)] = receivers.hook.got
    sealed = signature("geheim", headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == sealed
    [message] = receivers.hook.messages
    assert message["data"]["person"] == "jane"

    def dropped() -> bool:
        return {row.content for row in gateway.rows("SELECT content FROM outbox")} == {None}

    eventually(dropped, what="the end of what was sent")


def test_a_form_is_taken_once_also_by_the_next_desk(gateway: Gateway, world: World) -> None:
    jane = person(gateway, world, "jane")
    token = jane.form("/role")
    assert jane.sends("/role", token, role="press").status == 200
    assert jane.sends("/role", token, role="clerk").status == 409
    killed = desk_of(gateway)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: desk_of(gateway) != killed, what="another desk")
    # 503 until that one answers.
    eventually(lambda: jane.sends("/role", token, role="clerk").status == 409, what="the next desk's answer")
    assert jane.sends("/role", jane.form("/role"), role="clerk").status == 200
    assert jane.statuses() == {200}, "the notice is still read"


def test_while_the_desk_hangs_who_is_known_goes_on_and_it_is_replaced(gateway: Gateway, world: World) -> None:
    jane = person(gateway, world, "jane")
    token = jane.form("/role")
    hung = desk_of(gateway)
    os.kill(hung, signal.SIGSTOP)
    try:
        assert jane.statuses() == {200}
        assert jane.sends("/role", token, role="press").status == 503
        eventually(
            lambda: any("the desk is not running" in one for one in gateway.status().problems),
            what="a word of it",
        )
    finally:
        # What is stopped cannot end itself; what goes on after so long is ended by the kernel.
        os.kill(hung, signal.SIGCONT)
    eventually(lambda: desk_of(gateway) not in {0, hung}, what="another desk")
    eventually(lambda: jane.sends("/role", jane.form("/role"), role="press").status == 200, what="its answer")


def test_nothing_is_forgotten_by_a_restart(gateway: Gateway, world: World) -> None:
    jane = person(gateway, world, "jane")
    gateway.stop()
    gateway.restart_at_its_port()
    assert jane.statuses(count=6) == {200}


def test_the_log_names_nobody_and_no_site(gateway: Gateway) -> None:
    said = gateway.log.read_text("utf-8", "replace").lower()
    assert said
    for word in (*LOGINS, PASSWORD, "doe", "odd.test", "social.test", "witnesses", "example.org"):
        assert word.lower() not in said, word
