"""
One spelling for each host and URL: by what an evader may try, by the standard's own vectors, by properties.
"""
# ruff: noqa: RUF001 - characters that look like others are what this is about

import contextlib
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from categories.urls.normalise import (
    HOST_INPUT,
    TARGET_INPUT,
    Url,
    UrlRefused,
    normalise_host,
    normalise_target,
    normalise_url,
)


def host_or_none(text: str) -> str | None:
    try:
        return normalise_host(text)
    except UrlRefused:
        return None


def target_or_none(text: str) -> str | None:
    try:
        return normalise_target(text)
    except UrlRefused:
        return None


# Hosts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "host"),
    [
        pytest.param("bet.test", "bet.test", id="plain"),
        pytest.param("BET.Test", "bet.test", id="capitals"),
        pytest.param("bet.test.", "bet.test", id="trailing-dot"),
        pytest.param("a_b.bet-.test", "a_b.bet-.test", id="underscore-and-hyphens"),
        pytest.param("b%65t.test", "bet.test", id="percent"),
        pytest.param("%42%45%54.test%2e", "bet.test", id="percent-of-capitals-and-dot"),
        pytest.param("bet。test", "bet.test", id="ideographic-dot"),
        pytest.param("bet．test", "bet.test", id="fullwidth-dot"),
        pytest.param("ｂｅｔ｡test", "bet.test", id="fullwidth-letters"),
        pytest.param("be\u00adt.te\u200bst", "bet.test", id="soft-hyphen-and-zero-width"),
        pytest.param("bücher.test", "xn--bcher-kva.test", id="umlaut"),
        pytest.param("BU\u0308CHER.test", "xn--bcher-kva.test", id="umlaut-by-combining"),
        pytest.param("xn--BCHER-kva.test", "xn--bcher-kva.test", id="capital-a-label"),
        pytest.param("straße.test", "xn--strae-oqa.test", id="sharp-s"),
        pytest.param("xn--a.test", "xn--a.test", id="a-label-of-nothing"),
        pytest.param("3com.3x", "3com.3x", id="last-label-begins-with-a-digit"),
        pytest.param("localhost", "localhost", id="one-label"),
        pytest.param(f"{'a' * 63}.test", f"{'a' * 63}.test", id="label-of-63"),
        pytest.param(".".join(["a" * 49] * 5) + ".tst", ".".join(["a" * 49] * 5) + ".tst", id="host-of-253"),
        pytest.param("192.0.2.7", "192.0.2.7", id="ipv4"),
        pytest.param("192.0.2.7.", "192.0.2.7", id="ipv4-trailing-dot"),
        pytest.param("0300.0.2.07", "192.0.2.7", id="ipv4-octal"),
        pytest.param("0xC0.0x0.0X2.0x7", "192.0.2.7", id="ipv4-hex"),
        pytest.param("192.519", "192.0.2.7", id="ipv4-two-parts"),
        pytest.param("192.0.519", "192.0.2.7", id="ipv4-three-parts"),
        pytest.param("3221225991", "192.0.2.7", id="ipv4-decimal"),
        pytest.param("0xc0000207", "192.0.2.7", id="ipv4-one-hex"),
        pytest.param("０ｘｃ０．０．２．７", "192.0.2.7", id="ipv4-fullwidth"),
        pytest.param("%31%39%32.0.2.7", "192.0.2.7", id="ipv4-percent"),
        pytest.param("::ffff:192.0.2.7", "192.0.2.7", id="ipv4-mapped"),
        pytest.param("[::FFFF:c000:207]", "192.0.2.7", id="ipv4-mapped-hex"),
        pytest.param("[2001:DB8:0:0:0:0:0:7]", "2001:db8::7", id="ipv6"),
        pytest.param("2001:db8::7", "2001:db8::7", id="ipv6-without-brackets"),
    ],
)
def test_each_spelling_of_a_host_becomes_one(written: str, host: str) -> None:
    assert normalise_host(written) == host


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("", id="empty"),
        pytest.param(".", id="only-a-dot"),
        pytest.param("bet..test", id="double-dot"),
        pytest.param("bet.test..", id="two-trailing-dots"),
        pytest.param(".bet.test", id="leading-dot"),
        pytest.param("bet。．test", id="double-dot-in-other-scripts"),
        pytest.param("\u00ad.test", id="label-that-falls-away"),
        pytest.param(f"{'a' * 64}.test", id="label-of-64"),
        pytest.param("ä" * 60 + ".test", id="a-label-too-long"),
        pytest.param(".".join(["a" * 49] * 5) + ".test", id="host-of-254"),
        pytest.param("bet test", id="space"),
        pytest.param("bet.test\n", id="line-end"),
        pytest.param("bet\t.test", id="tab"),
        pytest.param("bet\x00.test", id="nul"),
        pytest.param("bet%00.test", id="percent-nul"),
        pytest.param("bet%2ftest", id="percent-slash"),
        pytest.param("bet%252etest", id="percent-twice"),
        pytest.param("bet.test/", id="path"),
        pytest.param("bet.test\\good.test", id="backslash"),
        pytest.param("good.test#bet.test", id="fragment"),
        pytest.param("good.test@bet.test", id="user"),
        pytest.param("good.test%40bet.test", id="percent-user"),
        pytest.param("bet.test:80", id="port"),
        pytest.param("[::1]:80", id="ipv6-port"),
        pytest.param("[::1", id="half-a-bracket"),
        pytest.param("good.test@[::1", id="user-and-half-a-bracket"),
        pytest.param("good.test@192.0.2.7:bet.test", id="user-and-a-port-that-is-none"),
        pytest.param("fe80::1%25eth0", id="zone"),
        pytest.param("fe80::1%eth0", id="zone-plain"),
        pytest.param("192.0.2.256", id="ipv4-too-large"),
        pytest.param("192.0.2.7.1", id="five-numbers"),
        pytest.param("bet.1", id="ends-in-a-number"),
        pytest.param("bet.0x", id="ends-in-a-hex-number"),
        pytest.param("4294967296", id="number-too-large"),
        pytest.param("\ud800.test", id="lone-surrogate"),
        pytest.param("\udce9.test", id="byte-that-is-no-text"),
        pytest.param("xn--.é", id="broken-a-label-beside-other-letters"),
        pytest.param("a" * (HOST_INPUT + 1), id="unbounded"),
    ],
)
def test_what_is_no_host_is_refused(written: str) -> None:
    with pytest.raises(UrlRefused):
        normalise_host(written)


