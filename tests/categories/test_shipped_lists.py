"""The shipped lists as data: enough of them, sound, no harm to what must stay open, little to the rest."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from publicsuffixlist import PublicSuffixList

from categories.build import digest_of
from categories.compile import compile_lists
from categories.entries import Entry
from categories.library import SHIPPED as LISTS
from categories.library import ListLibrary
from categories.plausibility.judge import entries_held_back
from categories.plausibility.newly import Newly
from categories.plausibility.yardstick import Yardstick
from categories.readers import read_list
from categories.ruleset import Ruleset
from categories.urls.normalise import UrlRefused, normalise_url
from policy.decision import Judgement
from policy.document import Policy
from policy.judge import Evidence, judge_name
from policy.registers import hosts_upwards
from policy.words import Action, CategoryKind, EntryKind, Reason, Verdict
from tests.samples import NOW, shipped_policy

PATHS = sorted(LISTS.glob("*.txt"))
NOT_HOSTS = set(EntryKind) - {EntryKind.HOST, EntryKind.ADDRESS}

# Whole top-level domains whose name says what is there, and one suffix that belongs to one service.
MEANT_SUFFIXES = {
    "gambling": {"bet", "bingo", "casino", "lotto", "poker"},
    "pornography": {"adult", "porn", "sex", "xxx"},
    "privileged": {"nhs.uk"},
}


def entries_of(path: Path) -> list[Entry]:
    read = read_list(path)
    entries = list(read.entries)
    assert read.bad_lines == [], path.name
    return entries


ENTRIES = {path.stem: entries_of(path) for path in PATHS}
HOSTS = {
    name: [entry.text for entry in entries if entry.kind is EntryKind.HOST]
    for name, entries in ENTRIES.items()
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return shipped_policy()


@pytest.fixture(scope="module")
def ruleset(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    folder = tmp_path_factory.mktemp("shipped")
    sources = ListLibrary(folder / "library").items()
    (compiled := folder / "compiled").mkdir()
    compile_lists(compiled, digest_of(sources), NOW, sources, lambda progress: None)
    return Ruleset.open(compiled)


type Judge = Callable[[str], Judgement]


@pytest.fixture(scope="module")
def judged(ruleset: Ruleset, policy: Policy) -> Judge:
    """The shipped policy's judgement of a URL by the shipped lists."""

    def judge(text: str) -> Judgement:
        url = normalise_url(text)
        return judge_name(Evidence(url.host, ruleset.matches(url.host, url.target)), policy, NOW)

    return judge


# The lists themselves ----------------------------------------------------------------------------


def test_every_list_is_of_a_category_of_the_policy_and_only_tracking_has_none(policy: Policy) -> None:
    assert set(policy.rules) - set(ENTRIES) == {"advertising_tracking"}
    assert set(ENTRIES) <= set(policy.rules)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_list_is_kept_tidy(path: Path) -> None:
    """Groups with a comment on top, sorted within, each entry once: that is how lists stay readable."""
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == "# sluicegate-list: 1"
    groups: list[list[str]] = []
    for before, line in zip(["", *lines], lines, strict=False):
        if line and not line.startswith("#"):
            if not before or before.startswith("#"):
                assert before, f"{line}: a group begins with a comment that says what it is"
                groups.append([])
            groups[-1].append(line)
    assert all(group == sorted(group) for group in groups)
    entries = [line for group in groups for line in group]
    assert [line for line, times in Counter(entries).items() if times > 1] == []
    assert len(entries) == len(ENTRIES[path.stem]), "each line is one entry"


@pytest.mark.parametrize("name", ["gambling", "pornography", "software_downloads", "social_media"])
def test_the_four_main_lists_hold_150_hosts_and_30_entries_of_other_kinds(name: str) -> None:
    assert len(HOSTS[name]) >= 150
    assert sum(entry.kind in NOT_HOSTS for entry in ENTRIES[name]) >= 30


