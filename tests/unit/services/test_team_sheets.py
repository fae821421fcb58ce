"""Papers of the team: attendance in 31 columns, logs of a month, leave slips, the score sheet."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.helpers.days import on
from tests.helpers.pdf_pages import ink_at_the_edges, page_sizes_mm, page_texts
from villageapp.services import attendances, cadres, leaves, records, work_logs
from villageapp.services.paper_files import papers_pdf, print_papers
from villageapp.services.standing_boards import score_papers
from villageapp.services.team_sheets import attendance_papers, leave_papers, log_papers
from villageapp.services.workspace import Workspace

MARCH = date(2023, 3, 1)


@pytest.fixture
def team(work: Workspace) -> Workspace:
    """A month with attendance, a leave and a log."""
    on(work, "2023-03-28")
    for day in range(1, 21):
        attendances.mark_attendance(work, date(2023, 3, day), "在岗" if day % 7 else "休息")
    leaves.request_leave(
        work, {"kind": "事假", "from_on": "2023-03-22", "to_on": "2023-03-24", "reason": "家事"}
    )
    work_logs.save_log(
        work, {"day": "2023-03-02", "kind": "走访", "morning": "走访五户", "afternoon": "开会"}
    )
    return work


def test_attendance_counts_days_and_signs(team: Workspace, tmp_path: Path) -> None:
    report = print_papers(team, attendance_papers(team, date(2023, 3, 15)), tmp_path / "a.pdf")
    assert (report.pages, report.missing_glyphs) == (1, ())
    assert page_sizes_mm(tmp_path / "a.pdf") == [(297, 210)]
    (text,) = page_texts(tmp_path / "a.pdf")
    assert text.count("√") == 18 + 1, "days and the legend"
    for part in ("2023年3月", "周队员", "工作队长签字", "31"):
        assert part in text
    (month,) = attendances.attendance_month(team, MARCH)
    assert month.judgement in text


def test_other_months_and_blank_sheets_name_nobody(team: Workspace) -> None:
    for papers in (
        attendance_papers(team, date(2022, 3, 1)),
        attendance_papers(team, MARCH, blank=True),
        log_papers(team, date(2022, 3, 1)),
        log_papers(team, MARCH, blank=True),
        leave_papers(team, date(2022, 3, 1)),
        leave_papers(team, MARCH, blank=True),
        score_papers(team, MARCH, blank=True),
    ):
        (text,) = page_texts(papers_pdf(team, papers))
        assert "周队员" not in text
        assert "＿" in text or "请假类别" in text


def test_logs_stand_by_day(team: Workspace) -> None:
    work_logs.save_log(team, {"day": "2023-03-01", "kind": "会议", "morning": "支部会" * 200})
    pages = page_texts(papers_pdf(team, log_papers(team, MARCH)))
    text = "".join(pages)
    assert text.index("03-01") < text.index("03-02")
    assert "走访五户" in text
    assert "工作队长签字" in text
    assert ink_at_the_edges(papers_pdf(team, log_papers(team, MARCH)), 9) == 0


def test_a_slip_for_each_leave(team: Workspace, tmp_path: Path) -> None:
    leaves.request_leave(
        team, {"kind": "病假", "from_on": "2023-03-31", "to_on": "2023-04-02", "reason": "看病"}
    )
    print_papers(team, leave_papers(team, MARCH), tmp_path / "a.pdf")
    first, second = page_texts(tmp_path / "a.pdf")
    assert set(page_sizes_mm(tmp_path / "a.pdf")) == {(148, 210)}
    for part in ("周队员", "事假", "2023-03-22", "3 天", "家事", "乡镇意见"):
        assert part in first
    assert "看病" in second
    assert len(page_texts(papers_pdf(team, leave_papers(team, date(2023, 4, 1))))) == 1


def test_the_score_sheet_adds_up(team: Workspace) -> None:
    rule = {
        "code": "S1",
        "dimension": "服务",
        "text": "每月走访二十户",
        "points": 10,
        "effective_from": "2022-01-01",
    }
    records.record(team, "score_rule", rule)
    score = {"cadre_id": team.identity.user_id, "period": "2023-03", "rule_code": "S1", "points": 8}
    records.record(team, "score", {**score, "evidence": "走访十六户"})
    records.record(team, "score", {**score, "rule_code": "S9", "points": -3})
    (text,) = page_texts(papers_pdf(team, score_papers(team, MARCH)))
    for part in ("周队员", "每月走访二十户", "走访十六户", "合计 5"):
        assert part in text
    (empty,) = page_texts(papers_pdf(team, score_papers(team, date(2023, 4, 1))))
    assert "每月走访二十户" in empty
    assert "走访十六户" not in empty


def test_a_long_name_stays_on_the_sheet(team: Workspace) -> None:
    cadres.record_cadre(team, {"name": "阿卜杜热合曼·买买提伊明江·示范", "role": "工作队员"})
    row = next(row for row in cadres.list_cadres(team) if row["name"].startswith("阿"))
    attendances.mark_attendance(team, date(2023, 3, 1), "出差", {"cadre_id": row["id"]})
    pdf = papers_pdf(team, attendance_papers(team, MARCH))
    assert len(page_texts(pdf)) == 1
    assert ink_at_the_edges(pdf, 9) == 0
