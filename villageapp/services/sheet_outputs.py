"""Outputs that are forms and cards: what each is called, what it asks for, how its papers are made (domain.md 4)."""

from __future__ import annotations

from dataclasses import dataclass

from villageapp.errors import NotFound
from villageapp.reports import asset_plate, pocket_book
from villageapp.reports.ledger_table import Paper
from villageapp.services import (
    asset_papers,
    asset_plates,
    gap_lists,
    loan_slips,
    month_sheets,
    output_kinds,
    post_sheets,
    relief_forms,
    standing_boards,
    team_sheets,
    village_rosters,
)
from villageapp.services.output_kinds import CARDS, CASES, PUBLIC, WORK, Ask, Output
from villageapp.services.sheet_makers import (
    Make,
    by_day,
    by_month,
    of_case,
    of_contacts,
    of_emergency,
    of_gap,
    of_gap_lists,
    of_incomes,
    of_loans,
    of_policies,
    of_posts,
    of_receipts,
    of_roster,
    of_village,
)


@dataclass(frozen=True, slots=True)
class SheetOutput:
    """An output with its maker."""

    output: Output
    make: Make


_HOME = (Ask.GROUP, Ask.HOUSEHOLD, Ask.BLANK)
_HOME_AND_DAY = (Ask.DAY, *_HOME)
_GROUP = (Ask.GROUP, Ask.BLANK)
_DAY = (Ask.DAY, Ask.BLANK)
_MONTH = (Ask.MONTH, Ask.BLANK)
"""What most of them ask for."""
_Page = tuple[Paper, bool]
_UPRIGHT: _Page = ("A4", False)
_ACROSS: _Page = ("A4", True)
_WIDE: _Page = ("A3", True)
"""Paper, and whether it lies on its side."""


def _sheet(
    key: str,
    group: str,
    title: str,
    make: Make,
    told: str,
    asks: tuple[Ask, ...],
    *,
    word: str = "",
    page: _Page = _UPRIGHT,
) -> SheetOutput:
    """One row of the list: its key, heading and title, how it is made, what it is, what it asks for."""
    sheet, landscape = page
    return SheetOutput(Output(key, group, title, told, asks, landscape, word=word, sheet=sheet), make)


