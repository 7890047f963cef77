"""
Does a newcomer get from an empty machine to a gateway in the path by docs/operating.md alone?

The page's blocks are pasted, in their order and as they stand, by root into a machine with nothing on it: a
small Debian with a real systemd, booted in the gateway's place of a network of three namespaces (client,
gateway, origin). What the page takes for granted is provided and said in the first lines: the release,
packages from a folder in place of an index, a stick, and an Internet with names and certificates of its own.
Then Chromium on the client's machine, which knows of no proxy and trusts what was rolled out, looks at pages.
After that the page's bad nights: a reload, break-glass, a gateway that is dead, and all of it taken away.

Needs root, the Debian packages debootstrap, systemd-container, nftables, chromium and libnss3-tools, Python
packages from an index, and some minutes. The pictures are left in --pictures, for a person to look at.

    python -m benchmarks.operating [--machine FOLDER] [--pictures FOLDER]
"""

import argparse
import contextlib
import hashlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from playwright.sync_api import Error, Page

from benchmarks.load.debian import (
    DATA,
    ROOT,
    Machine,
    Report,
    booted,
    make_machine,
    make_release,
    need_programs,
)
from benchmarks.load.internet import Client, internet
from benchmarks.load.paste import paste, read_blocks
from tests.journeys.harness.namespaces import INTERNET, ORIGIN, RESOLVER, STRANGER, ask

PAGE = ROOT / "docs" / "operating.md"
DAY_TWO = ROOT / "docs" / "day-two.md"
SUITE = "trixie"
AT_LEAST = 10  # pages
ROLLED_OUT = "/var/lib/sluicegate/rollout"

# The one setting that the page has not: the addresses of this Internet are for documentation.
DROP_IN = f'[Service]\nEnvironment="SLUICEGATE_DESTINATIONS__INNER={",".join(INTERNET)}"\n'
DROP_IN_FILE = "/etc/systemd/system/sluicegate.service.d/documentation-addresses.conf"


