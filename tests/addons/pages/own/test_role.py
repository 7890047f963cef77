"""A person acts in one of their own roles and in no other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from addons.desk.protocol import Away, ChooseRole, Done, NotDone
from addons.pages.own import paths
from addons.pages.strings import role as strings
from policy.people import HeldRole, People, Person
from policy.words import Standing
from tests.addons.desk.fakes import FakeDesk
from tests.addons.pages.own.samples import NOBODY, PERSON, get, made, post, shown, tools
from tests.samples import NOW

ROLES = ("licensing", "trainer")


def test_the_roles_that_are_held_are_offered_and_the_active_one_is_marked() -> None:
    page, _ = shown(get(paths.ROLE, who=replace(PERSON, role="trainer")), None, *ROLES)
    body = page.body.decode()
    assert body.count('type="radio"') == 2
    checked = body.partition(" checked")[0].rpartition("<input")[2]
    assert 'value="trainer"' in checked
    assert strings.NOW in body


def test_a_role_of_ones_own_is_chosen() -> None:
    page, desk = shown(post(paths.ROLE, {"role": "trainer"}), {ChooseRole: Done()}, *ROLES)
    assert desk.asked == [ChooseRole("", "ab1234", "trainer")]
    assert "you act as: trainer" in page.body.decode()


@pytest.mark.parametrize(
    "chosen",
    ["", "chief", "LICENSING", "licensing,trainer", "licensing\x00x", " ", "<b>licensing</b>"],
)
def test_a_role_that_is_not_held_is_never_asked_for(chosen: str) -> None:
    page, desk = shown(post(paths.ROLE, {"role": chosen}), {ChooseRole: Done()}, *ROLES)
    assert page.status == 422
    assert desk.asked == []
    assert strings.ROLE_MISSING in page.body.decode()


@pytest.mark.parametrize("role", ["duty  officer", "e\u0301quipe", "editor "])
def test_a_role_is_chosen_however_the_register_spells_it(role: str) -> None:
    page, desk = shown(post(paths.ROLE, {"role": role}), {ChooseRole: Done()}, role, "trainer")
    assert page.status == 200
    assert desk.asked == [ChooseRole("", "ab1234", role)]


def test_a_role_that_has_run_out_is_neither_offered_nor_taken() -> None:
    held = (
        HeldRole("licensing", NOW + timedelta(days=1)),
        HeldRole("trainer", NOW),
        HeldRole("x", NOW + timedelta(1)),
    )
    people = People.of([Person("", "ab1234", roles=held)])
    desk = FakeDesk({ChooseRole: Done()})
    by = replace(tools(desk), people=lambda: people)
    assert "trainer" not in made(get(paths.ROLE), by).body.decode()
    assert made(post(paths.ROLE, {"role": "trainer"}), by).status == 422
    assert desk.asked == []


def test_a_role_of_ones_namesake_elsewhere_is_not_ones_own() -> None:
    held = tuple(HeldRole(role, NOW + timedelta(days=1)) for role in ROLES)
    people = People.of([Person("county", "ab1234", roles=held), Person("", "ab1234")])
    by = replace(tools(FakeDesk()), people=lambda: people)
    assert strings.NONE in made(get(paths.ROLE), by).body.decode()


@pytest.mark.parametrize(
    ("roles", "says"),
    [((), strings.NONE), (("licensing",), strings.ONE.format(role="licensing"))],
)
def test_without_several_there_is_nothing_to_choose(roles: tuple[str, ...], says: str) -> None:
    for request in (get(paths.ROLE), post(paths.ROLE, {"role": "licensing"})):
        page, desk = shown(request, {ChooseRole: Done()}, *roles)
        assert says in page.body.decode()
        assert desk.asked == []


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [(NotDone("not-held"), 409, strings.NOT_HELD), (Away(), 503, "cannot keep anything")],
)
def test_what_was_not_kept_is_said(answer: NotDone | Away, status: int, says: str) -> None:
    page, _ = shown(post(paths.ROLE, {"role": "trainer"}), {ChooseRole: answer}, *ROLES)
    assert (page.status, says in page.body.decode()) == (status, True)


@pytest.mark.parametrize(
    "who", [NOBODY, replace(PERSON, standing=Standing.DISABLED)], ids=["nobody", "disabled"]
)
def test_nobody_chooses_a_role(who: object) -> None:
    page, desk = shown(post(paths.ROLE, {"role": "trainer"}, who=who), {ChooseRole: Done()}, *ROLES)  # type: ignore[arg-type]  # of two kinds of sample
    assert page.status == 403
    assert desk.asked == []
