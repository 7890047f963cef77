"""What a changed list is measured by."""

from categories.list_change import LetIn
from categories.plausibility.yardstick import Yardstick
from categories.settings import CategoriesSettings
from policy.words import EntryKind


def test_it_is_the_same_after_it_went_to_another_process() -> None:
    yardstick = Yardstick(
        settings=CategoriesSettings(protected_hosts=("council.test",), most_growth=1),
        visited=("www.shop.test", "intranet.test"),
        let_in=(LetIn(list="feed", kind=EntryKind.HOST, entry="github.io"),),
        accept_size=True,
    )
    assert Yardstick.model_validate_json(yardstick.model_dump_json()) == yardstick


def test_by_itself_it_has_the_shipped_settings_and_knows_no_visits() -> None:
    yardstick = Yardstick()
    assert yardstick.settings == CategoriesSettings()
    assert (yardstick.visited, yardstick.let_in, yardstick.accept_size) == ((), (), False)
