"""The fixed text that an expression cannot match without."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from categories.entries import expression
from categories.index.literals import required


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        pytest.param("casino", {"casino"}, id="plain-text"),
        pytest.param("Casino", {"casino"}, id="in-lower-case"),
        pytest.param("(/banner/|/sponsor/|adverts/)", {"/banner/", "/sponsor/", "adverts/"}, id="a-choice"),
        pytest.param(r".*/ymsgr*\.exe", {"/ymsg"}, id="up-to-what-may-be-missing"),
        pytest.param(r"^[0-9]+\.[0-9]+/search\?q=[0-9]+$", {"/search?q="}, id="between-classes"),
        pytest.param(r"(google\..*/x|bing\.com).*(sex|hot)", {"google.", "bing.com"}, id="the-better-of-two"),
        pytest.param(r"ab(c|d)ef", {"abcef", "abdef"}, id="a-choice-inside-a-word"),
        pytest.param(r"colou?r", {"color", "colour"}, id="an-optional-letter"),
        pytest.param(r"(?i:casino)[0-9]", {"casino"}, id="a-group-with-flags"),
        pytest.param(r"(?P<name>casino)+x", {"casino"}, id="a-named-and-repeated-group"),
        pytest.param(r"(casino){2,3}", {"casino"}, id="counted"),
        pytest.param(r"bet\-[a-z]*\.test", {".test"}, id="escaped-punctuation"),
        pytest.param(r"^bet.*\.test$", {".test/"}, id="beginning-and-end"),
        pytest.param(r"(?i)^bet", {"/bet"}, id="the-beginning-behind-flags"),
        pytest.param(r"^^bet$$", {"/bet/"}, id="one-beginning-and-end-written-twice"),
        pytest.param(r"(^bet|^poker)", {"bet", "poker"}, id="a-beginning-inside-a-group"),
        pytest.param(r"[]a]casino[^]b]", {"casino"}, id="a-bracket-inside-a-class"),
        pytest.param(r"[[:alpha:]]casino", {"casino"}, id="a-named-class"),
        pytest.param(r"casino{x}", {"casino{x}"}, id="a-brace-that-counts-nothing"),
    ],
)
def test_a_fixed_text_is_found(pattern: str, texts: set[str]) -> None:
    assert required(pattern) == frozenset(texts)


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"[a-z]+\.[0-9]+", id="classes-only"),
        pytest.param(r"ab|casino", id="one-choice-is-too-short"),
        pytest.param(r"casino|[0-9]+", id="one-choice-has-none"),
        pytest.param(r"(casino)?", id="all-of-it-optional"),
        pytest.param(r"(casino)*", id="any-number-of-times"),
        pytest.param(r"---", id="punctuation-only"),
        pytest.param(r"\x63asino", id="a-code"),
        pytest.param(r"\Qcasino\E", id="a-quotation"),
        pytest.param(r"\pLcasino", id="a-unicode-class"),
        pytest.param(r"[\Qa]\E]casino", id="a-quotation-in-a-class"),
        pytest.param("(" * 200 + "casino" + ")" * 200, id="too-deep-to-follow"),
        pytest.param("casino" * 3000, id="too-long-to-follow"),
        pytest.param("(casino", id="not-an-expression"),
        pytest.param("casino)", id="not-an-expression-either"),
        pytest.param("", id="nothing"),
    ],
)
def test_where_there_is_none_or_it_is_not_understood_none_is_given(pattern: str) -> None:
    assert required(pattern) is None


def test_wildcards_have_fixed_texts_too() -> None:
    assert required(expression("*casino-online*")) == frozenset({"casino-online"})
    assert required(expression("nitter.*")) == frozenset({"/nitter."})
    assert required(expression("*.youtube.com/post/*")) == frozenset({"youtube.com/post/"})


# Pieces of expressions with texts that they match, and counts with numbers of times that they mean.
_PIECES = {
    "a": ["a"],
    "/": ["/"],
    r"\.": ["."],
    "-": ["-"],
    ".": ["a", "/", "1"],
    "[ab]": ["a", "b"],
    "[^a]": ["b", "-"],
    "(?:a|bb)": ["a", "bb"],
    "(ab|ba/)": ["ab", "ba/"],
    r"\d": ["1"],
    "[[:alpha:]]": ["a"],
    "(?i:AB)": ["ab"],
    "^": [""],
    "$": [""],
    r"\b": [""],
}
_ANCHORS = {"^", "$", r"\b"}
_COUNTS = {
    "": [1],
    "*": [0, 1, 2],
    "+": [1, 2],
    "?": [0, 1],
    "{2}": [2],
    "{0,2}": [0, 1, 2],
    "{1,}": [1, 3],
    "*?": [0, 2],
    "+?": [1, 2],
}


@st.composite
def _sequences(draw: st.DrawFn) -> tuple[str, str]:
    """An expression, and a text that it matches if the anchors in it happen to hold."""
    expression_text = matching = ""
    for piece in draw(st.lists(st.sampled_from(sorted(_PIECES)), min_size=1, max_size=6)):
        count = "" if piece in _ANCHORS else draw(st.sampled_from(sorted(_COUNTS)))
        expression_text += piece + count
        for _ in range(draw(st.sampled_from(_COUNTS[count]))):
            matching += draw(st.sampled_from(_PIECES[piece]))
    return expression_text, matching


@st.composite
def _expressions(draw: st.DrawFn) -> tuple[str, str]:
    choices = draw(st.lists(_sequences(), min_size=1, max_size=3))
    count = draw(st.sampled_from(sorted(_COUNTS)))
    times = draw(st.sampled_from(_COUNTS[count]))
    after, matching_after = draw(_sequences())
    matching = "".join(draw(st.sampled_from(choices))[1] for _ in range(times)) + matching_after
    return f"(?:{'|'.join(choice for choice, _ in choices)}){count}{after}", matching


@given(_expressions(), st.lists(st.text("ab/.-1", max_size=12), max_size=20))
def test_every_text_that_matches_contains_one_of_the_texts(
    made: tuple[str, str], candidates: list[str]
) -> None:
    """The promise that makes it enough to look for fixed texts."""
    pattern, matching = made
    texts = required(pattern)
    if texts is None:
        return
    compiled = re2.compile(pattern)
    for candidate in (matching, *candidates):
        if compiled.search(candidate):
            assert any(text in f"/{candidate}/" for text in texts), (pattern, candidate, texts)