def test_a_refusal_does_not_repeat_what_was_refused() -> None:
    """It may end in an operational log, which holds no host."""
    with pytest.raises(UrlRefused) as refused:
        normalise_host("private name.test")
    assert "private" not in str(refused.value)


# Targets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "target"),
    [
        pytest.param("/", "/", id="root"),
        pytest.param("", "/", id="empty"),
        pytest.param("?a", "/?a", id="only-a-query"),
        pytest.param("*", "/*", id="asterisk"),
        pytest.param("/a/b.html?c=d&e", "/a/b.html?c=d&e", id="plain"),
        pytest.param("/Casino/?Q=X", "/casino/?q=x", id="capitals"),
        pytest.param("/%67ambling", "/gambling", id="escaped-letter"),
        pytest.param("/%47AMBLING", "/gambling", id="escaped-capital"),
        pytest.param("/%7Euser/%2Db", "/~user/-b", id="escaped-unreserved"),
        pytest.param("/%28a%29,%2c'%27", "/(a),,''", id="escaped-marks"),
        pytest.param("/a%2Fb%5cc", "/a/b/c", id="escaped-slashes"),
        pytest.param("/a\\b", "/a/b", id="backslash"),
        pytest.param("//a///b", "/a/b", id="doubled-slashes"),
        pytest.param("/web/https://bet.test/", "/web/https:/bet.test/", id="url-in-a-path"),
        pytest.param("/?u=https%3A%2F%2Fbet.test", "/?u=https://bet.test", id="url-in-a-query"),
        pytest.param("/?u=a//b/../c", "/?u=a//b/../c", id="the-query-keeps-its-slashes"),
        pytest.param("/a/../b/./c", "/b/c", id="dot-segments"),
        pytest.param("/a/%2e%2E/b", "/b", id="escaped-dot-segment"),
        pytest.param("/a/.%2e/b", "/b", id="half-escaped-dot-segment"),
        pytest.param("/../../a", "/a", id="above-the-root"),
        pytest.param("/a\\..\\b", "/b", id="dot-segment-of-backslashes"),
        pytest.param("/.../..a/.well-known", "/.../..a/.well-known", id="no-dot-segments"),
        pytest.param("/a;b=c/d", "/a;b=c/d", id="parameters"),
        pytest.param("/a%3Bb", "/a%3bb", id="escaped-parameter-stays"),
        pytest.param("/a%3fb?c%26d%3De%23", "/a%3fb?c%26d%3de%23", id="escaped-delimiters-stay"),
        pytest.param("/%2567", "/%2567", id="one-layer-only"),
        pytest.param("/%%36%37", "/%2567", id="percent-made-of-percents"),
        pytest.param("/100%", "/100%25", id="bare-percent"),
        pytest.param("/%zz%4", "/%25zz%254", id="broken-escape"),
        pytest.param("/é", "/%c3%a9", id="beyond-ascii"),
        pytest.param("/%C3%A9", "/%c3%a9", id="escaped-beyond-ascii"),
        pytest.param("/\udce9", "/%e9", id="byte-that-is-no-text"),
        pytest.param("/\u212aeno", "/%e2%84%aaeno", id="kelvin-sign-is-no-k"),
        pytest.param("/a b", "/a%20b", id="space"),
        pytest.param("/a#b", "/a%23b", id="fragment-is-sent-by-nobody-and-kept"),
        pytest.param("/a?", "/a", id="empty-query"),
        pytest.param("/^%5E{%7B}|%7c`", "/^^%7b%7b%7d||%60", id="marks-the-standard-escapes"),
    ],
)
def test_each_spelling_of_a_target_has_one_matching_form(written: str, target: str) -> None:
    assert normalise_target(written) == target


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("/a%2f..%2fcasino", id="dot-segment-between-escaped-slashes"),
        pytest.param("/a%2F%2e%2E/casino", id="dot-segment-after-an-escaped-slash"),
        pytest.param("/a%5c..%5ccasino", id="dot-segment-between-escaped-backslashes"),
        pytest.param("/casino%2f/../x", id="escaped-slash-before-a-dot-segment"),
        pytest.param("/x//../casino", id="doubled-slash-before-a-dot-segment"),
        pytest.param("/a/%2e%2e%2fcasino", id="dot-segment-before-an-escaped-slash"),
        pytest.param("/a/..;/casino", id="dot-segment-with-a-parameter"),
        pytest.param("/a/..;b=c/casino", id="dot-segment-with-a-pair"),
        pytest.param("/cas\tino", id="tab"),
        pytest.param("/cas\r\nino", id="line-end"),
        pytest.param("/a\ud800", id="lone-surrogate"),
        pytest.param("/" + "a" * TARGET_INPUT, id="unbounded"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(written: str) -> None:
    with pytest.raises(UrlRefused):
        normalise_target(written)


def test_a_list_entry_and_a_request_meet_however_they_are_spelt() -> None:
    spellings = [
        "/Casino/Play?Now=1",
        "//casino/./play?now=1",
        "/%63asino/x/../play?now=%31",
        "\\casino\\play?Now=1",
        "/casino%2Fplay?NOW=1",
    ]
    assert {normalise_target(spelling) for spelling in spellings} == {"/casino/play?now=1"}


# URLs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("http://Example.org", Url("http", "example.org", 80, "/", "/")),
        ("example.org/X?y#z", Url("http", "example.org", 80, "/X", "/x?y")),
        ("example.org:8080", Url("http", "example.org", 8080, "/", "/")),
        ("//example.org/a", Url("http", "example.org", 80, "/a", "/a")),
        ("HTTPS:\\\\example.org\\A", Url("https", "example.org", 443, "/A", "/a")),
        ("https:example.org", Url("https", "example.org", 443, "/", "/")),
        ("https://example.org:00443/", Url("https", "example.org", 443, "/", "/")),
        (f"http://example.org:{'0' * 9000}8080/", Url("http", "example.org", 8080, "/", "/")),
        ("wss://example.org/s", Url("wss", "example.org", 443, "/s", "/s")),
        ("ftp://example.org/pub", Url("ftp", "example.org", 21, "/pub", "/pub")),
        ("http://good.test@bet.test/", Url("http", "bet.test", 80, "/", "/")),
        ("http://good.test:p%40w@x@bet.test:81/", Url("http", "bet.test", 81, "/", "/")),
        ("http://good.test\\@bet.test/", Url("http", "good.test", 80, "/@bet.test/", "/@bet.test/")),
        ("http://bet.test?@good.test/", Url("http", "bet.test", 80, "/", "/?@good.test/")),
        ("http://[::ffff:192.0.2.7]:81/%41", Url("http", "192.0.2.7", 81, "/%41", "/a")),
        (" http://be\nt.test/\t ", Url("http", "bet.test", 80, "/", "/")),
        ("http://xn--a/é", Url("http", "xn--a", 80, "/%C3%A9", "/%c3%a9")),
    ],
)
def test_a_url_is_taken_apart(written: str, url: Url) -> None:
    assert normalise_url(written) == url


