"""A search, from what was typed to what is kept of it, with a Ruleset as it is compiled."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from policy.words import Verdict
from tests.addons.gateway import DictionaryRuleset, Gateway
from tests.categories.compiled import compiled
from tests.samples import policy_with_authority


@pytest.mark.parametrize(("looks", "verdict"), [(False, Verdict.ALLOW), (True, Verdict.BLOCK)])
async def test_of_a_search_the_list_s_entry_is_kept_and_never_what_was_typed(
    tmp_path: Path, looks: bool, verdict: Verdict
) -> None:
    shipped = policy_with_authority()
    policy = replace(shipped, file=shipped.file.model_copy(update={"search_terms": looks}))
    gateway = Gateway(policy=policy)
    ruleset = compiled(tmp_path, {"games": "search:Fake number plates"})
    gateway.rulesets.ruleset = cast("DictionaryRuleset", ruleset)
    url = "http://www.google.com/search?q=zanzibar+fake%20NUMBER-plates+quagmire"
    await gateway.request(url, accept="text/html", answer=False)
    decision = gateway.decision
    assert decision.verdict is verdict
    assert (decision.entry, decision.entry_kind) == (
        ("fake number plates", "search-term") if looks else (None, None)
    )
    for typed in ("zanzibar", "quagmire", "NUMBER"):
        assert typed not in repr(decision)


@pytest.mark.parametrize(
    "path",
    [b"/search?q=cats", b"/%73earch?q=cats", b"//search?q=cats", b"/Search?q=cats", b"/a/../search?q=cats"],
)
async def test_no_spelling_of_the_path_goes_past_safe_search(path: bytes) -> None:
    flow = await Gateway().request("http://www.google.com/", path=path, answer=False)
    assert flow.response is None
    assert flow.request.path.endswith("?q=cats&safe=active&ssui=on")
