"""Any JSON becomes lines under its keys, without being held, or is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.packed.json_text import is_json, text_of_json
from categories.readers import read_blocks
from policy.errors import ListRefused

SING_BOX = {
    "version": 3,
    "rules": [{"domain_suffix": ["bet.test", "casino.test"], "domain_keyword": ["poker"]}],
}


def text_of(content: str | bytes, column: str = "", size: int = 1 << 20) -> str:
    whole = content.encode() if isinstance(content, str) else content
    blocks = [whole[at : at + size] for at in range(0, len(whole), size)]
    return b"".join(text_of_json(blocks, "a list", column)).decode()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(
            json.dumps(SING_BOX),
            "# json: domain_suffix\nbet.test\ncasino.test\n# json: domain_keyword\npoker\n",
            id="rule-set",
        ),
        pytest.param('["a.test", "b.test"]', "# json: \na.test\nb.test\n", id="array"),
        pytest.param('[["a.test"], [], {}]', "# json: \na.test\n", id="arrays-in-arrays"),
        pytest.param(
            '[{"host": "a.test", "id": 1}, {"host": "b.test", "x": null}]',
            "# json: host\na.test\nb.test\n",
            id="array-of-objects",
        ),
        pytest.param(
            '{"cidr":"192.0.2.0/24"}\n{"cidr":"192.0.2.0/25"}\n',
            "# json: cidr\n192.0.2.0/24\n192.0.2.0/25\n",
            id="objects-one-a-line",
        ),
        pytest.param('{"url": "http://a.test/list", "license": "MIT"}', "", id="about-a-list"),
        pytest.param(
            '{"url": "http://a.test/list", "domains": ["b.test"]}', "# json: domains\nb.test\n", id="both"
        ),
        pytest.param(r'["b\u00fccher.test", "a\/b"]', "# json: \nbücher.test\na/b\n", id="escapes"),
        pytest.param(r'["a\nb.test\r\n"]', "# json: \na b.test\n", id="line-ends-make-no-lines"),
        pytest.param(r'["# json: url", "# x"]', "# json: \n # json: url\n # x\n", id="no-line-of-ours"),
        pytest.param(
            r'{"x\n# json: url": ["a"]}', "# json: x # json: url\na\n", id="no-line-of-ours-in-a-key"
        ),
        pytest.param(r'["\ud800"]', "# json: \n?\n", id="half-a-character"),
        pytest.param('\ufeff ["a.test"]', "# json: \na.test\n", id="byte-order-mark"),
        pytest.param("[]", "", id="nothing"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_each_string_of_an_array_has_its_line(content: str, text: str, size: int) -> None:
    assert text_of(content, size=size) == text


def test_a_column_is_taken_wherever_it_stands() -> None:
    content = '{"list": "x", "rows": [{"ioc": "a.test", "host": "no"}], "ioc": "b.test"}'
    text = text_of(content, "ioc")
    assert text == "# json: entries\na.test\nb.test\n"
    assert [entry.text for entry in read_blocks([text.encode()], "a list").entries] == ["a.test", "b.test"]


def test_a_column_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(ListRefused, match=r"under the key 'ip' \(keys: host, url\)"):
        text_of('[{"host": "a.test", "url": "b"}]', "ip")


@pytest.mark.parametrize(
    "content",
    [
        '["a.test"',
        '["a.test",]',
        '["a.test" "b.test"]',
        '{"a" "b"}',
        '{"a": }',
        '{"a": 1,}',
        "{a: 1}",
        "['a']",
        '["a\x00"]',
        '["a\nb"]',
        r'["\x"]',
        "[01]",
        "[truely]",
        "]",
        "[}",
        '["a"]]',
        "[" * 33,
        '["' + "a" * 70_000 + '"]',
        b'["a\xff"]',
        b'["a\xc3',
        "[" + "1" * 70_000 + "]",
        "",
    ],
)
def test_what_is_no_json_is_refused_in_one_line(content: str | bytes) -> None:
    with pytest.raises(ListRefused, match=r"^a list: JSON that") as refused:
        text_of(content)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("start", "is_it"),
    [
        (b"{}", True),
        (b'\xef\xbb\xbf \n["a"', True),
        (b"[\n", True),
        (b"[[", True),
        (b"[Adblock Plus 2.0]\n", False),
        (b"[General]", False),
        (b"a.test\n", False),
        (b"# {}", False),
        (b"", False),
    ],
)
def test_json_shows_in_how_it_begins(start: bytes, is_it: bool) -> None:
    assert is_json(start) is is_it


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


def strings_in_arrays(value: object, *, listed: bool = False) -> list[str]:
    if isinstance(value, str):
        return [value] if listed else []
    if isinstance(value, list):
        return [each for one in value for each in strings_in_arrays(one, listed=True)]
    if isinstance(value, dict):
        return [each for one in value.values() for each in strings_in_arrays(one, listed=listed)]
    return []


@given(JSON, st.integers(1, 20), st.booleans())
def test_every_string_in_an_array_is_found_as_the_standard_library_finds_it(
    value: object, size: int, ascii_only: bool
) -> None:
    lines = text_of(json.dumps(value, ensure_ascii=ascii_only), size=size).split("\n")[:-1]
    found = [line.strip() for line in lines if not line.startswith("# json:")]
    expected = [text.replace("\r", " ").replace("\n", " ").strip() for text in strings_in_arrays(value)]
    assert found == expected


@given(st.text(alphabet='{}[]:,"\\ au1-.e\n', max_size=40) | st.text(max_size=40))
def test_any_text_is_taken_just_when_the_standard_library_takes_it(text: str) -> None:
    try:
        text_of(text.encode("utf-8", "replace"))
        taken = True
    except ListRefused:
        taken = False
    if taken and text.lstrip().startswith(("{", "[")):
        rest, decoder = text.strip(" \t\r\n\ufeff"), json.JSONDecoder(strict=True)
        while rest:  # values one after another are a row of them
            _, end = decoder.raw_decode(rest)
            rest = rest[end:].lstrip(" \t\r\n")
