"""The desk hears of a person's minute of personal use once, and again where it was away."""

import asyncio
from datetime import timedelta

from addons.desk.protocol import Done, UsedMinute
from addons.personal_use import PersonalUse
from policy.facts import Who
from tests.addons.desk.fakes import FakeDesk
from tests.addons.gateway import NOW

JANE, JOHN = Who(person="jane", organisation=""), Who(person="john", organisation="other")


async def test_a_minute_is_told_once_for_each_person() -> None:
    desk = FakeDesk({UsedMinute: Done()})
    use = PersonalUse(desk)
    for who in (JANE, JOHN, JANE, Who(client_ip="192.0.2.7")):
        use.note(who, NOW)
    await asyncio.sleep(0)
    assert desk.asked == [UsedMinute("", "jane"), UsedMinute("other", "john")]
    use.note(JANE, NOW + timedelta(minutes=1))
    await asyncio.sleep(0)
    assert desk.asked[2:] == [UsedMinute("", "jane")]


async def test_what_a_desk_that_is_away_did_not_hear_is_said_again() -> None:
    desk = FakeDesk()
    use = PersonalUse(desk)
    for _ in range(2):
        use.note(JANE, NOW)
        await asyncio.sleep(0)
    assert desk.asked == [UsedMinute("", "jane")] * 2