def test_protected_categories_hold_hosts_only(policy: Policy) -> None:
    """A connection that is not decrypted shows no path, and a keyword could protect any host."""
    for name in policy.of_kind(CategoryKind.ESSENTIAL, CategoryKind.HELP, CategoryKind.PRIVILEGED):
        assert {entry.kind for entry in ENTRIES[name]} == {EntryKind.HOST}, name


def test_no_entry_stands_under_a_host_of_its_own_list() -> None:
    needless = [
        (name, entry.text)
        for name, entries in ENTRIES.items()
        for entry in entries
        if entry.kind in {EntryKind.HOST, EntryKind.PREFIX}
        for above in list(hosts_upwards(entry.text.partition("/")[0]))[entry.kind is EntryKind.HOST :]
        if above in HOSTS[name]
    ]
    assert needless == []


def test_no_entry_is_a_public_suffix_but_those_that_are_meant() -> None:
    suffixes = PublicSuffixList(only_icann=True)
    for name, hosts in HOSTS.items():
        assert {host for host in hosts if suffixes.is_public(host)} == MEANT_SUFFIXES.get(name, set()), name


def test_no_host_stands_in_two_lists() -> None:
    times = Counter(host for hosts in HOSTS.values() for host in hosts)
    assert [host for host, count in times.items() if count > 1] == []


def test_no_host_stands_under_one_that_is_treated_otherwise(policy: Policy) -> None:
    """Such as a network's site for its app under one that is allowed: the stricter holds, by surprise."""
    owners = {host: name for name, hosts in HOSTS.items() for host in hosts}
    actions = {name: policy.rules[name].action for name in HOSTS}
    surprises = [
        (host, name, above, owners[above])
        for host, name in owners.items()
        for above in list(hosts_upwards(host))[1:]
        if above in owners and actions[owners[above]] is not actions[name]
    ]
    assert surprises == []


def test_nothing_in_them_is_held_back(tmp_path: Path, ruleset: Ruleset, policy: Policy) -> None:
    """Not even on a gateway that has no Ruleset yet, where all of it is new."""
    sources = ListLibrary(tmp_path / "library").items()
    assert entries_held_back(Newly(ruleset, None, ()), sources, policy, Yardstick(), ()) == ()


# What must stay open -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["essential", "privileged", "help"])
def test_every_protected_host_is_allowed_and_so_is_its_name_alone(
    name: str, ruleset: Ruleset, policy: Policy
) -> None:
    for host in HOSTS[name]:
        for shown, target in ((host, "/"), (f"www.{host}", "/"), (host, "")):
            judgement = judge_name(Evidence(shown, ruleset.matches(shown, target)), policy, NOW)
            assert judgement.verdict is Verdict.ALLOW, shown
            assert (judgement.reason is Reason.ESSENTIAL) == (name == "essential"), shown
            assert judgement.privileged == (name != "essential"), shown


def test_no_block_list_holds_a_host_below_a_protected_one(policy: Policy) -> None:
    """Step 0 would open it and the list would be a lie; only resolvers and relays are known cases."""
    essential = set(HOSTS["essential"])
    assert [
        (name, entry.text)
        for name, entries in ENTRIES.items()
        if policy.rules[name].action is Action.BLOCK
        for entry in entries
        if entry.kind in {EntryKind.HOST, EntryKind.PREFIX}
        and essential.intersection(hosts_upwards(entry.text.partition("/")[0]))
    ] == []


# What a person would expect ----------------------------------------------------------------------

