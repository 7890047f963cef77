"""The policy file: what it must say, and how it says what is wrong."""

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.document import MOST_BYTES, SHIPPED, parse_policy, read_policy
from policy.errors import ConfigurationError
from policy.words import Action, CategoryKind, ExemptionRule, RetentionClass
from tests.policy.policies import policy_with
from tests.samples import policy_with_authority, shipped_policy

TEXT = SHIPPED.read_text("utf-8")


def read(tmp_path: Path, text: str | bytes) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    read_policy(path)


@pytest.mark.parametrize(
    ("category", "action", "exemption"),
    [
        ("pornography", Action.BLOCK, ExemptionRule.NAMED_PERSON),
        ("gambling", Action.BLOCK, ExemptionRule.NAMED_PERSON),
        ("games", Action.BLOCK, ExemptionRule.NAMED_PERSON),
        ("offensive", Action.BLOCK, ExemptionRule.NAMED_PERSON),
        ("piracy", Action.BLOCK, ExemptionRule.NAMED_PERSON),
        ("malware", Action.BLOCK, ExemptionRule.NEVER),
        ("phishing", Action.BLOCK, ExemptionRule.NEVER),
        ("proxies_anonymisers", Action.BLOCK, ExemptionRule.NEVER),
        ("social_media", Action.BLOCK, ExemptionRule.WORK_PURPOSE),
        ("chat", Action.BLOCK, ExemptionRule.WORK_PURPOSE),
        ("messaging", Action.BLOCK, ExemptionRule.WORK_PURPOSE),
        ("software_downloads", Action.BLOCK, ExemptionRule.WORK_PURPOSE),
        ("webmail", Action.ALLOW, ExemptionRule.WORK_PURPOSE),
        ("file_sharing", Action.ALLOW, ExemptionRule.WORK_PURPOSE),
        ("ai_assistants", Action.ALLOW, ExemptionRule.WORK_PURPOSE),
        ("forums", Action.ALLOW, ExemptionRule.WORK_PURPOSE),
        ("blogs", Action.ALLOW, ExemptionRule.WORK_PURPOSE),
        ("video_conferencing", Action.ALLOW, ExemptionRule.WORK_PURPOSE),
    ],
)
def test_the_shipped_policy_follows_the_provisions(
    category: str, action: Action, exemption: ExemptionRule
) -> None:
    rule = shipped_policy().rules[category]
    assert (rule.action, rule.exemption) == (action, exemption)
    assert rule.clauses, "each rule quotes its clause"
    assert rule.reason.endswith(".")


def test_the_shipped_policy_names_nobody_and_says_what_follows() -> None:
    gaps = dict(shipped_policy().gaps(date(2026, 3, 4)))
    assert set(gaps) == {
        "about.organisation",
        "about.owner",
        "about.service_desk",
        "about.next_review",
        "standing_authority",
    }
    assert "nobody is named in the log" in gaps["standing_authority"]


def test_a_whole_policy_has_no_gaps_until_a_date_passes() -> None:
    policy = policy_with_authority()
    assert list(policy.gaps(date(2026, 3, 4))) == []
    assert [key for key, _ in policy.gaps(date(2027, 6, 1))] == ["about.next_review", "standing_authority"]