class Walk:
    """The newcomer: goes through the page from the top, and looks where it says to look."""

    page: Page  # from the moment that the roots are rolled out
    authority: str  # the one that vouches for sites, by its name

    def __init__(self, machine: Machine, client: Client, report: Report, pictures: Path) -> None:
        self.machine, self.client, self.report, self.pictures = machine, client, report, pictures
        self.blocks = read_blocks(PAGE.read_text("utf-8"))
        self.day_two = read_blocks(DAY_TWO.read_text("utf-8"))
        self.began = time.monotonic()
        self.reference = ""

    def block(self, heading: str, says: str = "") -> str:
        """Paste the block of the page that is not for the first day and says so; what it shows."""
        (text,) = [
            one.text for one in self.blocks if one.heading == heading and not one.walk and says in one.text
        ]
        return self._paste(heading, text)

    def change_release(self, heading: str, version: str) -> None:
        """Paste a block of docs/day-two.md, with a version of ours, while the browser loads pages."""
        (text,) = [one.text for one in self.day_two if one.heading == heading]
        here = re.sub(r"\b\d\.0\b", version, text)
        self.under_load(f"page: {heading}", "bash", "-euo", "pipefail", "-c", here)

    def under_load(self, what: str, *command: str) -> None:
        """Run a command while the browser loads pages; none may fail."""
        loaded, failed = 0, 0
        with subprocess.Popen(self.machine.command(*command), stdout=subprocess.DEVNULL) as running:
            while running.poll() is None or loaded < AT_LEAST:
                status, _, _ = self.go(f"https://news.test/{loaded}")
                loaded, failed = loaded + 1, failed + (status != 200)
        self.report.line(
            f"{what} while the browser loads pages",
            (running.returncode, failed) == (0, 0),
            f"{loaded} pages, {failed} failed, exit {running.returncode}",
        )

    def from_the_top(self) -> None:
        """Every block for an empty machine."""
        for one in self.blocks:
            if not one.walk:
                continue
            if "ip_forward" in one.text:
                self.nothing("a machine that does not route yet", "https://news.test/")
            if "nft --file" in one.text:
                self.unfiltered("before the rules nobody's traffic is changed")
            if one.heading == "See it work":
                self.look()
            shown = self._paste(one.heading, one.text)
            if one.heading == "The certificate authority":
                self.authority = re.findall(r'in force: "(.+)",', shown)[0]
                self.client.trust("gateway", self.machine.sh(f"cat {ROLLED_OUT}/*.crt"))
                self.page = self.client.browser()
            if one.heading == "See it work":
                self.report.line(
                    "the reference that was shown is found", self.reference in shown, self.reference
                )

    def _paste(self, heading: str, text: str) -> str:
        began = time.monotonic()
        code, shown = paste(self.machine, text)
        took = f"{time.monotonic() - began:.1f} s"
        self.report.line(
            f"page: {heading}", code == 0, took if code == 0 else f"exit {code}\n{text}\n{shown}"
        )
        if code:
            raise SystemExit(1)
        return shown

    # What the browser is shown -------------------------------------------------------------------------

    def go(self, url: str) -> tuple[int, str, str]:
        """The status, the text of the page, and who vouches for the site; (0, why, "") without an answer."""
        try:
            answer = self.page.goto(url, timeout=20_000)
        except Error as error:
            return 0, error.message.splitlines()[0], ""
        if answer is None:
            return 0, "nothing was loaded", ""
        details = answer.security_details()
        by = details.get("issuer") if details else None
        return answer.status, self.page.inner_text("body").strip(), by or ""

    def picture(self, name: str) -> None:
        """What the browser shows now."""
        self.page.screenshot(path=self.pictures / f"{name}.png")

    def allowed(self, what: str, url: str, issuer: str | None = None) -> None:
        """The site's own page; `issuer` says who has to vouch for it."""
        host = url.split("/")[2]
        status, text, by = self.go(url)
        held = (status, text) == (200, f"hello from {host}") and issuer in {None, by}
        self.report.line(what, held, f"{status} {text}{f', certificate by {by}' if by else ''}")

    def refused(self, what: str, url: str, title: str) -> str:
        """The block page under that title; its reference."""
        status, text, by = self.go(url)
        found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", text)
        held = status == 403 and title in text and found is not None
        said = next(line for line in text.splitlines() if title in line) if held else text
        self.report.line(what, held, f"{status} {said}{f', certificate by {by}' if by else ''}")
        return found[0] if found else "no reference"

    def nothing(self, what: str, url: str) -> None:
        """No page at all."""
        status, text, _ = self.go(url)
        self.report.line(what, status == 0, text)

    def unfiltered(self, what: str) -> None:
        """A blocked site as it is without us."""
        self.allowed(what, "https://www.bet365.com/", "Test origins")

    def look(self) -> None:
        """From a client, with a browser: allowed, blocked, the padlock; over both versions of IP."""
        self.allowed("browser: an allowed http page", "http://news.test/")
        print(
            f"          {time.monotonic() - self.began:.0f} s from an empty machine to this page", flush=True
        )
        self.allowed(
            "browser: an allowed https page, vouched for by us", "https://news.test/", self.authority
        )
        self.picture("1-allowed")
        self.allowed("browser: over IPv4 only", "https://four.test/", self.authority)
        self.allowed("browser: over IPv6 only", "https://six.test/", self.authority)
        self.refused("browser: a blocked http page, IPv6", "http://www.paddypower.com/", "Gambling")
        self.refused("browser: a blocked https page, IPv6", "https://www.paddypower.com/", "Gambling")
        self.reference = self.refused(
            "browser: a blocked https page, IPv4", "https://www.bet365.com/", "Gambling"
        )
        self.picture("2-blocked")
        self.refused("browser: malware", "https://malware.wicar.org/", "Malware")
        self.around()

    def around(self) -> None:
        """What would go past it; the port beside it shows that it is the rules that stop the rest."""
        for version, word in enumerate(("IPv4", "IPv6")):
            asked = {
                "QUIC": (ORIGIN[version], 443, False),
                "DNS over TLS": (ORIGIN[version], 853, True),
                "DNS to a stranger": (STRANGER[version], 53, False),
                "DNS to the resolver": (RESOLVER[version], 53, False),
                "another port": (ORIGIN[version], 4433, False),
            }
            there = self.client.there
            passed = [name for name, where in asked.items() if there.call(partial(answered, *where))]
            self.report.line(
                f"around the gateway only what may pass, {word}",
                passed == ["DNS to the resolver", "another port"],
                f"dropped: {', '.join(name for name in asked if name not in passed)}",
            )