# URL, and the category that decides; "" where nothing is known. Misses stand beside hits.
EXPECTED = [
    # gambling
    ("https://www.bet365.com/", "gambling"),
    ("https://sports.williamhill.com/betting/en-gb", "gambling"),
    ("https://paddypower.com.evil.test/", ""),
    ("https://notladbrokes.com/", ""),
    ("https://newcasino.example.bet/", "gambling"),
    ("https://www.betweenus.test/", ""),
    ("https://1xbet-mirror.test/", "gambling"),
    ("https://www.best-casinos.test/online-casino/reviews", "gambling"),
    ("https://site.test/x?title=free-spins-no-deposit", "gambling"),
    ("https://hacked.council.test/wp/slot-gacor-maxwin.html", "gambling"),
    ("https://www.council.test/licensing/casino/apply", ""),
    ("https://www.council.test/business/gambling-act-2005", ""),
    ("https://www.council.test/betting-shops", ""),
    ("https://www.gamblingcommission.gov.uk/public-and-players/guide/free-bets-and-bonuses", ""),
    ("https://www.supercasino.fr.example/", ""),
    ("https://www.bbc.co.uk/news/uk-66700000", ""),
    ("https://www.telegraph.co.uk/betting/", "gambling"),
    ("https://www.telegraph.co.uk/betting-shop-robbery/", ""),
    ("https://www.telegraph.co.uk/news/", ""),
    ("https://www.gamcare.org.uk/get-support/", "help"),
    ("https://www.begambleaware.org/", "help"),
    # pornography
    ("https://www.pornhub.com/view_video.php?viewkey=1", "pornography"),
    ("https://de.xhamster.desi/", "pornography"),
    ("https://anything.xxx/", "pornography"),
    ("https://xxx.example/", ""),
    ("https://boards.4chan.org/gif/", "pornography"),
    ("https://boards.4chan.org/g/thread/1", "forums"),
    ("https://search.test/?q=free+porn", "pornography"),
    ("https://search.test/?q=free%20porn%20videos", "pornography"),
    ("https://search.test/?q=porn+free+for+30+days", ""),
    ("https://search.test/?q=free+pornography+addiction+help", ""),
    ("https://www.essex.ac.uk/", ""),
    ("https://www.essexcampus.test/", ""),
    ("https://www.middlesex.ac.uk/about", ""),
    ("https://www.scunthorpe.test/", ""),
    ("https://siripornhotel.test/", ""),
    ("https://news.test/crime/man-jailed-for-child-porn-videos", ""),
    ("https://news.test/deepfake-porn-law", ""),
    ("https://www.revengepornhelpline.org.uk/", "help"),
    ("https://www.stopitnow.org.uk/", "help"),
    ("https://www.brook.org.uk/your-life/sex/", "help"),
    # software downloads
    ("https://www.softonic.com/", "software_downloads"),
    ("https://github.com/a/b/releases/download/v1/tool.zip", "software_downloads"),
    ("https://github.com/a/b/releases", ""),
    ("https://github.com/a/b/blob/main/README.md", ""),
    ("https://vendor.test/files/Setup.EXE", "software_downloads"),
    ("https://vendor.test/files/setup.msi?token=1", "software_downloads"),
    ("https://vendor.test/tool-1.2-win64.zip", "software_downloads"),
    ("https://vendor.test/minutes-2025.zip", ""),
    ("https://vendor.test/setup.exe.html", ""),
    ("https://vendor.test/view?file=setup.exe", ""),
    ("https://vendor.test/report.pdf", ""),
    ("https://lists.test/cgi-bin/wa.exe?A0=X", "software_downloads"),  # argued in the list
    ("https://download.windowsupdate.com/d/msdownload/update/kb1.msu", "essential"),
    ("https://dl.delivery.mp.microsoft.com/filestreamingservice/files/a.exe", "essential"),
    ("https://swcdn.apple.com/content/downloads/a.pkg", "essential"),
    ("https://security.debian.org/pool/updates/main/o/openssl/openssl_3.deb", "essential"),
    ("https://download.mozilla.org/?product=firefox-latest-ssl&os=win64", "software_downloads"),
    ("https://download.mozilla.org/?product=firefox-150.0-complete&os=win64", ""),
    ("https://www.google.com/chrome/", "software_downloads"),
    ("https://www.google.com/chromebook/", ""),
    ("https://www.videolan.org/vlc/", "software_downloads"),
    # social media
    ("https://www.facebook.com/essexpolice", "social_media"),
    ("https://m.facebook.com/", "social_media"),
    ("https://connect.facebook.net/en_US/sdk.js", ""),
    ("https://scontent.xx.fbcdn.net/v/t1.jpg", ""),
    ("https://t.co/abc", "social_media"),
    ("https://bt.com/", ""),
    ("https://x.com/home", "social_media"),
    ("https://www.netflix.com/", ""),
    ("https://www.linkedin.com/in/someone", "social_media"),
    ("https://pbs.twimg.com/media/a.jpg", ""),
    ("https://www.youtube.com/watch?v=1", ""),
    ("https://www.youtube.com/@someone/community", "social_media"),
    ("https://mastodon.example/@someone", "social_media"),
    ("https://example.test/api/v1/timelines/home?limit=20", "social_media"),
    ("https://example.test/api/v1/timeline", ""),
    ("https://nitter.example/x", "social_media"),
    ("https://archive.test/web/2020/https://www.facebook.com/a", "social_media"),
    # malware, phishing, proxies
    ("http://malware.wicar.org/data/eicar.com", "malware"),
    ("https://secure.eicar.org/eicar.com.txt", "malware"),
    ("https://www.eicar.org/download-anti-malware-testfile/", ""),
    ("https://testsafebrowsing.appspot.com/s/phishing.html", "phishing"),
    ("https://testsafebrowsing.appspot.com/", ""),
    ("https://dns.google/dns-query?dns=AAAB", "proxies_anonymisers"),
    ("https://8.8.8.8/resolve", "proxies_anonymisers"),
    ("https://resolver.test/dns-query", "proxies_anonymisers"),
    ("https://resolver.test/dns-query-explained", ""),
    ("https://mask.icloud.com/", "proxies_anonymisers"),
    ("https://www.torproject.org/", "proxies_anonymisers"),
    ("https://p.test/browse.php?u=https%3A%2F%2Fbet.test", "proxies_anonymisers"),
    ("https://shop.test/browse.php?u=shoes", ""),
    ("https://www.bet365.com/?u=https://login.microsoftonline.com/", "gambling"),
    ("https://www.bet365.com/?u=https://www.samaritans.org/", "gambling"),
    # the rest
    ("https://web.whatsapp.com/", "messaging"),
    ("https://discord.com/channels/1", "chat"),
    ("https://store.steampowered.com/", "games"),
    ("https://thepiratebay.org/", "piracy"),
    ("https://linux.test/distribution.torrent", "piracy"),
    ("https://www.stormfront.org/forum/", "offensive"),
    ("https://chatgpt.com/", "ai_assistants"),
    ("https://outlook.live.com/mail/", "webmail"),
    ("https://www.dropbox.com/", "file_sharing"),
    ("https://someone.wordpress.com/2020/01/", "blogs"),
    ("https://www.mumsnet.com/talk", "forums"),
    ("https://teams.microsoft.com/", "video_conferencing"),
    ("https://login.microsoftonline.com/common/oauth2?redirect_uri=https://www.facebook.com/", "essential"),
    ("https://www.polfed.org/", "privileged"),
    ("https://hmicfrs.justiceinspectorates.gov.uk/", "privileged"),
    ("https://www.nhs.uk/conditions/", "privileged"),
    ("https://www.samaritans.org/", "help"),
    ("https://www.gov.uk/", ""),
    ("https://www.bbc.co.uk/", ""),
    ("https://www.police.uk/", ""),
    ("https://en.wikipedia.org/wiki/Online_casino", ""),
]


