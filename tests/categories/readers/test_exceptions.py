"""What exceptions take away: entries of their own list, at or below what they name, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.entries import Entry, starts_at_boundary
from categories.readers import read_blocks
from categories.readers.exceptions import MOST_EXCEPTIONS, Exceptions, Exempted, exempted_by
from policy.errors import ListRefused
from policy.words import EntryKind

HOST, PREFIX, PATTERN = EntryKind.HOST, EntryKind.PREFIX, EntryKind.PATTERN


@pytest.mark.parametrize(
    ("exempted", "kind", "text", "taken"),
    [
        pytest.param(Exempted("bet.test"), HOST, "bet.test", True, id="the-host-itself"),
        pytest.param(Exempted("bet.test"), HOST, "www.bet.test", True, id="below-it"),
        pytest.param(Exempted("bet.test"), HOST, "notbet.test", False, id="only-the-same-ending"),
        pytest.param(Exempted("www.bet.test"), HOST, "bet.test", False, id="its-parent"),
        pytest.param(Exempted("test"), HOST, "bet.test", True, id="below-a-suffix"),
        pytest.param(Exempted("192.0.2.7"), HOST, "192.0.2.7", True, id="an-address"),
        pytest.param(Exempted("2.7"), HOST, "2001:db8::7", False, id="an-ipv6-address"),
        pytest.param(Exempted("bet.test", alone=True), HOST, "bet.test", True, id="that-very-name"),
        pytest.param(Exempted("bet.test", alone=True), HOST, "www.bet.test", False, id="a-more-exact-name"),
        pytest.param(Exempted("bet.test"), PREFIX, "bet.test/a", True, id="a-url-of-the-host"),
        pytest.param(Exempted("bet.test"), PREFIX, "a.bet.test/", True, id="all-urls-of-a-host-below"),
        pytest.param(Exempted("bet.test"), PATTERN, "*.bet.test/a*", True, id="urls-of-the-host"),
        pytest.param(Exempted("bet.test"), PATTERN, "ads*.bet.test", True, id="hosts-below-by-a-star"),
        pytest.param(Exempted("bet.test"), PATTERN, "*bet.test", False, id="hosts-that-end-so"),
        pytest.param(Exempted("bet.test"), PATTERN, "bet.*", False, id="hosts-that-begin-so"),
        pytest.param(Exempted("bet.test"), PATTERN, r"/bet\.test/", False, id="an-expression"),
        pytest.param(Exempted("bet.test", "/a"), HOST, "bet.test", False, id="all-of-the-host-for-some-urls"),
        pytest.param(
            Exempted("bet.test", "/a"), PREFIX, "bet.test/a/b", True, id="a-url-below-the-beginning"
        ),
        pytest.param(Exempted("bet.test", "/a"), PREFIX, "bet.test/ab", True, id="a-url-with-the-beginning"),
        pytest.param(Exempted("bet.test", "/a"), PREFIX, "bet.test/b", False, id="another-url"),
        pytest.param(
            Exempted("bet.test", "/a"), PATTERN, "*.www.bet.test/a*", True, id="urls-of-a-host-below"
        ),
        pytest.param(Exempted("bet.test", "/a", whole=True), PREFIX, "bet.test/a", True, id="the-segment"),
        pytest.param(Exempted("bet.test", "/a", whole=True), PREFIX, "bet.test/a/b", True, id="below-it-too"),
        pytest.param(Exempted("bet.test", "/a", whole=True), PREFIX, "bet.test/ab", False, id="a-longer-one"),
        pytest.param(
            Exempted("bet.test", "/a", whole=True), PATTERN, "*.bet.test/a*", False, id="wider-urls"
        ),
    ],
)
def test_an_exception_takes_away_what_is_at_or_below_it(
    exempted: Exempted,
    kind: EntryKind,
    text: str,
    taken: bool,
) -> None:
    exceptions = Exceptions([exempted])
    entry = Entry(kind, text, 1)
    assert list(exceptions.keep([entry])) == ([] if taken else [entry])
    assert exceptions.taken_away == taken


def test_of_two_exceptions_of_one_beginning_the_wider_one_counts() -> None:
    whole, not_whole = Exempted("bet.test", "/a", whole=True), Exempted("bet.test", "/a")
    for several in ([whole, not_whole], [not_whole, whole]):
        assert list(Exceptions(several).keep([Entry(PREFIX, "bet.test/ab", 1)])) == []


def test_many_exceptions_of_one_host_cost_no_more_than_one() -> None:
    """Each entry against each exception would be four thousand million comparisons."""
    exceptions = Exceptions(Exempted("bet.test", f"/{number}/") for number in range(20_000))
    entries = [Entry(PREFIX, f"bet.test/{number}/a", number) for number in range(0, 200_000, 10)]
    entries += [Entry(HOST, "bet.test", 1)] * 200_000
    assert sum(1 for _ in exceptions.keep(entries)) == 18_000 + 200_000
    assert (exceptions.taken_away, exceptions.without_effect) == (2_000, 20_000)


@pytest.mark.parametrize(
    ("kind", "text", "exempted"),
    [
        (HOST, "bet.test", Exempted("bet.test")),
        (PREFIX, "bet.test/a", Exempted("bet.test", "/a", whole=True)),
        (PATTERN, "*.bet.test/a*", Exempted("bet.test", "/a")),
        (PATTERN, "*.bet.test", Exempted("bet.test")),
        (PATTERN, "bet*.test", None),
        (PATTERN, "*.bet*.test/a*", None),
        (PATTERN, "/bet/", None),
    ],
)
def test_what_an_exception_names(kind: EntryKind, text: str, exempted: Exempted | None) -> None:
    assert exempted_by(kind, text) == exempted


@pytest.mark.parametrize(
    ("exempted", "without_effect"),
    [
        pytest.param(Exempted("help.bet.test"), 1, id="below-a-listed-host"),
        pytest.param(Exempted("help.bet.test", alone=True), 1, id="a-more-exact-name"),
        pytest.param(Exempted("bet.test", "/help"), 1, id="a-part-of-a-listed-host"),
        pytest.param(Exempted("bet.test"), 0, id="the-listed-host"),
        pytest.param(Exempted("test"), 0, id="above-a-listed-host"),
        pytest.param(Exempted("other.test"), 0, id="another-host"),
    ],
)
def test_an_exception_carves_nothing_out_of_a_listed_host(exempted: Exempted, without_effect: int) -> None:
    exceptions = Exceptions([exempted, exempted])
    list(exceptions.keep([Entry(HOST, "bet.test", 1), Entry(HOST, "bet.test", 2)]))
    assert exceptions.without_effect == without_effect


def test_an_exception_may_stand_anywhere_in_its_list() -> None:
    text = (
        b"@@||bet.test^\n||bet.test^\n||www.bet.test^$important\n||casino.test^\n@@||a.casino.test^\n##.ad\n"
    )
    read = read_blocks([text], "a list")
    assert list(read.entries) == [Entry(HOST, "casino.test", 4)]
    counts = (read.entry_count, read.exceptions, read.taken_away, read.without_effect, read.not_applicable)
    assert counts == (1, 2, 2, 1, 1)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_an_exception_is_found_wherever_blocks_end(size: int) -> None:
    text = b"||bet.test^\n||casino.test^\n@@||bet.test^\n"
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    assert [entry.text for entry in read_blocks(blocks, "a list").entries] == ["casino.test"]


def test_exceptions_of_every_format_take_away() -> None:
    lists = (
        b"||bet.test^\n||a.test^\n@@||bet.test^\n",
        b"local=/bet.test/\nlocal=/a.test/\nserver=/bet.test/#\n",
        b'local-zone: "bet.test" static\nlocal-zone: "a.test" static\nlocal-zone: "bet.test" transparent\n',
        b"$Origin rpz.test.\nbet.test CNAME .\na.test CNAME .\nbet.test.rpz.test. CNAME Rpz-PassThru.\n",
        b"bet.test\na.test\nb.test\n@@||bet.test^\n@@||b.test^\n",
    )
    read = [read_blocks([text], "a list") for text in lists]
    assert [[entry.text for entry in each.entries] for each in read] == [["a.test"]] * len(lists)
    assert [each.format for each in read] == ["adblock", "dnsmasq", "unbound", "rpz", "domains"]


def test_a_list_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(ListRefused, match="no entries in it"):
        list(read_blocks([b"||www.bet.test^\n@@||bet.test^\n"], "a list").entries)


def test_a_bad_line_makes_no_list_of_one_of_which_nothing_is_left() -> None:
    """Else a list of less than ten entries, which may lose them all, would be emptied."""
    text = b"[Adblock Plus]\n||no host^\n" + b"".join(
        b"||bet%d.test^\n@@||bet%d.test^\n" % (number, number) for number in range(8)
    )
    with pytest.raises(ListRefused, match="no entries in it"):
        list(read_blocks([text], "a list").entries)


def test_entries_that_are_taken_away_count_as_promised() -> None:
    text = b"! Number of entries: 10\n" + b"||bet.test^\n" * 8 + b"||casino.test^\n@@||bet.test^\n"
    assert [entry.text for entry in read_blocks([text], "a list").entries] == ["casino.test"]


def test_the_labels_of_all_excepted_hosts_are_bounded() -> None:
    """Every name above one is held: a hundred thousand of the longest hosts would take gigabytes."""
    deep = b".a" * 120
    text = b"||bet.test^\n" + b"".join(b"@@||h%d%b.test^\n" % (number, deep) for number in range(9_000))
    with pytest.raises(ListRefused, match="1,000,000 labels in all"):
        list(read_blocks([text], "a list").entries)


def test_a_list_with_more_exceptions_than_can_be_held_is_refused() -> None:
    text = b"||bet.test^\n" + b"".join(b"@@||h%d.test^\n" % number for number in range(MOST_EXCEPTIONS + 1))
    with pytest.raises(ListRefused, match="more than 100,000 exceptions"):
        list(read_blocks([text], "a list").entries)


names = st.lists(st.sampled_from(["a", "b", "www", "test"]), min_size=2, max_size=4).map(".".join)


@given(st.lists(names, min_size=1), st.lists(names))
def test_what_is_left_is_what_a_plain_loop_leaves(listed: list[str], exempted: list[str]) -> None:
    kept = Exceptions(map(Exempted, exempted)).keep(Entry(HOST, name, 1) for name in listed)
    assert [entry.text for entry in kept] == [
        name for name in listed if not any(f".{name}".endswith(f".{each}") for each in exempted)
    ]


targets = st.text(alphabet="/a?", max_size=5).map(lambda text: f"/{text}")
begun = st.builds(Exempted, names, targets, st.booleans(), st.just(False))


@given(st.lists(st.tuples(names, targets), min_size=1), st.lists(begun))
def test_what_is_left_of_urls_is_what_a_plain_loop_leaves(
    listed: list[tuple[str, str]], exempted: list[Exempted]
) -> None:
    def covered(host: str, target: str) -> bool:
        return any(
            f".{host}".endswith(f".{each.host}")
            and (starts_at_boundary if each.whole else str.startswith)(target, each.target)
            for each in exempted
        )

    kept = Exceptions(exempted).keep(Entry(PREFIX, host + target, 1) for host, target in listed)
    assert [entry.text for entry in kept] == [
        host + target for host, target in listed if not covered(host, target)
    ]
