"""Record sheets of visits: blank, prepared, recorded; one page each; nothing cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.days import on
from tests.helpers.pdf_pages import ink_at_the_edges, page_sizes_mm, page_texts
from tests.helpers.stores import WANG, ZHANG, add_family, family_id, member_id
from villageapp.domain.visit import BASIC_NEEDS, CHANGES, GUARANTEES, VISIT
from villageapp.errors import Cancelled, NotFound, Trouble, ValidationFailed
from villageapp.services import measures, problems, visits
from villageapp.services.visit_sheets import Wanted, print_visits, visits_pdf
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
SON = member_id(ZHANG, "149901198801010016")


class Impatient:
    """Cancels after the first sheet."""

    def __init__(self) -> None:
        self.done = 0

    def step(self, done: int, total: int, what: str) -> None:
        self.done = max(self.done, done)

    def check_cancelled(self) -> None:
        if self.done:
            raise Cancelled


def _measure(work: Workspace) -> str:
    values = {"item": "M0202", "title": "交通补贴", "status": "实施中", "member_id": SON}
    return measures.record_measure(work, HOME, values).id


def _visit(work: Workspace, **more: Any) -> str:
    values = {"kind": "01", "started_at": "2023-03-05 10:00", "ended_at": "2023-03-05 10:40", **more}
    return visits.record_visit(work, HOME, {"result": "见到户主", **values}).id


def test_a_blank_sheet_asks_everything_and_ticks_nothing(work: Workspace, tmp_path: Path) -> None:
    report = print_visits(work, Wanted(blank=2), tmp_path / "a.pdf")
    assert (report.pages, report.items, report.missing_glyphs) == (2, 2, ())
    first, second = page_texts(tmp_path / "a.pdf")
    assert first == second
    for name in (*CHANGES, *BASIC_NEEDS, *GUARANTEES, "income_trend", "big_expense", "difficulty", "demand"):
        assert VISIT[name].label in first
    assert "☑" not in first
    assert "张示范" not in first
    assert "第 1 页 共 1 页" in first
    assert set(page_sizes_mm(tmp_path / "a.pdf")) == {(210, 297)}
    assert ink_at_the_edges(tmp_path / "a.pdf", 9) == 0
    for count in (0, -1, 501):
        with pytest.raises(ValidationFailed, match="500"):
            print_visits(work, Wanted(blank=count), tmp_path / "b.pdf")
    assert not (tmp_path / "b.pdf").exists()


def test_a_prepared_sheet_knows_the_family_and_what_is_open(work: Workspace, tmp_path: Path) -> None:
    on(work, "2023-03-10")
    _measure(work)
    values = {"category": "住房安全", "title": "房顶漏雨", "reported_on": "2023-03-09", "household_id": HOME}
    problem = problems.add_problem(work, values).detail
    report = print_visits(work, Wanted(households=(HOME,)), tmp_path / "a.pdf")
    assert report.pages == 1
    (text,) = page_texts(tmp_path / "a.pdf")
    for part in (
        "张示范",
        "一组",
        ZHANG,
        "李样例",
        "交通补贴（张小样）",
        "房顶漏雨",
        str(problem.due_verify),
    ):
        assert part in text
    assert "☑" not in text
    assert "14990119620315001X" not in text, "no ID number is needed at the door"


def test_all_households_in_walking_order_and_one_group(work: Workspace, tmp_path: Path) -> None:
    assert print_visits(work, Wanted(households=None), tmp_path / "a.pdf").items == 4
    heads = ("张示范", "王测试", "赵演示", "单䶮")
    texts = page_texts(tmp_path / "a.pdf")
    assert [next(head for head in heads if head in text) for text in texts] == list(heads)
    grouped = print_visits(work, Wanted(households=None, group="二组"), tmp_path / "a.pdf")
    assert (grouped.items, grouped.pages) == (2, 2)
    with pytest.raises(Trouble, match="没有要打印的内容"):
        print_visits(work, Wanted(households=None, group="没有的组"), tmp_path / "a.pdf")
    assert len(page_texts(tmp_path / "a.pdf")) == 2, "the file of before is untouched"


def test_a_recorded_visit_shows_answers_and_what_it_opened(work: Workspace, tmp_path: Path) -> None:
    on(work, "2023-03-06")
    measure = _measure(work)
    visit = _visit(
        work,
        water_ok=False,
        water_ok_note="水管冻裂",
        edu_ok=True,
        work_change=True,
        work_change_note="儿子去太原",
        big_expense=True,
        expense_kind="医疗",
        expense_amount="2600.50",
        demand="想装暖气",
        satisfaction="满意",
        measures_checked=[{"measure_id": measure, "status": "落实"}],
    )
    print_visits(work, Wanted(visits=(visit,)), tmp_path / "a.pdf")
    (text,) = page_texts(tmp_path / "a.pdf")
    item = problems.list_problems(work)[0]
    for part in (
        *(
            "☑日常走访",
            "☑见到户主",
            "水管冻裂",
            "儿子去太原",
            "☑医疗",
            "2,600.50",
            "想装暖气",
            "☑满意",
            "☑落实",
        ),
        *("2023-03-05 10:00", "2023-03-05 10:40", "周队员", item["ledger_no"], str(item["due_solve"])),
    ):
        assert part in text
    assert text.count("☑") == 9
    with pytest.raises(NotFound, match="没有找到这次走访"):
        visits_pdf(work, Wanted(visits=("nobody",)))


def test_a_large_family_stays_on_one_page(work: Workspace, tmp_path: Path) -> None:
    ids = (
        *("14990119620315001X", "149901196507080022", "149901198801010016", "149901201009160023"),
        *("149901195512310035", "14990119480612003X", "149901195310010042"),
    )
    people = tuple(
        {"name": f"欧阳示例{place}", "id_no": number, "relation": "其他" if place else "户主", "labour": "1"}
        for place, number in enumerate(ids)
    )
    number = "1499000000000012"
    home = add_family(work, {"national_hh_no": number, "group_name": "一组", "household_type": "1"}, people)
    assert print_visits(work, Wanted(households=(home.id,)), tmp_path / "a.pdf").pages == 1
    (text,) = page_texts(tmp_path / "a.pdf")
    assert all(f"欧阳示例{place}" in text for place in range(len(ids)))


def test_long_words_lose_nothing(work: Workspace, tmp_path: Path) -> None:
    told = "".join(f"第{number}件事说来话长" for number in range(220))[:1990]
    visit = _visit(work, difficulty=told, demand=told)
    print_visits(work, Wanted(visits=(visit,)), tmp_path / "a.pdf")
    whole = "".join(page_texts(tmp_path / "a.pdf"))
    assert all(whole.count(f"第{number}件事") >= 2 for number in range(0, 170, 13))
    assert "\u2026" not in whole
    assert ink_at_the_edges(tmp_path / "a.pdf", 9) == 0


def test_cancel_and_a_missing_glyph_leave_the_file_of_before(work: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    print_visits(work, Wanted(households=None), path)
    before = path.read_bytes()
    with pytest.raises(Cancelled):
        print_visits(work, Wanted(households=None), path, Impatient())
    visit = _visit(work, demand="想换\ue123")
    with pytest.raises(Trouble, match=r"U\+E123") as refused:
        print_visits(work, Wanted(visits=(visit,)), path)
    assert refused.value.code == "missing_glyph"
    assert path.read_bytes() == before
    assert {entry.name for entry in tmp_path.iterdir()} == {"village", "a.pdf"}
    report = print_visits(work, Wanted(visits=(visit,)), path, allow_missing=True)
    assert len(report.missing_glyphs) == 1
    assert "[U+E123]" in page_texts(path)[0]


def test_the_short_form_has_two_households_on_a_page(work: Workspace, tmp_path: Path) -> None:
    report = print_visits(work, Wanted(households=None, short=True), tmp_path / "a.pdf")
    assert (report.items, report.pages) == (4, 2)
    first, second = page_texts(tmp_path / "a.pdf")
    assert "张示范" in first
    assert "王测试" in first
    assert "单䶮" in second
    blank = print_visits(work, Wanted(blank=3, short=True), tmp_path / "a.pdf")
    assert (blank.items, blank.pages) == (3, 2)
    assert ink_at_the_edges(tmp_path / "a.pdf", 5) == 0
    visit = _visit(work, water_ok=False, water_ok_note="水管冻裂", demand="想装暖气")
    print_visits(work, Wanted(visits=(visit,), short=True), tmp_path / "a.pdf")
    (text,) = page_texts(tmp_path / "a.pdf")
    assert "饮水安全：水管冻裂" in text.replace(":", "\uff1a")
    assert "想装暖气" in text


def test_equal_data_and_time_give_equal_bytes(work: Workspace) -> None:
    on(work, "2023-03-10")
    wanted = Wanted(households=(family_id(WANG),))
    assert visits_pdf(work, wanted) == visits_pdf(work, wanted)