@pytest.mark.parametrize(
    "written",
    [
        "",
        "http://",
        "http://:80/",
        "/casino",
        "http://bet.test:99999/",
        "http://bet.test:165535/",
        "http://bet.test:8o/",
        "http://[::1/",
        "http://a b/",
        "mailto:a@example.org",
        "javascript:alert(1)",
        "data:text/html,x",
        "gopher://example.org/",
        "http://example.org/" + "a" * TARGET_INPUT,
    ],
)
def test_what_is_no_web_address_is_refused(written: str) -> None:
    with pytest.raises(UrlRefused):
        normalise_url(written)


# Vectors -----------------------------------------------------------------------------------------


def by_our_rules(host: str | None) -> str | None:
    """What the standard gives, without trailing dot, brackets, and what no resolver answers."""
    if host is None:
        return None
    if host.startswith("["):
        return normalise_host(host)
    host = host.removesuffix(".")
    return host if len(host) <= 253 and all(0 < len(label) <= 63 for label in host.split(".")) else None


def vectors(real_data: Path, name: str) -> list[dict[str, str]]:
    text = (real_data / "vectors" / "wpt-url-ada" / "tests" / "wpt" / name).read_text()
    return [case for case in json.loads(text) if isinstance(case, dict)]


@pytest.mark.real_data
def test_urls_are_read_as_the_standard_says(real_data: Path) -> None:
    """The absolute ones of the schemes we see, each with the matching form of what the standard gives."""
    counted = 0
    for case in vectors(real_data, "urltestdata.json"):
        if not re.match(r"(?i)\s*(?:https?|wss?|ftp)://", case["input"]):
            continue
        counted += 1
        try:
            url = normalise_url(case["input"])
        except UrlRefused:
            assert "failure" in case or by_our_rules(case["hostname"]) is None, case
            continue
        assert "failure" not in case, case
        assert url.scheme == case["protocol"][:-1], case
        assert url.host == by_our_rules(case["hostname"]), case
        assert str(url.port) == case["port"] or not case["port"], case
        assert url.path.replace("^", "%5E") == case["pathname"], case
        assert url.target == normalise_target(case["pathname"] + case["search"]), case
    assert counted == 374


