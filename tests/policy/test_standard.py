"""What departs from the one standard level is said, with its reason."""

from policy.standard import departures_said
from tests.policy.policies import policy_with


def test_the_shipped_policy_departs_from_nothing() -> None:
    assert list(departures_said(policy_with())) == []


def test_each_departure_trial_and_allowance_is_said_with_whom_it_is_for_and_why() -> None:
    policy = policy_with(
        """
        [schedule.breaks]
        windows = ["mon-fri 12:00-14:00"]
        [[departure]]
        name = "licensing"
        categories = ["social_media", "chat"]
        units = ["Licensing"]
        roles = ["Enquiry Officer"]
        action = "allow"
        reason = "For the unit's work."
        because = "Decided in March."
        [[departure]]
        name = "tried"
        categories = ["blogs"]
        networks = ["10.2.0.0/16"]
        schedule = "breaks"
        action = "block"
        reason = "Tried."
        because = "To see."
        trial = true
        [allowance]
        categories = ["games"]
        minutes_a_day = 30
        schedule = "breaks"
        """,
        chat={"trial": True},
    )
    assert dict(departures_said(policy)) == {
        "departure licensing": (
            "departs from the one standard level (P3.1): allow social_media, chat for unit licensing and "
            "role enquiry officer; because: Decided in March."
        ),
        "departure tried": (
            "departs from the one standard level (P3.1): would block blogs for network 10.2.0.0/16 and "
            "schedule breaks; because: To see."
        ),
        "category.chat.trial": "on trial: everything is let through that is to block",
        "allowance": (
            "opens games for 30 minutes of each known person's day in the windows of breaks; the minutes are "
            "an estimate"
        ),
    }


def test_looking_at_search_terms_is_said() -> None:
    policy = policy_with()
    looking = policy.file.model_copy(update={"search_terms": True})
    said = dict(departures_said(type(policy)(looking, "0", policy.source)))
    assert "search engines" in said["search_terms"]
