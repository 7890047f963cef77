"""Three thousand people: units of unlike size with a manager each, hours of work, how much they browse."""

import random
from dataclasses import dataclass

UNITS = 60
SHIFTS = 0.25  # of the people work around the clock


@dataclass(frozen=True, slots=True)
class Somebody:
    """One person of the organisation."""

    login: str
    unit: str
    manager: str | None
    role: str | None  # the active one
    address: str
    weight: float  # how much they browse, beside others
    shifts: bool  # works around the clock


def people(number: int, seed: int = 6) -> list[Somebody]:
    """So many people, the same in every run; the first of each unit is everybody else's manager there."""
    chance = random.Random(seed)  # noqa: S311 - to be the same again, not to be secret
    sizes = [1 / (place + 3) for place in range(UNITS)]
    managers: dict[str, str] = {}
    found = []
    for place in range(number):
        login = f"user{place:05d}"
        unit = f"Unit {chance.choices(range(UNITS), sizes)[0]:02d}"
        manager = managers.setdefault(unit, login)
        chief = manager == login
        found.append(
            Somebody(
                login=login,
                unit=unit,
                manager=None if chief else manager,
                role="manager" if chief else ("it" if unit == "Unit 07" else None),
                address=f"10.{place >> 14}.{place >> 7 & 127}.{place & 127}",
                weight=chance.lognormvariate(0, 0.9),
                shifts=chance.random() < SHIFTS,
            )
        )
    return found