# Characters whose mapping is newer than the parser's tables (Unicode 15.0): Georgian capitals, capital
# sharp s, a few others. Nothing that the standard refuses is let in.
@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "counted", "newer"),
    [("toascii.json", 87, 7), ("IdnaTestV2.json", 2671, 69), ("IdnaTestV2-removed.json", 20, 0)],
)
def test_hosts_are_mapped_as_the_standard_says(real_data: Path, name: str, counted: int, newer: int) -> None:
    cases = vectors(real_data, name)
    differing = [
        case for case in cases if host_or_none(case["input"]) != by_our_rules(case["output"] or None)
    ]
    for case in differing:
        assert not case["input"].isascii(), case
        assert case["output"] is not None, case
        assert host_or_none(case["input"]) is None or "ẞ" in case["input"], case
    assert (len(cases), len(differing)) == (counted, newer)


@pytest.mark.real_data
def test_no_real_request_is_refused(real_data: Path) -> None:
    """38,800 requests of browsers: whatever they ask for can be judged, and hosts alone are hosts."""
    lines = (real_data / "urls" / "typed_requests.dev.jsonl").read_text().splitlines()
    refused = set()
    for line in lines:
        text = json.loads(line)["url"]
        try:
            url = normalise_url(text)
        except UrlRefused:
            refused.add(text)
            continue
        assert normalise_host(url.host) == url.host
        assert normalise_target(url.target) == url.target
    assert len(lines) == 38_800
    assert refused == {"http://", "https://"}


