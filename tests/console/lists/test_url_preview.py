"""The URLs of a file before and after a change: each counted, by host."""

from console.lists.replay import Change
from console.lists.url_preview import ChangedHost, preview_urls
from policy.words import Verdict
from tests.console.lists.replaying import replay

NEWLY_BLOCKED = Change(Verdict.ALLOW, Verdict.BLOCK, "gambling", "gambling")
NEWLY_ALLOWED = Change(Verdict.BLOCK, Verdict.ALLOW, "gambling", "gambling")


def test_every_line_is_judged_before_and_after() -> None:
    asked = replay({"old.test": ("gambling",)}, {"new.test": ("gambling",), "a.test/x": ("gambling",)})
    lines = [
        b"\xef\xbb\xbfhttps://new.test/",
        b"http://new.test/other\r",
        b"www.new.test",
        b"https://A.test/x",
        b"https://a.test/y",
        b"old.test",
        b"",
        b"  ",
        b"ftp:",
        b"\xff\xfe",
        b"free.test",
    ]
    found = preview_urls(lines, asked)
    assert (found.urls, found.unreadable) == (7, 2)
    assert found.changed == {
        NEWLY_BLOCKED: {"new.test": 2, "www.new.test": 1, "a.test": 1},
        NEWLY_ALLOWED: {"old.test": 1},
    }
    assert found.towards(Verdict.BLOCK) == [
        ChangedHost("new.test", 2, "gambling", "gambling"),
        ChangedHost("a.test", 1, "gambling", "gambling"),
        ChangedHost("www.new.test", 1, "gambling", "gambling"),
    ]
    assert found.towards(Verdict.CONFIRM) == []


def test_a_file_without_a_line_changes_nothing() -> None:
    found = preview_urls([], replay({}, {"new.test": ("gambling",)}))
    assert (found.urls, found.unreadable, found.changed) == (0, 0, {})