@pytest.mark.parametrize(("url", "category"), EXPECTED)
def test_a_url_is_judged_as_a_person_would_expect(
    url: str, category: str, judged: Judge, policy: Policy
) -> None:
    judgement = judged(url)
    assert (judgement.category or "") == category
    expected = policy.rules[category].action if category else policy.default.action
    assert judgement.verdict == Verdict(expected)


def test_the_table_of_expectations_is_whole() -> None:
    assert len(EXPECTED) == 115
    assert len({url for url, _ in EXPECTED}) == len(EXPECTED)
    # Every list that ships is met at least once.
    assert {category for _, category in EXPECTED if category} == set(ENTRIES)


# Real hosts and URLs -----------------------------------------------------------------------------


@pytest.mark.real_data
def test_few_of_the_hosts_most_looked_up_are_blocked(
    real_data: Path, ruleset: Ruleset, policy: Policy
) -> None:
    """
    Measured when the lists were written, with a little room; `benchmarks.shipped_lists` shows which.

    Of the first thousand only hosts of the named companies may be blocked at all.
    """
    popular = (real_data / "urls" / "popular_hosts.txt").read_text().split()
    assert len(popular) == 100_000
    blocked: dict[str, list[int]] = defaultdict(list)
    for rank, host in enumerate(popular):
        for category in _blocking(ruleset, policy, host, "/"):
            blocked[category].append(rank)
    ceilings = {
        "social_media": 620,
        "games": 600,
        "pornography": 400,
        "messaging": 410,
        "software_downloads": 90,
        "proxies_anonymisers": 60,
        "gambling": 50,
        "chat": 15,
        "piracy": 5,
    }
    counts = {category: len(ranks) for category, ranks in blocked.items()}
    assert {name: n for name, n in counts.items() if n > ceilings.get(name, 0)} == {}
    assert sum(counts.values()) > 1_500, "a Ruleset that blocks nothing would pass everything above"
    first = {
        ".".join(popular[rank].split(".")[-2:]) for ranks in blocked.values() for rank in ranks if rank < 1000
    }
    assert first == {
        "dns.google",
        "facebook.com",
        "icloud.com",
        "instagram.com",
        "linkedin.com",
        "opendns.com",
        "pinterest.com",
        "reddit.com",
        "snapchat.com",
        "tiktok.com",
        "twitter.com",
        "whatsapp.com",
        "whatsapp.net",
    }