def answered(address: str, port: int, tcp: bool) -> bool:
    """Whether anything answers there."""
    return ask(address, "news.test", tcp=tcp, port=port)


def bad_nights(walk: Walk) -> None:
    """What the page says to do when something is in the way, or dead."""
    machine, report = walk.machine, walk.report
    walk.under_load("systemctl reload", "systemctl", "reload", "sluicegate.service")
    walk.block("The filter is in the way")
    time.sleep(2)  # in force by then, says the page
    walk.allowed(
        "break-glass: the blocked page passes, not decrypted", "https://www.bet365.com/", "Test origins"
    )
    walk.refused("break-glass: malware does not, http", "http://malware.wicar.org/", "Malware")
    walk.picture("3-malware-in-break-glass")
    walk.nothing("break-glass: malware does not, https", "https://malware.wicar.org/")
    machine.do("sluicegate", "break-glass", "close", "--because", "the walk goes on")
    time.sleep(2)
    walk.refused("break-glass is over: blocked again", "https://www.bet365.com/", "Gambling")

    machine.do("systemctl", "stop", "sluicegate.service")
    walk.nothing("gateway stopped: nothing passes", "https://news.test/")
    walk.block("The gateway is dead")
    walk.allowed("bypass: pages load, past the dead gateway", "https://news.test/", "Test origins")
    machine.do("/opt/sluicegate/current/deploy/nftables/sluicegate-bypass", "close")
    walk.nothing("bypass closed: nothing passes again", "https://four.test/")
    machine.do("systemctl", "start", "sluicegate.service")
    machine.do("sluicegate", "break-glass", "record-bypass")
    listed = machine.do("sluicegate", "break-glass", "list")
    report.line("both openings are on record", "opened" in listed and "bypass" in listed, "")
    walk.refused("gateway started: blocked again", "https://www.bet365.com/", "Gambling")


def another_release(walk: Walk, first: str, second: str) -> None:
    """To the next release and back, by docs/day-two.md."""
    for heading, version in (("Upgrade", second), ("Going back", first)):
        walk.change_release(heading, version)
        programs = walk.machine.do("ps", "-eo", "args")
        serves = f"/opt/sluicegate/{version}/bin/python" in programs
        walk.report.line(f"{version} serves", serves, "")
    walk.refused("blocked as ever", "https://www.bet365.com/", "Gambling")


def leave(walk: Walk) -> None:
    """Out of the path, and off the machine."""
    walk.block("Put it in the path", "nft delete")
    walk.unfiltered("rules deleted: as if there were no gateway")
    walk.block("Put it in the path", "systemctl enable")
    walk.machine.do("systemctl", "start", "sluicegate_nftables.service")
    walk.refused("rules of the boot: blocked again", "https://www.bet365.com/", "Gambling")
    walk.block("Taking it away")
    walk.unfiltered("taken away: as if there were no gateway")
    left = walk.machine.sh(
        "pgrep --uid sluicegate || true; ls -d /opt/sluicegate /usr/bin/sluicegate 2>/dev/null || true"
    )
    walk.report.line("no process and no program is left", left == "", left)
    kept = walk.machine.sh("ls -d /etc/sluicegate/policy.toml /var/lib/sluicegate/sluicegate.sqlite | wc -l")
    walk.report.line("settings and decisions are kept", kept == "2", "")
    failed = walk.machine.do("systemctl", "--failed", "--no-legend", "--plain")
    walk.report.line("no unit has failed", failed == "", failed)


