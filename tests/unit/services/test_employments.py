"""The employment ledger: who stands on it, saving a whole grid, confirming month by month, posts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from tests.helpers.days import on
from tests.helpers.stores import WANG, ZHANG, ZHAO, family_id, member_id
from villageapp.domain.employment_spells import month_of
from villageapp.errors import NotFound, ValidationFailed
from villageapp.models.ids import employment_id
from villageapp.services import employment_lists, employments, members, post_pages, records, undoing
from villageapp.services.employment_lists import EmploymentFilter
from villageapp.services.employment_rows import NEW, EmploymentRow, Standing
from villageapp.services.employments import OF_ROW, RowEdit
from villageapp.services.workspace import Workspace

HEAD = member_id(ZHANG, "14990119620315001X")
WIFE = member_id(ZHANG, "149901196507080022")
SON = member_id(ZHANG, "149901198801010016")
GIRL = member_id(ZHANG, "149901201009160023")
WANG_HEAD = member_id(WANG, "149901195512310035")
JOB = {
    "channel": "外出务工",
    "industry": "建筑业",
    "employer": "示范建筑队",
    "scope": "省外",
    "start_ym": "2026-03",
    "month_pay": "4500",
}


@pytest.fixture(autouse=True)
def november(work: Workspace) -> None:
    on(work, "2026-11-24")


def typed(row_id: str, values: Mapping[str, object], **seen: object) -> RowEdit:
    return RowEdit(row_id, values, seen)


def rows(work: Workspace, wanted: EmploymentFilter = employment_lists.EVERYBODY) -> dict[str, EmploymentRow]:
    return {row.id: row for row in employment_lists.page(work, wanted).rows}


def with_job(work: Workspace, person: str = SON, **values: object) -> str:
    return employments.save(work, [typed(NEW + person, {**JOB, **values})]).ids[0]


def test_everybody_with_labour_stands_on_it(work: Workspace) -> None:
    page = employment_lists.page(work)
    assert {row.member_id for row in page.rows} == {HEAD, WIFE, SON, WANG_HEAD}
    assert {row.standing for row in page.rows} == {Standing.IDLE}
    assert (page.to_confirm, page.confirmed, page.working) == (4, 0, 0)
    assert [(home.head_name, len(home.people)) for home in page.idle] == [("张示范", 3), ("王测试", 1)]


def test_a_student_is_not_asked_and_somebody_of_the_export_waits_to_be_recorded(work: Workspace) -> None:
    members.change_member(work, WIFE, {"student_status": "12"})
    members.change_member(work, SON, {"working": "省外务工"})
    found = rows(work)
    assert NEW + WIFE not in found
    assert found[NEW + SON].standing is Standing.UNRECORDED
    with pytest.raises(ValidationFailed) as refused:
        employments.confirm(work, [NEW + HEAD, NEW + SON])
    assert refused.value.problems[0].field == f"{NEW}{SON}{OF_ROW}start_ym"
    assert "张小样" in refused.value.problems[0].message
    assert records.count(work, "employment") == 0, "all or nothing"


def test_typing_into_the_line_of_a_person_makes_a_spell_as_an_import_would(work: Workspace) -> None:
    spell = with_job(work)
    assert spell == employment_id(SON, "2026-03")
    row = rows(work)[spell]
    assert (row.standing, row.values["month_pay"], row.values["working"]) == (Standing.WORKING, 4500_00, True)
    assert (row.checked_on, row.is_confirmed) == (date(2026, 11, 24), True)
    assert [home.head_name for home in employment_lists.page(work).idle] == ["王测试"]


def test_a_grid_is_saved_whole_or_not_at_all_and_undone_at_once(work: Workspace) -> None:
    spell = with_job(work)
    good = typed(spell, {"month_pay": "5000", "work_planned": "否"}, month_pay=4500_00)
    bad = typed(NEW + HEAD, {**JOB, "employer": None})
    with pytest.raises(ValidationFailed) as refused:
        employments.save(work, [good, bad])
    assert [p.field for p in refused.value.problems] == [f"{NEW}{HEAD}{OF_ROW}employer"]
    assert rows(work)[spell].values["month_pay"] == 4500_00
    saved = employments.save(work, [good, typed(NEW + HEAD, JOB)], [NEW + WANG_HEAD], "走访")
    assert saved.detail == 1
    assert employment_lists.page(work).working == 2
    undoing.undo(work)
    after = rows(work)
    assert after[spell].values["month_pay"] == 4500_00
    assert after[NEW + HEAD].standing is Standing.IDLE
    assert not after[NEW + WANG_HEAD].is_confirmed


def test_a_value_that_changed_under_the_eyes_is_kept_beside(work: Workspace) -> None:
    spell = with_job(work)
    saved = employments.save(work, [typed(spell, {"month_pay": "6000"}, month_pay=3000_00)])
    assert any(problem.field == "month_pay" for problem in saved.warnings)


def test_same_as_last_month_writes_the_day_and_asks_again_next_month(work: Workspace) -> None:
    spell = with_job(work)
    on(work, "2026-12-05")
    assert not rows(work)[spell].is_confirmed
    assert employments.confirm(work, [spell], "本人电话").detail == 1
    row = rows(work)[spell]
    assert (row.checked_on, row.values["source"]) == (date(2026, 12, 5), "本人电话")
    assert row.values["month_pay"] == 4500_00
    with pytest.raises(ValidationFailed):
        employments.confirm(work, [spell], "听说")


def test_months_without_work_are_one_record_that_grows(work: Workspace) -> None:
    employments.confirm(work, [NEW + HEAD])
    on(work, "2026-12-01")
    employments.confirm(work, [NEW + HEAD])
    [spell] = records.list_records(work, "employment")
    assert (spell["working"], spell["start_ym"], spell["end_ym"]) == (False, "2026-11", "2026-12")
    on(work, "2027-03-01")
    employments.confirm(work, [NEW + HEAD])
    assert records.count(work, "employment") == 2, "nobody knows of the months between"
    row = rows(work)[NEW + HEAD]
    assert (row.standing, row.is_confirmed) == (Standing.IDLE, True)


def test_work_found_in_the_month_of_such_a_record_takes_its_place(work: Workspace) -> None:
    employments.confirm(work, [NEW + SON])
    spell = with_job(work, start_ym="2026-11")
    [record] = records.list_records(work, "employment")
    assert (record["id"], record["working"], record["end_ym"]) == (spell, True, None)


def test_spells_of_a_person_overlap_only_as_post_and_farming(work: Workspace) -> None:
    with_job(work, channel="务农")
    post = {"member_id": SON, "household_id": family_id(ZHANG), "channel": "公益岗位", "start_ym": "2026-03"}
    assert employments.add(work, post).id != employment_id(SON, "2026-03"), "the month has its spell"
    again = {**post, "channel": "灵活就业", "start_ym": "2026-08"}
    with pytest.raises(ValidationFailed) as refused:
        employments.add(work, again)
    assert {problem.field for problem in refused.value.problems} == {"start_ym"}


def test_a_spell_ends_and_stays_on_record(work: Workspace) -> None:
    spell = with_job(work)
    with pytest.raises(ValidationFailed):
        employments.end(work, [spell], "2027-01")
    with pytest.raises(ValidationFailed):
        employments.end(work, [spell], "2026-01")
    employments.end(work, [spell], "2026-09")
    found = rows(work)
    assert spell not in found
    assert found[NEW + SON].standing is Standing.IDLE
    ended = rows(work, EmploymentFilter(standing=Standing.ENDED))
    assert list(ended) == [spell]
    assert records.one(work, "employment", spell)["working"] is True
    employments.remove(work, spell)
    with pytest.raises(NotFound):
        employments.change(work, spell, {"month_pay": "1"})


def test_who_cannot_work_is_saved_with_a_warning(work: Workspace) -> None:
    person = member_id(ZHAO, "149901195310010042")
    values = {**JOB, "member_id": person, "household_id": family_id(ZHAO)}
    assert [problem.field for problem in employments.add(work, values).warnings] == ["working"]


def test_the_filters_combine(work: Workspace) -> None:
    spell = with_job(work)
    employments.save(work, [typed(NEW + WIFE, {"work_planned": "是", "work_demand": "县内务工"})])
    assert set(rows(work, EmploymentFilter(inside_county=False))) == {spell}
    assert set(rows(work, EmploymentFilter(planned=True))) == {NEW + WIFE}
    assert set(rows(work, EmploymentFilter(confirmed=False, group_name="二组"))) == {NEW + WANG_HEAD}
    assert set(rows(work, EmploymentFilter(text="建筑队"))) == {spell}
    assert set(rows(work, EmploymentFilter(text="wcs"))) == {NEW + WANG_HEAD}
    kept = employment_lists.page(work, EmploymentFilter(text="建筑队"), [NEW + HEAD]).rows
    assert {row.id for row in kept} == {spell, NEW + HEAD}


def post_of(work: Workspace) -> tuple[str, ...]:
    values = {
        "member_id": WIFE,
        "post_kind": "M0406",
        "fund_source": "光伏收益",
        "agreement_start": "2026-01-01",
        "agreement_end": "2026-12-31",
        "month_pay": "500",
    }
    return post_pages.record(work, family_id(ZHANG), values).ids


def test_a_post_is_recorded_with_its_measure_and_stands_in_the_ledger(work: Workspace) -> None:
    for person in (HEAD, WIFE, SON):
        members.change_member(work, person, {"student_status": "非在校生"})
    employments.confirm(work, [NEW + person for person in (HEAD, WIFE, SON)])
    [candidate] = post_pages.page(work).candidates
    assert "脱贫户" in candidate.reason
    assert len(candidate.people) == 3
    measure, post = post_of(work)
    assert records.one(work, "public_post", post)["measure_id"] == measure
    page = post_pages.page(work)
    assert page.candidates == ()
    assert (page.in_force, page.ending, page.month_pay) == (1, 1, 500_00)
    assert [(row.standing, row.counts) for row in rows(work).values() if row.member_id == WIFE] == [
        (Standing.POST, False)
    ]
    with pytest.raises(ValidationFailed) as refused:
        post_of(work)
    assert any("override_reason" in problem.field for problem in refused.value.problems)


def test_attendance_of_a_month_is_replaced_and_pay_needs_it(work: Workspace) -> None:
    post = post_of(work)[1]
    post_pages.attend(work, post, {"month": "2026-11", "days": "20", "paid": "500"})
    post_pages.attend(work, post, {"month": "2026-11", "days": "22", "paid": "400"})
    [row] = post_pages.page(work).posts
    assert (row.attended_months, row.attended_this_month, row.paid) == (1, True, 400_00)
    with pytest.raises(ValidationFailed):
        post_pages.attend(work, post, {"month": "2026-10", "days": "0", "paid": "500"})
    assert month_of(work.today()) == "2026-11"