@pytest.mark.parametrize(
    ("on", "in_force"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_a_standing_authority_holds_from_its_date_to_its_review(on: date, in_force: bool) -> None:
    assert policy_with_authority().authority.in_force(on) is in_force


def test_clauses_are_quoted_with_their_document() -> None:
    assert shipped_policy().quote("S3.2.8") == "W1001 ICT acceptable use (August 2023), clause 3.2.8"


def test_every_class_of_record_has_a_period_and_every_kind_is_there() -> None:
    policy = shipped_policy()
    assert set(policy.records) == set(RetentionClass)
    for kind in CategoryKind:
        assert policy.of_kind(kind)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(("title = \"Malware\"", "titel = \"Malware\""), ["category.malware", "title"], id="misspelt"),
        pytest.param(('[default]', '[default]\ncolour = "red"'), ["default.colour", "unknown key"], id="unknown-key"),
        pytest.param(('action = "allow"           # P3.1', 'action = "maybe" # P3.1'), ["default.action", "'allow'"], id="no-such-action"),
        pytest.param(('action = "allow"           # P3.1', 'action = "confirm" # P3.1'), ["default.action", "'allow'"], id="a-purpose-for-no-category"),
        pytest.param(("keep_days = 90", "keep_days = 0"), ["record.visit.keep_days", "greater than"], id="no-retention"),
        pytest.param(("[record.other]\nlevel = \"anonymous\"\nkeep_days = 30\n", ""), ["record.other", "retention period"], id="a-class-without-a-period"),
        pytest.param(("change_days = 2190", ""), ["keep.change_days: missing; expected as in the shipped policy"], id="a-table-without-a-period"),
        pytest.param(('clause = "S3.8.2"', 'clause = "X3.8.2"'), ["category.piracy.clause", "X3.8.2"], id="a-clause-of-no-document"),
        pytest.param(('level = "category"\nkeep_days = 30', 'level = "site"\nkeep_days = 30'), ["record.privileged.level"], id="privileged-in-clear"),
        pytest.param(('kind = "help"\naction = "allow"', 'kind = "help"\naction = "block"'), ["category.help", "action"], id="help-blocked"),
        pytest.param(('purposes = []', 'purposes = ["curiosity"]'), ["standing_authority.purposes", "'breach'"], id="a-purpose-nobody-announced"),
        pytest.param(('[category.essential]', '[category."Es sential"]'), ["category", "match"], id="a-category-name-that-is-none"),
        pytest.param(('kind = "essential"', ""), ['category: none has kind "essential"'], id="no-essential-category"),
        pytest.param(('kind = "help"', ""), ['category: none has kind "help"'], id="no-help-category"),
        pytest.param(('record = "anonymous"\nretention = "other"', 'record = "category"\nretention = "other"'), ["category.essential: retention: ", 'has retention "privileged"'], id="a-category-row-beside-others"),
        pytest.param(("[about]", "[about"), ["not a TOML file"], id="not-toml"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_file_key_and_what_was_expected(
    tmp_path: Path, change: tuple[str, str], expected: list[str]
) -> None:
    assert change[0] in TEXT
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, TEXT.replace(change[0], change[1], 1))
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / 'policy.toml'}: ")
    assert "\n" not in message
    for part in expected:
        assert part in message


def test_a_file_that_is_not_there_or_not_text_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_policy(tmp_path / "absent.toml")
    with pytest.raises(ConfigurationError, match="not a TOML file"):
        read(tmp_path, b"\xff\xfe\x00")


def test_what_never_ends_or_never_begins_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", tmp_path, Path("/dev/zero")):
        with pytest.raises(ConfigurationError, match="cannot be read"):
            read_policy(path)
    padding = MOST_BYTES - len(TEXT.encode())
    read(tmp_path, TEXT + "#" * padding)
    with pytest.raises(ConfigurationError, match="more than 1,048,576 bytes"):
        read(tmp_path, TEXT + "#" * (padding + 1))


def test_the_digest_names_the_very_text(tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text(TEXT)
    two.write_text(TEXT + "\n# a comment\n")
    assert read_policy(one).digest == shipped_policy().digest
    assert read_policy(two).digest != shipped_policy().digest


def test_the_one_standard_level_is_the_policy_without_what_departs_from_it() -> None:
    departs = policy_with(
        """
        [[departure]]
        name = "one"
        categories = ["webmail"]
        units = ["Patrol"]
        action = "block"
        reason = "R."
        because = "B."
        [allowance]
        categories = ["games"]
        minutes_a_day = 30
        """
    )
    assert (departs.standard.departures, departs.standard.allowance) == ((), None)
    assert departs.standard.rules == departs.rules
    assert len(departs.departures) == 1


@given(st.integers(0, len(TEXT)), st.integers(0, 40), st.text(alphabet='[]{}"=#\n.x1é\\', max_size=12))
def test_whatever_is_done_to_a_policy_it_is_one_or_says_in_one_line_why_not(
    at: int, cut: int, put: str
) -> None:
    text = TEXT[:at] + put + TEXT[at + cut :]
    try:
        policy = parse_policy(text.encode(), Path("policy.toml"))
    except ConfigurationError as error:
        assert str(error).startswith("policy.toml: ")
    else:
        assert policy.text == text


@pytest.mark.parametrize("raw", [b"a = " + b"[" * 20_000, b"\x00", b"", b"about = 3", b"[[about]]"])
def test_what_is_no_policy_at_all_is_a_configuration_error(raw: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"^policy\.toml: "):
        parse_policy(raw, Path("policy.toml"))