def provide(machine: Machine, release: Path, wheels: tuple[str, str], roots: Path) -> None:
    """What the page takes for granted, and nothing that it says to do."""
    for folder, wheel in ((release, wheels[0]), (release / "next", wheels[1])):
        folder.mkdir(exist_ok=True)
        shutil.copy(release / "dist" / wheel, folder)
        digest = hashlib.sha256((folder / wheel).read_bytes()).hexdigest()
        (folder / "sluicegate.sha256").write_text(f"{digest}  {wheel}\n")
    shutil.copytree(release / "deploy", release / "next" / "deploy")
    shutil.copy(roots, release / "internet.crt")
    second = wheels[1].split("-")[1]
    given = {
        "the release, in /srv/release": "ls /srv/release/deploy/install.sh",
        "the next release": f"ln -s release/next /srv/release-{second}",
        "packages from a folder, by /etc/pip.conf, in place of an index": (
            "printf '[global]\\nno-index = true\\nfind_links = /srv/release/wheels\\n' >/etc/pip.conf"
        ),
        "a stick, in /media/stick, that only root may use": "mkdir -m 0700 /media/stick",
        "network settings that may be written, as on a machine of iron": (
            "mount --bind /proc/sys/net /proc/sys/net && mount -o remount,bind,rw /proc/sys/net"
        ),
        "a resolver": f"rm -f /etc/resolv.conf; echo nameserver {RESOLVER[0]} >/etc/resolv.conf",
        "the roots of this Internet's sites, in the system's store": (
            "cp /srv/release/internet.crt /usr/local/share/ca-certificates/ && update-ca-certificates"
        ),
        "destinations.inner: this Internet's addresses are for documentation": (
            f"mkdir -p {shlex.quote(str(Path(DROP_IN_FILE).parent))} &&"
            f" printf %s {shlex.quote(DROP_IN)} >{DROP_IN_FILE}"
        ),
    }
    for what, script in given.items():
        machine.sh(script)
        print(f"provided: {what}", flush=True)


def main(folder: Path, pictures: Path) -> int:
    """Print what held; 1 when something did not."""
    need_programs("nft", "certutil", "chromium")
    make_machine(folder, SUITE)
    pictures.mkdir(parents=True, exist_ok=True)
    report = Report()
    with contextlib.ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        release = temporary / "release"
        release.mkdir()
        wheels = make_release(release)
        there, roots = stack.enter_context(internet(temporary))
        place = f"--network-namespace-path=/run/netns/{there.gateway.name}"
        # Its network is its own, so it may command it, as on a machine of iron.
        inside = (place, "--capability=CAP_NET_ADMIN", "--resolv-conf=off")
        machine = stack.enter_context(booted(folder, release, inside))
        provide(machine, release, wheels, roots)
        client = Client(there.client, temporary / "home", stack)
        client.trust("internet", roots.read_text("ascii"))
        walk = Walk(machine, client, report, pictures)
        walk.from_the_top()
        bad_nights(walk)
        another_release(walk, *(wheel.split("-")[1] for wheel in wheels))
        leave(walk)
    print(f"pictures: {pictures}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument(
        "--machine", type=Path, default=DATA / SUITE, help="where the machine is kept between runs"
    )
    parser.add_argument(
        "--pictures", type=Path, default=ROOT / ".data" / "operating", help="where pictures are left"
    )
    given = parser.parse_args()
    sys.exit(main(given.machine, given.pictures))
