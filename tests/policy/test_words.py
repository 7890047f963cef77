"""The words that are stored for years: adding one is a change here, changing one is a mistake."""

from enum import StrEnum

import pytest

from policy import words

STORED: dict[type[StrEnum], set[str]] = {
    words.Action: {"allow", "confirm", "block"},
    words.Verdict: {"allow", "confirm", "block"},
    words.Reason: {
        "essential", "never-exempt", "break-glass", "local-allow", "local-block", "exempted", "confirmed",
        "listed", "not-listed", "name-mismatch", "tunnel", "notice", "sign-up", "allowance", "own-page",
        "no-person", "unknown-person", "disabled", "malformed", "port",
        "private-address", "not-http", "websocket", "too-much", "log-full", "undecidable",
    },
    words.Step: {"connect", "sni", "request", "body", "websocket", "raw"},
    words.Resource: {"visit", "navigation", "prefetch", "embedded", "background", "unknown"},
    words.NameSource: {"connect", "sni", "host", "authority", "target", "address"},
    words.PersonHow: {"none", "negotiate", "basic", "header", "page", "device"},
    words.Standing: {"good", "unknown", "disabled", "ended", "device-disabled"},
    words.EntryKind: {
        "host", "prefix", "path", "file-name", "keyword", "pattern", "address", "search-term",
    },
    words.FoundBy: {"host-index", "prefix-index", "automaton", "address-table", "confidential"},
    words.CategoryKind: {"ordinary", "essential", "privileged", "help"},
    words.ExemptionRule: {"never", "named-person", "work-purpose"},
    words.RecordLevel: {"category", "anonymous", "site", "full"},
    words.RetentionClass: {"refused", "confirmed", "exempted", "visit", "other", "privileged"},
    words.Purpose: {"breach", "crime", "quality"},
    words.Ended: {
        "complete", "refused", "client-left", "origin-left", "no-such-name", "private-address",
        "unreachable", "bad-certificate", "timeout", "too-much", "break-glass-over", "error",
    },
    words.BreakGlassEvent: {"opened", "closed", "bypassed", "confirmed", "reported"},
    words.ProposalOutcome: {"approved", "refused", "taken-back"},
    words.RequestOutcome: {"granted", "refused", "taken-back"},
    words.ReportKind: {"not-meant", "not-blocked", "wrong-category"},
    words.ReviewerRole: {
        "line-manager", "professional-standards", "information-security", "it", "statistics",
        "data-protection", "auditor",
    },
    words.AuthorityOutcome: {"granted", "refused", "taken-back"},
    words.Replayed: {"same", "different", "cannot-be-told"},
}  # fmt: skip


@pytest.mark.parametrize("kind", STORED, ids=lambda kind: kind.__name__)
def test_stored_words_do_not_change(kind: type[StrEnum]) -> None:
    assert {member.value for member in kind} == STORED[kind]


def test_every_enumeration_is_watched() -> None:
    defined = {
        value
        for value in vars(words).values()
        if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum
    }
    assert defined == set(STORED)


def test_block_is_stricter_than_confirm_and_confirm_than_allow() -> None:
    for kind in (words.Verdict, words.Action):
        assert [member.value for member in sorted(kind, key=lambda m: m.strictness)] == [
            "allow",
            "confirm",
            "block",
        ]


def test_record_levels_rank_from_least_to_most() -> None:
    assert [level.rank for level in words.RecordLevel] == [0, 1, 2, 3]
