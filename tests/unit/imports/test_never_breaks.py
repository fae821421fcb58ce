"""Whatever stands in a table, reading it ends in a plan or in one of our own errors."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import workbooks as w
from villageapp.domain.fields import from_wire, to_wire
from villageapp.errors import AppError
from villageapp.services.imports import EMPLOYMENTS, PERSONS, ImportPlan, read_plan
from villageapp.services.imports.cells import read
from villageapp.services.imports.headings import Column, best_layout, suffices
from villageapp.services.imports.kinds import recognise
from villageapp.services.imports.vocabulary import normalised, vocabulary

ONCE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
words = st.sampled_from(
    [
        "",
        " ",
        "户主",
        "合计",
        "张示范",
        "王 测试",
        w.HH_1,
        w.HH_2,
        w.ZHANG,
        w.LI,
        "1.49E+17",
        "2016年3月",
        "是",
        "无",
        "因病、因残",
    ]
)
cells = st.one_of(
    words,
    st.text(max_size=20),
    st.floats(),
    st.integers(-(10**18), 10**18),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(timedelta(days=-99), timedelta(days=99)),
)


HEADINGS = st.sampled_from([w.LIST_2022, w.WIDE, w.AWAY, w.PLANNED, [*w.AWAY, *w.PLANNED[5:]], []])


@ONCE
@given(rows=st.lists(st.lists(cells, max_size=34), max_size=12), headings=HEADINGS)
def test_random_grids(tmp_path: Path, rows: list[list[Any]], headings: list[str]) -> None:
    text = io.StringIO()
    table = [list(headings), *rows] if headings else rows
    csv.writer(text).writerows(table)
    path = tmp_path / "grid.csv"
    path.write_bytes(text.getvalue().encode("utf-8", "surrogatepass"))
    assert_answered(path)


@ONCE
@given(
    rows=st.lists(
        st.lists(st.one_of(words, st.floats(allow_nan=False, allow_infinity=False)), max_size=34), max_size=8
    ),
    headings=HEADINGS,
)
def test_random_workbooks(tmp_path: Path, rows: list[list[Any]], headings: list[str]) -> None:
    path = w.write_xlsx(tmp_path / "grid.xlsx", [list(headings), *rows])
    assert_answered(path)


def assert_answered(path: Path) -> None:
    """A consistent plan, or a refusal that names the file."""
    found: ImportPlan | AppError
    try:
        found = read_plan(path)
    except AppError as error:
        found = error
    if isinstance(found, AppError):
        assert path.name in found.message
    else:
        assert_consistent(found)


def assert_consistent(plan: ImportPlan) -> None:
    """Every row that names a person is taken, merged or rejected: none is lost, none is taken twice."""
    if plan.kind == EMPLOYMENTS:
        taken = {s.row for s in plan.spells} | {i.row for i in plan.intentions}
        rows = taken | {d.row for d in plan.duplicates} | {r.row for r in plan.rejected}
        assert len(rows) == sum(sheet.person_rows for sheet in plan.sheets)
        starts = [(s.national_hh_no, s.key, s.values.get("start_ym")) for s in plan.spells]
        assert len(starts) == len(set(starts))
        return
    numbers = {household.national_hh_no for household in plan.households}
    assert numbers == {member.national_hh_no for member in plan.members}
    citizens = [m.values["id_no"] for m in plan.members if m.values.get("id_no")]
    assert len(citizens) == len(set(citizens))
    accounted = len(plan.members) + len(plan.duplicates) + len(plan.rejected)
    assert accounted == sum(sheet.person_rows for sheet in plan.sheets)


ODD: list[Any] = [
    float("nan"),
    float("inf"),
    1e308,
    -0.0,
    10**400,
    True,
    date(2016, 3, 1),
    datetime(2016, 3, 1, 8),
]
ODD += [
    time(8),
    timedelta(1),
    "\ud800",
    "\x00",
    "x" * 5000,
    "½",
    "٣",
    "²",
    "1e9999",
    "=1+1",
    '=""',
    "'",
    "−5",
]


TARGETS = {t.key: t for kind in (PERSONS, EMPLOYMENTS) for t in vocabulary(kind).targets.values()}


@pytest.mark.parametrize("key", sorted(TARGETS))
def test_odd_cells_under_every_heading_give_a_storable_value_or_a_reason(key: str) -> None:
    target = TARGETS[key]
    for cell in ODD:
        found = read(Column(0, target, "", "列"), cell, vocabulary())
        wire = json.loads(json.dumps(to_wire(found.value)))
        if target.field is not None:
            assert from_wire(target.field, wire) == found.value


@given(st.lists(st.lists(st.one_of(words, st.text(max_size=5)), max_size=40), max_size=12), st.data())
def test_random_headings_with_random_merges(top: list[list[str]], data: st.DataObject) -> None:
    corner = st.tuples(st.integers(0, 20), st.integers(0, 50))
    merges = data.draw(st.lists(st.tuples(corner, corner), max_size=5))
    layout = best_layout(top, merges, 0, vocabulary())
    assert layout is None or not suffices(layout, vocabulary()) or layout.header_rows <= len(top)
    found = recognise(top, merges, 0)
    assert found is None or found.shortfall or found.layout.header_rows <= len(top)


ANY_HEADING = st.sampled_from(sorted({*w.AWAY, *w.PLANNED, *w.LIST_2022, *w.WIDE}))


@given(st.lists(ANY_HEADING, min_size=1, max_size=20, unique=True))
def test_a_heading_row_is_one_kind_or_says_what_is_wrong(headings: list[str]) -> None:
    found = recognise([headings], (), 0)
    if found is None:
        assert all(vocabulary().find(normalised(heading))[0] is None for heading in headings)
        return
    if found.shortfall:
        return
    assert found.layout.keys.issuperset(found.words.needed)
    named = {normalised(heading) for heading in headings}
    assert named == {c.heading for c in found.layout.columns} | {c.heading for c in found.layout.unused}
    if found.words.kind == EMPLOYMENTS:
        assert {"开始时间", "是否计划务工", "务工需求"} & set(headings)


@ONCE
@given(data=st.binary(max_size=400), place=st.integers(0, 6000), kind=st.sampled_from(["xlsx", "xls"]))
def test_damaged_bytes(tmp_path: Path, data: bytes, place: int, kind: str) -> None:
    path = tmp_path / f"damaged.{kind}"
    (w.write_list(path, w.person()) if kind == "xlsx" else w.write_xls(path, w.list_rows(w.person())))
    content = bytearray(path.read_bytes())
    content[place : place + len(data)] = data
    path.write_bytes(bytes(content))
    assert_answered(path)