# Properties --------------------------------------------------------------------------------------

HOSTISH = st.text(alphabet="aA.-_%0x1259:[]ßｅ。éxn\u00ad\u200d\ud800\udce9", max_size=40)
TARGETISH = st.text(alphabet="/\\.%2eE5cCfF6a?#;&= ~é\udcff\t", max_size=40)


@given(st.text(max_size=300) | HOSTISH)
@example("xn--ls8h=")
def test_a_normalised_host_is_its_own_normal_form(text: str) -> None:
    host = host_or_none(text)
    assert host is None or (normalise_host(host) == host and 0 < len(host) <= 253 and host.isascii())


@given(st.text(max_size=300) | TARGETISH)
@example("/%%36%37")
@example("/a%2f..%2fb")
def test_a_matching_form_is_its_own(text: str) -> None:
    target = target_or_none(text)
    assert target is None or (normalise_target(target) == target and target.startswith("/"))


@given(TARGETISH)
def test_a_matching_form_has_no_second_reading(text: str) -> None:
    target = target_or_none(text) or "/"
    path = target.partition("?")[0]
    assert target == target.lower()
    assert "//" not in path
    assert "\\" not in path
    assert not {".", ".."} & set(path.split("/"))


@given(st.text(max_size=300))
def test_a_url_is_refused_or_normal_in_each_part(text: str) -> None:
    try:
        url = normalise_url(text)
    except UrlRefused:
        return
    assert normalise_host(url.host) == url.host
    assert normalise_target(url.target) == url.target
    assert 0 <= url.port <= 65535


@pytest.mark.parametrize(
    "piece", ["a", ".", "/", "%", "%2f", "%2e", "/..", "/a/../", "//..", "\\", "é", "\udce9", ":", "@", "["]
)
@pytest.mark.parametrize("function", [normalise_host, normalise_target, normalise_url])
def test_a_hundred_kilobytes_of_anything_cost_a_moment(function: object, piece: str) -> None:
    """The bound is generous for a busy machine; what is quadratic would take minutes."""
    assert callable(function)
    for length in (TARGET_INPUT - 20, 100_000):
        text = "/" + piece * (length // len(piece))
        started = time.process_time()
        with contextlib.suppress(UrlRefused):
            function(text)
        assert time.process_time() - started < 1.0
