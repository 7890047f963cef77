"""Every entry that is held back, with the gravest thing that is against it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from categories.check import find_conflicts
from categories.list_change import LetIn
from categories.plausibility import judge
from categories.plausibility.held import Held
from categories.plausibility.judge import entries_held_back
from categories.plausibility.yardstick import Yardstick
from categories.settings import CategoriesSettings
from policy.document import Policy
from policy.errors import ListRefused
from policy.words import Action, EntryKind
from tests.categories.compiled import sources
from tests.categories.plausibility.beside import newly, told
from tests.samples import NOW, shipped_policy

OPEN = {"essential": "login.vendor.test", "help": "clinic.test\nexample.test/help"}
YARDSTICK = Yardstick(
    settings=CategoriesSettings(protected_hosts=("police.uk",)), visited=("www.shop.test", "clinic.test")
)


@pytest.fixture
def policy() -> Policy:
    return shipped_policy()


def held_back(
    folder: Path,
    policy: Policy,
    lists: Mapping[str, str],
    before: Mapping[str, str] | None = None,
    yardstick: Yardstick = YARDSTICK,
) -> tuple[Held, ...]:
    lists = {**OPEN, **lists}
    beside = newly(folder, lists, {**OPEN, **(before or {})})
    its_sources = sources(folder / "now", lists)
    conflicts = find_conflicts(beside.candidate, its_sources, policy, NOW)
    return entries_held_back(beside, its_sources, policy, yardstick, conflicts)


def test_a_sound_list_goes_through(tmp_path: Path, policy: Policy) -> None:
    text = (
        "bet.test\n*bet365*\nkeyword:online-casino\npath:/casino/\nexample.test/casino\naddress:192.0.2.0/24"
    )
    assert held_back(tmp_path, policy, {"gambling": text}) == ()


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        pytest.param("com.cn", "refused", id="a-public-suffix"),
        pytest.param("keyword:bet", "refused", id="too-short"),
        pytest.param("keyword:search", "refused", id="too-much"),
        pytest.param("clinic.test", "quarantined", id="a-help-host"),
        pytest.param("www.clinic.test", "quarantined", id="below-a-help-host"),
        pytest.param("vendor.test", "quarantined", id="over-an-essential-host"),
        pytest.param("met.police.uk", "quarantined", id="a-protected-host"),
        pytest.param("github.io", "waiting", id="a-private-suffix"),
        pytest.param("shop.test", "waiting", id="a-visited-host"),
        pytest.param("*.uk", "refused", id="the-gravest-of-several"),
        pytest.param("*clinic*", "quarantined", id="the-graver-of-two"),
    ],
)
def test_each_entry_is_held_back_once_for_the_gravest_reason(
    tmp_path: Path, policy: Policy, entry: str, why: str
) -> None:
    held = held_back(tmp_path, policy, {"gambling": f"bet.test\n{entry}\nother.test"})
    assert [(each.list, each.line, each.why.value) for each in held] == [("gambling", 3, why)]


def test_all_of_a_list_is_looked_at_and_the_graver_come_first(tmp_path: Path, policy: Policy) -> None:
    text = "shop.test\nbet.test\nvendor.test\ngithub.io\nclinic.test\ncom.cn"
    assert told(held_back(tmp_path, policy, {"gambling": text})) == [
        ("gambling", "com.cn", "refused"),
        ("gambling", "clinic.test", "quarantined"),
        ("gambling", "vendor.test", "quarantined"),
        ("gambling", "github.io", "waiting"),
        ("gambling", "shop.test", "waiting"),
    ]


def test_an_entry_that_the_category_had_is_held_back_only_where_it_can_never_be_right(
    tmp_path: Path, policy: Policy
) -> None:
    text = "shop.test\nvendor.test\ngithub.io\nclinic.test\ncom.cn\nmet.police.uk"
    held = held_back(tmp_path, policy, {"gambling": f"new.test\n{text}"}, {"gambling.before": text})
    assert told(held) == [("gambling", "com.cn", "refused"), ("gambling", "clinic.test", "quarantined")]


def test_who_lets_an_entry_in_is_not_asked_again_but_some_nobody_lets_in(
    tmp_path: Path, policy: Policy
) -> None:
    entries = ["com.cn", "clinic.test", "vendor.test", "met.police.uk", "github.io", "shop.test"]
    let_in = [LetIn(list="gambling", kind=EntryKind.HOST, entry=entry) for entry in entries]
    known = YARDSTICK.model_copy(update={"let_in": tuple(let_in)})
    lists = {"gambling": "\n".join(entries), "games": "shop.test"}
    assert told(held_back(tmp_path, policy, lists, yardstick=known)) == [
        ("gambling", "com.cn", "refused"),
        ("gambling", "clinic.test", "quarantined"),
        ("games", "shop.test", "waiting"),  # another list's
    ]


@pytest.mark.parametrize("category", ["privileged", "essential"])
def test_what_opens_a_host_restricts_nobody(tmp_path: Path, policy: Policy, category: str) -> None:
    """An organisation may call its own police.uk privileged, and nobody's com.cn."""
    text = "shop.test\nmet.police.uk\npolice.uk\ncom.cn"
    held = held_back(tmp_path, policy, {f"{category}.own": text}, {"gambling": "bet.test"})
    assert [each.entry for each in held if each.list.endswith(".own")] == ["com.cn"]


def test_a_category_that_the_policy_allows_restricts_nobody(tmp_path: Path, policy: Policy) -> None:
    """But a suffix is asked after all the same."""
    assert policy.rules["forums"].action is Action.ALLOW
    text = "shop.test\nmet.police.uk\ngithub.io"
    held = held_back(tmp_path, policy, {"forums": text, "games": text})
    assert [each.entry for each in held if each.list == "forums"] == ["github.io"]
    assert len([each for each in held if each.list == "games"]) == 3


def test_a_list_of_which_too_much_would_be_held_back_is_refused(
    tmp_path: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "MOST_HELD", 3)
    hosts = [f"a{number}.police.uk" for number in range(4)]
    lists = {"gambling": "\n".join(hosts[:3]), "games": "\n".join(hosts[:3])}
    assert len(held_back(tmp_path / "enough", policy, lists)) == 6
    with pytest.raises(
        ListRefused,
        match=r"^gambling: more than 3 of its entries would be held back, the last of them a\d\.police",
    ):
        held_back(tmp_path / "more", policy, {"gambling": "\n".join(hosts)})