SHEETS: tuple[SheetOutput, ...] = (
    _sheet(
        "contact",
        CARDS,
        "连心卡",
        of_contacts,
        "名片大小，一张 A4 十户，双面打印（长边翻转）后裁开；正面找谁、打什么电话，背面五条政策。",
        _HOME,
        word="联系卡",
    ),
    _sheet(
        "income",
        CARDS,
        "家庭收入核算表",
        of_incomes(by_month=False),
        "“截至”那一年（没有的取更早一年）的收支账，农户签字；还没有收支账的打出待填的表。",
        _HOME_AND_DAY,
        word="收支账",
    ),
    _sheet(
        "income-months",
        CARDS,
        "家庭收入分月核算表",
        of_incomes(by_month=True),
        "同一本账按月排开（A3 横向），逐月记的收支一目了然。",
        _HOME_AND_DAY,
        page=_WIDE,
    ),
    _sheet(
        "case",
        CASES,
        "监测对象案卷（①至⑩）",
        of_case,
        "申请授权、核实、评议、公示、审定、计划、跟踪、消除、告知：已登记的填好，其余留空手写；还没有案卷时是空白表。",
        (Ask.CASE, Ask.BLANK),
        word="一户一策 告知书 核实表",
    ),
    _sheet(
        "emergency",
        CASES,
        relief_forms.EMERGENCY_TITLE,
        of_emergency,
        "每户一张；登记过的申请填好，其余留空，户主签字、村级核实、乡镇审批。",
        _HOME,
        word="临时救助",
    ),
    _sheet(
        "gap",
        CASES,
        relief_forms.GAP_TITLE,
        of_gap,
        "按“截至”那一年的收支账测算，写明公式；全村只打可以补差的户，选一户时写明不符合的条件。",
        _HOME_AND_DAY,
        word="补差 防贫保险",
    ),
    _sheet(
        "loan-slip",
        CASES,
        loan_slips.TITLE,
        of_loans,
        "快到期和逾期的贷款一笔一张（A5）；选一户时是该户全部未还的；没有到期的是空白单。",
        _HOME_AND_DAY,
        word="催收 还款",
    ),
    _sheet(
        "gap-lists",
        output_kinds.SHEETS,
        gap_lists.TITLE,
        of_gap_lists,
        "按数据体检的规则找出人和户，三张清单，留出处理措施和责任人。",
        (Ask.DAY, Ask.GROUP, Ask.BLANK),
        word="医保 辍学 控辍保学 搬迁",
        page=_ACROSS,
    ),
    _sheet(
        "receipt",
        output_kinds.SHEETS,
        village_rosters.RECEIPT_TITLE,
        of_receipts,
        "按户列好名字，发放消费券、米面油和慰问品时签字，代领的写明关系；当月登记过的消费券已填好。",
        (Ask.MONTH, *_GROUP),
        word="领取表 慰问",
        page=_ACROSS,
    ),
    _sheet(
        "guarantees",
        output_kinds.SHEETS,
        village_rosters.GUARANTEE_TITLE,
        of_roster(village_rosters.guarantee_papers),
        "集中排查时一户一行打勾：义务教育、基本医疗、住房、饮水，农户签字。",
        _GROUP,
        word="三保障 名单",
        page=_ACROSS,
    ),
    _sheet(
        "toilets",
        output_kinds.SHEETS,
        village_rosters.TOILET_TITLE,
        of_roster(village_rosters.toilet_papers),
        "最近一次排查的结果已填好，没有排查过的打勾手写。",
        _GROUP,
        word="改厕 厕所",
        page=_ACROSS,
    ),
    _sheet(
        "posts",
        WORK,
        post_sheets.TITLE,
        of_posts,
        "当月在协议期内的公益岗，出勤天数和实发工资，领取人签字。",
        (Ask.MONTH, Ask.GROUP, Ask.BLANK),
        word="公岗 工资表 签字",
        page=_ACROSS,
    ),
    _sheet(
        "attendance",
        WORK,
        team_sheets.ATTENDANCE_TITLE,
        by_month(team_sheets.attendance_papers),
        "全队一个月的考勤（31 列），请假和走访天数自动带入。",
        _MONTH,
        word="签到",
        page=_ACROSS,
    ),
    _sheet(
        "worklog",
        WORK,
        team_sheets.LOG_TITLE,
        by_month(team_sheets.log_papers),
        "一个月的工作日志，一人一份；没有日志的月份是空白表。",
        _MONTH,
        word="驻村日记",
    ),
    _sheet(
        "leave",
        WORK,
        team_sheets.LEAVE_TITLE,
        by_month(team_sheets.leave_papers),
        "当月的请假一次一张（A5），逐级签字；没有请假的月份是空白单。",
        _MONTH,
        word="请假条 销假",
    ),
    _sheet(
        "score",
        WORK,
        standing_boards.SCORE_TITLE,
        by_month(standing_boards.score_papers),
        "评分规则和当月得分，一人一张；没有得分的月份留空手评。",
        _MONTH,
        word="考核 打分",
    ),
    _sheet(
        "asset-plates",
        WORK,
        asset_plate.TITLE,
        of_village(asset_plates.plate_papers),
        "每个在册资产一块（90×60 毫米，一张 A4 八块），扫码可查，裁开张贴。",
        (Ask.BLANK,),
        word="标识牌 二维码",
    ),
    _sheet(
        "month",
        PUBLIC,
        "问题月调度表",
        by_month(month_sheets.month_papers),
        "新增、应办结、按期、超期、回炉、销号和未销号清单。",
        _MONTH,
    ),
    _sheet(
        "project-boards",
        PUBLIC,
        asset_papers.BOARD_TITLE,
        of_village(asset_papers.board_papers),
        "每个项目一页：资金来源、实施单位、工期、四制、受益户，供公示栏和公示牌。",
        (Ask.BLANK,),
        word="项目公示 公告",
    ),
    _sheet(
        "pv-income",
        PUBLIC,
        asset_papers.PV_TITLE + "和签字表",
        by_day(asset_papers.pv_papers),
        "“截至”那一年的每笔光伏收益：公示一份（只有姓名、用途、金额），签字表一份。",
        _DAY,
        word="分配 电站",
    ),
    _sheet(
        "boards",
        PUBLIC,
        standing_boards.BOARD_TITLE,
        by_day(standing_boards.board_papers),
        "“截至”那一年的村民积分，党员和农户各一张榜，供公示栏。",
        _DAY,
        word="积分超市 红黑榜",
    ),
    _sheet(
        "pocket-book",
        CARDS,
        pocket_book.TITLE,
        of_policies,
        "当日有效的政策一条一页（A6），一张 A4 四页，双面打印（长边翻转）后裁成四摞依次叠放。",
        (Ask.DAY,),
        word="政策手册",
    ),
)


def made_by(key: str) -> Make | None:
    """How the papers of this output are made; None for an output of another kind."""
    return next((one.make for one in SHEETS if one.output.key == key), None)


def one(key: str) -> SheetOutput:
    """The output of a key with its maker. Raises NotFound naming those there are."""
    for found in SHEETS:
        if found.output.key == key:
            return found
    known = "、".join(f"{found.output.key}（{found.output.title}）" for found in SHEETS)
    raise NotFound(f"没有“{key[:20]}”这种表。", remedy=f"可用：{known}。", code="unknown_sheet")
