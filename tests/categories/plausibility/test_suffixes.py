"""Public suffixes among the entries."""

from pathlib import Path

import pytest
from publicsuffixlist import PublicSuffixList

from categories.plausibility import suffixes
from categories.plausibility.suffixes import new_suffixes, refused_suffixes
from categories.plausibility.terms import refused_terms
from tests.categories.plausibility.beside import newly, told

OPEN = {"essential", "help", "privileged"}


@pytest.mark.parametrize(
    ("entry", "refused"),
    [
        pytest.param("*.com", ["com"], id="a-top-level-domain"),
        pytest.param("*.casino", ["casino"], id="one-that-says-what-is-there"),
        pytest.param("com.cn", ["com.cn"], id="a-second-level"),
        pytest.param("bet.br", ["bet.br"], id="one-for-a-trade"),
        pytest.param("*.香港", ["xn--j6w193g"], id="in-another-script"),
        pytest.param("*.ck", ["ck"], id="above-a-wildcard"),
        pytest.param("www.ck", [], id="an-exception-from-a-wildcard"),
        pytest.param("com.ck", [], id="below-a-wildcard-which-waits"),
        pytest.param("bet.com.cn", [], id="a-site-below"),
        pytest.param("com.cn/casino", [], id="a-part-of-the-host-of-that-name"),
        pytest.param("github.io", [], id="a-private-one-which-waits"),
        pytest.param("*.intranet", [], id="nobody-else-knows-it"),
        pytest.param("*casino*", [], id="a-pattern-that-meets-the-name-of-one"),
    ],
)
def test_suffixes_of_icann_are_refused(tmp_path: Path, entry: str, refused: list[str]) -> None:
    candidate = newly(tmp_path, {"gambling": f"bet.test\n{entry}"}).candidate
    assert told(refused_suffixes(candidate)) == [("gambling", each, "refused") for each in refused]


@pytest.mark.parametrize(
    ("category", "refused"), [("privileged", []), ("gambling", [("gambling", "police.uk", "refused")])]
)
def test_the_suffix_of_one_organisation_may_stand_in_a_list_of_what_stays_open(
    tmp_path: Path, category: str, refused: list[tuple[str, str, str]]
) -> None:
    candidate = newly(tmp_path, {category: "police.uk\nmore.test"}).candidate
    assert told(refused_suffixes(candidate, ["police.uk"], OPEN)) == refused
    assert len(told(refused_suffixes(candidate, ["nhs.uk"], OPEN))) == 1


@pytest.mark.parametrize(
    ("entry", "waits"),
    [
        pytest.param("github.io", True, id="sites-of-customers"),
        pytest.param("blogspot.com", True, id="blogs"),
        pytest.param("compute-1.amazonaws.com", True, id="above-a-wildcard"),
        pytest.param("ec2-1-2-3-4.compute-1.amazonaws.com", False, id="one-machine-below-a-wildcard"),
        pytest.param("com.ck", True, id="below-a-wildcard-of-icann"),
        pytest.param("www.ck", False, id="an-exception"),
        pytest.param("somebody.github.io", False, id="a-customer"),
        pytest.param("github.io/", False, id="one-host-alone"),
        pytest.param("com.cn", False, id="one-of-icann-which-is-refused"),
    ],
)
def test_private_suffixes_wait(tmp_path: Path, entry: str, *, waits: bool) -> None:
    beside = newly(tmp_path, {"blogs": f"blog.test\n{entry}"})
    assert told(new_suffixes(beside)) == [("blogs", entry, "waiting")] * waits


@pytest.mark.parametrize(
    ("before", "waits"),
    [
        ({"blogs": "github.io"}, False),
        ({"blogs.other": "github.io"}, False),
        ({"games": "github.io"}, True),
        ({"blogs": "somebody.github.io"}, True),
    ],
)
def test_a_private_suffix_that_its_category_had_does_not_wait_again(
    tmp_path: Path, before: dict[str, str], *, waits: bool
) -> None:
    beside = newly(tmp_path, {"blogs": "blog.test\ngithub.io"}, before)
    assert bool(told(new_suffixes(beside))) is waits


def test_a_wildcard_says_that_all_of_a_suffix_is_meant(tmp_path: Path) -> None:
    """The way that the documentation shows to who wants one."""
    beside = newly(tmp_path, {"gambling": "bet.test\n*.*.bet.br"})
    assert told(refused_suffixes(beside.candidate)) == told(refused_terms(beside.candidate)) == []
    assert [match.entry for match in beside.matches("www.site.bet.br")] == ["*.*.bet.br"]
    assert beside.matches("site.bet.br") != [] == beside.matches("alphabet.br")


def test_every_suffix_of_the_public_suffix_list_is_known() -> None:
    """As the library of that name reads it, whose two answers are ours together."""
    known, of_icann = PublicSuffixList(), PublicSuffixList(only_icann=True)
    icann, private = suffixes._sections()
    assert len(icann.names) > 6_500
    assert len(private.names) > 2_500
    assert all(of_icann.is_public(name) for name in icann.names - icann.exceptions)
    assert all(known.is_public(name) for name in private.names - private.exceptions)
    # The library has each name in its own script and in A-labels; ours has the latter.
    written = {name for name in of_icann._publicsuffix if name.isascii() and name[0] not in "*!"}
    assert written <= icann.names
