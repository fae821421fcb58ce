"""Two laptops of a team import the same and different months: they meet, and agree on one spell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import workbooks as w
from tests.helpers.laptops import VILLAGE_CODE, certify, laptop, meet
from tests.helpers.stores import VILLAGE_NAME
from villageapp.models import ids
from villageapp.models.records import Employment, Village
from villageapp.services.imports import Counts, apply_import
from villageapp.services.syncing import state_hash
from villageapp.services.workspace import Workspace

ZHANG = ids.member_id(ids.household_id(w.HH_1), w.ZHANG)
SPELL = ids.employment_id(ZHANG, "2023-03")
Pair = tuple[Workspace, Workspace]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two certified laptops that imported the same person list before they met."""
    first, second = laptop(tmp_path, "first"), laptop(tmp_path, "second")
    certify(first, second)
    village = Village(
        id=ids.village_id(VILLAGE_CODE), code=VILLAGE_CODE, name=VILLAGE_NAME, county="示范县", town="示例镇"
    )
    with first.transaction() as session:
        session.add(village)
    meet(first, second)
    names = w.write_list(tmp_path / "名单.xlsx", w.person(行政村=VILLAGE_NAME))
    for work in (first, second):
        apply_import(work, names)
    yield first, second
    first.close()
    second.close()


def test_the_same_list_on_both_is_one_spell(pair: Pair, tmp_path: Path) -> None:
    book = w.write_list(tmp_path / "三月.xlsx", w.spell(), headings=w.AWAY)
    for work in pair:
        assert apply_import(work, book).employment == Counts(new=1)
    meet(*pair)
    assert state_hash(pair[0]).hash == state_hash(pair[1]).hash
    for work in pair:
        with work.transaction() as session:
            assert [spell.id for spell in session.query(Employment)] == [SPELL]
        assert not apply_import(work, book).writes


def test_the_next_month_on_the_other_laptop_ends_the_spell(pair: Pair, tmp_path: Path) -> None:
    first, second = pair
    apply_import(first, w.write_list(tmp_path / "三月.xlsx", w.spell(), headings=w.AWAY))
    meet(first, second)
    later = w.spell(结束时间="2023年09月", 务工企业名称="另一家公司")
    report = apply_import(second, w.write_list(tmp_path / "九月.xlsx", later, headings=w.AWAY))
    assert (report.employment, report.kept) == (Counts(changed=1), ())
    meet(first, second)
    assert state_hash(first).hash == state_hash(second).hash
    with first.transaction() as session:
        spell = session.get_one(Employment, SPELL)
        assert (spell.end_ym, spell.employer) == ("2023-09", "另一家公司")
