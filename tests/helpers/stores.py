"""Real encrypted stores with a small fictitious village, made once and copied per test.

Deriving a key from a passphrase is slow on purpose, so a template is made once and its files are copied;
a copy is opened with the key that the template has already unlocked.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from villageapp.domain import id_card
from villageapp.models import ids, keys
from villageapp.models.records import Cadre, Household, Member
from villageapp.paths import DataDir
from villageapp.services.workspace import Workspace, init_workspace, open_with_key

PASSPHRASE = "春种一粒粟-秋收万颗子"
VILLAGE_CODE = "149901001001"
VILLAGE_NAME = "示例村"
USER_NAME = "周队员"
MEMBER, LEADER = "工作队员", "第一书记"
"""Roles of CL_CADRE_ROLE: the template's user has the first; ``as_role`` changes it."""

PLACE = {"region_code": VILLAGE_CODE, "county": "示范县", "town": "示例镇", "village": VILLAGE_NAME}
ZHANG, WANG, ZHAO, SHAN = (f"149900000000000{n}" for n in (1, 2, 3, 4))
"""Household numbers: an ordinary family, a monitored one, one without labour, one with a rare character."""

FAMILIES: tuple[tuple[Mapping[str, Any], tuple[Mapping[str, Any], ...]], ...] = (
    (
        {"national_hh_no": ZHANG, "group_name": "一组", "household_type": "1", "phone": "13800000001"},
        (
            {"name": "张示范", "id_no": "14990119620315001X", "relation": "户主", "labour": "2"},
            {"name": "李样例", "id_no": "149901196507080022", "relation": "配偶", "labour": "3"},
            {"name": "张小样", "id_no": "149901198801010016", "relation": "之子", "labour": "1"},
            {"name": "张小例", "id_no": "149901201009160023", "relation": "之孙女", "labour": "5"},
        ),
    ),
    (
        {"national_hh_no": WANG, "group_name": "二组", "household_type": "2", "monitoring_category": "3"},
        ({"name": "王测试", "id_no": "149901195512310035", "relation": "户主", "labour": "3"},),
    ),
    (
        {"national_hh_no": ZHAO, "group_name": "二组", "household_type": "1"},
        ({"name": "赵演示", "id_no": "149901195310010042", "relation": "户主", "labour": "4"},),
    ),
    (
        {"national_hh_no": SHAN, "group_name": "十组", "household_type": "2"},
        ({"name": "单䶮", "id_no": "14990119480612003X", "relation": "户主", "labour": "5"},),
    ),
)


@dataclass(frozen=True)
class StoreTemplate:
    """A closed store to copy from."""

    root: Path
    key: bytes
    recovery_code: str

    def copy_to(self, target: Path) -> DataDir:
        """A copy of its files, still closed; the passphrase is PASSPHRASE."""
        shutil.copytree(self.root, target)
        return DataDir(target)

    def open_copy(self, target: Path) -> Workspace:
        """An open copy; the caller closes it."""
        return open_with_key(self.copy_to(target), self.key)


@dataclass(frozen=True)
class Family:
    """Ids of one household and of its members by name."""

    id: str
    members: Mapping[str, str] = field(default_factory=dict)


def make_template(root: Path, *, with_households: bool = True, role: str = MEMBER) -> StoreTemplate:
    """Make a store under ``root`` whose user has that role; takes about half a second."""
    made = init_workspace(
        DataDir(root),
        village_code=VILLAGE_CODE,
        village_name=VILLAGE_NAME,
        user_name=USER_NAME,
        passphrase=PASSPHRASE,
        role=role,
    )
    with made.work as work:
        if with_households:
            for household, members in FAMILIES:
                add_family(work, household, members)
    return StoreTemplate(root, keys.unlock(DataDir(root).key_slots, PASSPHRASE), made.recovery_code)


def as_role(work: Workspace, role: str = LEADER) -> Workspace:
    """The open store with another role for its user, as long as it is not enrolled (permissions: R-MON-15)."""
    with work.transaction() as session:
        session.get_one(Cadre, work.identity.user_id).assign({"role": role})
    return work


def add_family(
    work: Workspace, household: Mapping[str, Any], members: tuple[Mapping[str, Any], ...]
) -> Family:
    """Add a household with its members, the first of whom is the head, as an import would."""
    number = household["national_hh_no"]
    home = Household(id=ids.household_id(number))
    people = [_member(home.id, values) for values in members]
    home.assign({**PLACE, "monitoring_category": "0", "status": "在册", **household})
    home.assign({"head_member_id": people[0].id, "registered_population": len(people)})
    with work.transaction() as session:
        session.add_all([home, *people])
    return Family(home.id, {person.name: person.id for person in people})


def _member(household_id: str, values: Mapping[str, Any]) -> Member:
    card = id_card.read(values["id_no"])
    assert not card.problem, card.problem
    person = Member(id=ids.member_id(household_id, card.id_no))
    known = {"birth_date": card.birth_date, "sex": card.sex, "id_type": "01"}
    person.assign({**known, "household_id": household_id, **values})
    return person


def family_id(number: str) -> str:
    """The record id of a household of the template by its number."""
    return ids.household_id(number)


def member_id(number: str, id_no: str) -> str:
    """The record id of a member of the template."""
    return ids.member_id(ids.household_id(number), id_no)