@pytest.mark.real_data
def test_entries_for_any_host_hit_next_to_nothing_among_real_page_links(
    real_data: Path, ruleset: Ruleset, policy: Policy
) -> None:
    """Paths, file names, keywords and patterns are where a list does harm unseen."""
    hits = []
    links = 0
    with (real_data / "urls" / "page_links.txt").open(encoding="utf-8-sig") as lines:
        for line in lines:
            try:
                url = normalise_url(line.split()[0])
            except (IndexError, UrlRefused):
                continue
            links += 1
            hits += [
                (line.strip(), match.entry)
                for match in ruleset.matches(url.host, url.target)
                if match.kind in NOT_HOSTS - {EntryKind.PREFIX}
                and policy.rules[match.category].action is Action.BLOCK
            ]
    assert links > 47_000
    # LISTSERV's two, which the list argues, and a program for Java.
    assert {entry for _, entry in hits} <= {"*.exe", "*.jar"}
    assert len(hits) <= 3


@pytest.mark.real_data
def test_four_of_five_real_installers_are_blocked(real_data: Path, ruleset: Ruleset, policy: Policy) -> None:
    """Of 7,647 addresses of programs; most of the rest are licences, and archives with plain names."""
    urls = [normalise_url(text) for text in _labelled(real_data, "software_downloads_url")]
    assert len(urls) == 7_647
    caught = sum("software_downloads" in _blocking(ruleset, policy, url.host, url.target) for url in urls)
    assert caught / len(urls) >= 0.8


@pytest.mark.real_data
def test_hardly_anything_that_others_call_benign_is_blocked(
    real_data: Path, ruleset: Ruleset, policy: Policy
) -> None:
    urls = [normalise_url(text) for text in _labelled(real_data, "benign")]
    assert len(urls) > 8_000
    blocked = sum(bool(_blocking(ruleset, policy, url.host, url.target)) for url in urls)
    assert blocked / len(urls) <= 0.01


def _blocking(ruleset: Ruleset, policy: Policy, host: str, target: str) -> set[str]:
    """The block categories that cover the URL, unless it is essential."""
    matches = ruleset.matches(host, target)
    if judge_name(Evidence(host, matches), policy, NOW).verdict is Verdict.ALLOW:
        return set()
    return {match.category for match in matches if policy.rules[match.category].action is Action.BLOCK}


def _labelled(real_data: Path, category: str) -> Iterator[str]:
    with (real_data / "urls" / "labelled.csv").open(newline="") as file:
        yield from (row["url"] for row in csv.DictReader(file) if row["category"] == category)
