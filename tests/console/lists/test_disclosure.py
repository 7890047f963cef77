"""What may be shown: exact where ten people made it, rounded or nothing where fewer did."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.lists.disclosure import Figures, Shown, ShownHost, Source, disclose
from console.lists.impact import Impact
from db.replay import FEW, Asked
from policy.words import Verdict
from tests.console.lists.replaying import ALLOWED, REFUSED, replay

GAMBLING = Source("gambling", "gambling")
NOTHING = Figures(0, 0, 0)
OF_FEW = Figures(None, None, "fewer than 10")


class Asking(NamedTuple):
    """One person, or somebody who is not known, asking for a host so many times."""

    host: str
    person: int | None
    times: int = 1
    visit: bool = True


class Log:
    """A log of who asked for what: counts people as the database does."""

    def __init__(self, asked: Iterable[Asking]) -> None:
        self._asked = list(asked)

    def people(self, wanted: Collection[Asked]) -> Mapping[int, int]:
        known: defaultdict[int, set[int | None]] = defaultdict(set)
        for part, host, path in wanted:
            known[part] |= {each.person for each in self._asked if (each.host, None) == (host, path)}
            known[part].discard(None)
        return {part: len(each) if len(each) >= FEW else 0 for part, each in known.items() if each}

    def previewed(self, *listed: str, confidential: Collection[str] = ()) -> Shown:
        """What a preview of listing these hosts shows of it."""
        asked, impact = replay({}, dict.fromkeys(listed, ("gambling",))), Impact()
        for each in self._asked:
            impact.add(ALLOWED._replace(host=each.host, decisions=each.times, visit=each.visit), asked)
        return disclose(impact, Verdict.BLOCK, self.people, confidential)


def asking(host: str, people: int, times: int = 1, first: int = 0) -> list[Asking]:
    return [Asking(host, first + n, times) for n in range(people)]


def test_a_host_that_ten_people_asked_for_is_named_with_exact_counts() -> None:
    shown = Log([*asking("bet.test", 12, 3), Asking("bet.test", None, 5, visit=False)]).previewed("bet.test")
    figures = Figures(36, 5, 12)
    assert shown.at_named_hosts == figures
    assert shown.at_other_hosts == NOTHING
    assert shown.hosts == (ShownHost("bet.test", GAMBLING, figures),)
    assert [(each.source, each.at_named_hosts) for each in shown.by_list] == [(GAMBLING, figures)]


def test_a_host_that_an_entry_of_a_confidential_list_is_about_is_counted_and_not_named() -> None:
    """Whoever could see it would see the entry."""
    shown = Log(asking("bet.test", 12)).previewed("bet.test", confidential={"gambling"})
    assert shown.hosts == (ShownHost("confidential", GAMBLING, Figures(12, 0, 12)),)


def test_a_host_that_nine_people_asked_for_is_not_named_and_not_counted() -> None:
    shown = Log(asking("bet.test", FEW - 1, 500)).previewed("bet.test")
    assert shown.hosts == ()
    assert shown.at_named_hosts == NOTHING
    assert shown.at_other_hosts == OF_FEW
    assert [each.at_other_hosts for each in shown.by_list] == [OF_FEW]


def test_hosts_of_few_are_one_figure_rounded_to_tens_once_ten_people_make_it_up() -> None:
    """Twelve people, each at a site of their own, and one of them four times."""
    sites = [Asking(f"{n}.test", n, 4 if n == 0 else 1) for n in range(12)]
    shown = Log(sites).previewed(*(each.host for each in sites))
    assert shown.hosts == ()
    assert shown.at_other_hosts == Figures(20, 0, 10)


def test_nobody_known_means_no_host_is_named_and_small_counts_are_not_shown() -> None:
    many = [Asking("bet.test", None, 234), Asking("bet.test", None, 3, visit=False)]
    shown = Log(many).previewed("bet.test")
    assert shown.hosts == ()
    assert shown.at_other_hosts == Figures(230, "fewer than 10", "not known")


def test_nothing_that_changes_is_shown_as_nothing() -> None:
    shown = Log(asking("bet.test", 20)).previewed("other.test")
    assert (shown.at_named_hosts, shown.at_other_hosts) == (NOTHING, NOTHING)
    assert (shown.by_list, shown.hosts) == ((), ())


def test_people_are_counted_once_however_many_hosts_they_asked_for() -> None:
    shown = Log([*asking("a.test", 15), *asking("b.test", 12, first=10)]).previewed("a.test", "b.test")
    assert shown.at_named_hosts == Figures(27, 0, 22)


def test_the_most_visited_come_first_and_equal_ones_by_name() -> None:
    asked = [*asking("b.test", 10), *asking("a.test", 10), *asking("c.test", 10, 2)]
    shown = Log(asked).previewed("a.test", "b.test", "c.test")
    assert [each.host for each in shown.hosts] == ["c.test", "a.test", "b.test"]


@pytest.mark.parametrize(
    ("visits", "shown"), [(10, 10), (14, 10), (15, 20), (105, 110), (9, "fewer than 10")]
)
def test_counts_of_other_hosts_are_to_the_nearest_ten(visits: int, shown: object) -> None:
    found = Log([Asking("bet.test", None, visits)]).previewed("bet.test")
    assert found.at_other_hosts.visits == shown


def test_of_a_host_of_which_some_pages_change_no_count_is_exact() -> None:
    """Else two previews, the second with one page more, would tell of whoever was there alone."""

    def figures(*pages: str) -> list[Figures]:
        impact, judged = Impact(), replay({"bet.test": ("gambling",)}, {"bet.test/other": ("gambling",)})
        kept = replay({"bet.test": ("gambling",)}, {"bet.test": ("gambling",)})
        for page, number in (("/a", 43), ("/b", 1)):
            request = REFUSED._replace(host="bet.test", path=page, decisions=number)
            impact.add(request, judged if page in pages else kept)

        def people(wanted: Collection[Asked]) -> Mapping[int, int]:
            """Twelve at the one page, one more at the other."""
            at = {part: {each.path for each in wanted if each.part == part} for part, _, _ in wanted}
            return {part: 13 if paths == {"/a", "/b"} else 12 for part, paths in at.items()}

        shown = disclose(impact, Verdict.ALLOW, people)
        return [shown.at_named_hosts, shown.hosts[0].figures, shown.by_list[0].at_named_hosts]

    assert figures("/a") == [Figures(40, 0, 10)] * 3
    assert figures("/a", "/b") == [Figures(44, 0, 13)] * 3, "all of the host, which is exact"


PEOPLE = st.lists(
    st.builds(
        Asking,
        host=st.sampled_from([f"{n}.test" for n in range(6)]),
        person=st.one_of(st.none(), st.integers(0, 14)),
        times=st.integers(1, 30),
        visit=st.booleans(),
    ),
    max_size=60,
)


@given(PEOPLE)
def test_no_host_and_no_exact_count_is_shown_of_fewer_than_ten_people(asked: list[Asking]) -> None:
    people: defaultdict[str, set[int | None]] = defaultdict(set)
    for each in asked:
        people[each.host] |= {each.person} - {None}
    shown = Log(asked).previewed(*{each.host for each in asked})
    of_many = {host for host, known in people.items() if len(known) >= FEW}
    assert {each.host for each in shown.hosts} == of_many
    for figures in (shown.at_other_hosts, *(each.at_other_hosts for each in shown.by_list)):
        for number in (figures.visits, figures.other_requests, figures.people):
            assert not isinstance(number, int) or number % 10 == 0


@given(PEOPLE, st.integers(1, FEW - 1), st.integers(1, 30))
def test_one_host_more_that_few_people_asked_for_changes_no_exact_figure(
    asked: list[Asking], people: int, times: int
) -> None:
    """Two previews, the second with one host more: what is exact in them differs in nothing."""
    log = Log([*asked, *asking("rare.test", people, times)])
    listed = {each.host for each in asked}
    without, with_it = log.previewed(*listed), log.previewed(*listed, "rare.test")
    assert with_it.at_named_hosts == without.at_named_hosts
    assert with_it.hosts == without.hosts
    assert [each.at_named_hosts for each in with_it.by_list if each.at_named_hosts != NOTHING] == [
        each.at_named_hosts for each in without.by_list if each.at_named_hosts != NOTHING
    ]
