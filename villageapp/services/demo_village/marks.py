"""What is notable about a household, so that what is said on a visit fits the family."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from villageapp.domain.dates import age
from villageapp.services.demo_village.people import CHRONIC, DISABLED, GRAVE
from villageapp.services.demo_village.schooling import COMPULSORY, RAIN_DEW

Values = Mapping[str, Any]

_OF_PERSONS: tuple[tuple[str, Callable[[Values], bool]], ...] = (
    ("chronic", lambda m: CHRONIC in m["health"]),
    ("no_card", lambda m: CHRONIC in m["health"] and not m["has_chronic_card"]),
    ("grave", lambda m: GRAVE in m["health"]),
    ("disabled", lambda m: DISABLED in m["health"]),
    ("compulsory", lambda m: m["student_status"] in COMPULSORY),
    ("boarder", lambda m: m["student_status"] in ("03", "04", "05")),
    ("vocational", lambda m: m["student_status"] in RAIN_DEW),
    ("worker", lambda m: m.get("working") in ("省外务工", "县外省内务工")),
    ("able", lambda m: m["labour"] in ("2", "3") and m.get("working") == "其他"),
    ("uninsured", lambda m: not (m["med_insurance_resident"] or m["med_insurance_employee"])),
)


def marks(household: Values, members: Sequence[Values], today: date) -> dict[str, str]:
    """The marks of a household, each with the name of the person that it is about (the head if none)."""
    found: dict[str, str] = {}
    for mark, fits in _OF_PERSONS:
        name = next((m["name"] for m in members if fits(m)), None)
        if name is not None:
            found[mark] = name
    old = all(age(m["birth_date"], today) >= 60 for m in members)
    whole = {
        "old": any(age(m["birth_date"], today) >= 62 for m in members),
        "carer": "able" in found and any(age(m["birth_date"], today) >= 70 for m in members),
        "well_off": not household["relocated"]
        and bool({"able", "worker"} & found.keys())
        and "grave" not in found,
        "farm": not household["relocated"] and household["land_farm"] >= 4 and "able" in found,
        "elder": len(members) == 2 and old,
        "alone": len(members) == 1 and old,
        "cave": household["house_structure"] == "窑洞",
        "privy": household["toilet_type"] == "旱厕",
        "moved": bool(household["relocated"]),
        "own_house": not household["relocated"],
        "piped": household["water_source"] == "1" and not household["relocated"],
    }
    eldest = min(members, key=lambda m: m["birth_date"])["name"]
    found |= {"old": eldest} if whole.pop("old") else {}
    return found | {mark: members[0]["name"] for mark, so in whole.items() if so}
