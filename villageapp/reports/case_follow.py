"""The case file of a monitored household, papers ⑥⑦⑧⑩: plan, follow-ups, elimination, notification (domain.md 4.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from villageapp.domain.monitoring_exit import EXIT_FIELDS
from villageapp.reports.case_file import CaseFile, household_boxes, pairs
from villageapp.reports.paper_form import (
    OPEN_DAY,
    Band,
    Block,
    Boxes,
    Column,
    PaperForm,
    Prose,
    Room,
    Signatures,
    Table,
    Words,
)
from villageapp.reports.privacy import Privacy

_DUTIES = ("city_county_duty", "leader_duty", "department_duty", "pairing_duty", "rescue_duty")
_LEAST_FOLLOW_UPS = 14
_PREFIX = "风险消除后"


def plan(file: CaseFile) -> PaperForm:
    """⑥ 一户一策帮扶计划."""
    return file.form("⑥", "一户一策帮扶计划", tuple(_plan(file)), Privacy.P2)


def _plan(file: CaseFile) -> Iterator[Block]:
    yield household_boxes(file)
    yield Boxes(pairs(file, "category", "identified_on", "plan_on", "plan_income_target"), label_width=92)
    yield Band("一、风险和对应措施")
    columns = (Column("风险", 1.3), Column("措施落实", 1.3), Column("已有措施（年度、内容、状态）", 4))
    rows = tuple((row.risk, row.answered, row.measures) for row in file.plan)
    yield Table(columns, rows, 0 if rows else 4, height=26)
    yield Band("二、计划新增措施")
    wanted = ("措施", "具体内容", "责任部门、责任人", "完成时限", "预计增收（元）")
    yield Table(tuple(Column(text, 1) for text in wanted), blanks=5, height=26)
    yield Words("需求分析\n和帮扶计划", file.text("plan"), 90, 2.0)
    yield Band("三、五项责任")
    yield Boxes(pairs(file, *_DUTIES), label_width=104)
    yield Signatures(("户主签字\n（手印）", "责任人签字", "村民委员会\n（章）", "日期"))


def follow_ups(file: CaseFile) -> PaperForm:
    """⑦ 跟踪记录, as many pages as it needs."""
    columns = (
        Column("日期", 1.1),
        Column("走访人", 1.1),
        Column("收入变化", 0.9, "center"),
        Column("跟踪情况（风险、措施、三保障和饮水）", 4.2),
        Column("农户签字", 1.1),
        Column("走访人签字", 1.1),
    )
    rows = tuple((one.day, one.visitors, one.trend, one.text, "", "") for one in file.follow_ups)
    table = Table(columns, rows, max(2, _LEAST_FOLLOW_UPS - len(rows)), height=34)
    made = file.form("⑦", "监测对象跟踪记录", (household_boxes(file),), Privacy.P2)
    return replace(made, table=table, one_page=False)


def elimination(file: CaseFile) -> PaperForm:
    """⑧ 风险消除核实表."""
    return file.form("⑧", "风险消除核实表", tuple(_elimination(file)), Privacy.P2)


def _elimination(file: CaseFile) -> Iterator[Block]:
    yield household_boxes(file)
    yield Boxes(
        pairs(
            file, "category", "identified_on", "stable_since", "exit_mode", "exit_verify_on", "natural_reason"
        ),
        label_width=92,
    )
    yield Band("一、风险消除后收支（元）和三保障")
    yield Boxes(pairs(file, "exit_population", *EXIT_FIELDS, prefix=_PREFIX), label_width=104)
    yield Prose(f"参数：{file.line_text}", 9.5, 0)
    yield Prose(
        "收入持续稳定、风险稳定消除和跟踪满半年等条件由乡镇、县级审核；参数未核定的不作结论。", 9.5, 0
    )
    yield Band("二、各项风险消除情况")
    columns = (Column("识别时风险", 1.3), Column("落实的措施", 3), Column("是否消除及依据", 3))
    rows = tuple((row.risk, row.measures, "") for row in file.plan)
    yield Table(columns, rows, 0 if rows else 4, height=30)
    yield Words("核实意见", "", 60)
    yield Band("三、程序")
    yield Boxes(
        pairs(
            file,
            *("exit_review_on", "exit_notice_start", "exit_notice_end", "exit_town_on", "exit_county_on"),
            *("exit_announce_on", "exit_town_doc_no", "exit_county_doc_no"),
        ),
        label_width=104,
    )
    yield Signatures(("核实人签字", "核实人签字", "户主签字\n（手印）", "日期"))


def notification(file: CaseFile) -> PaperForm:
    """⑩ 告知书, with its receipt; the family keeps it (P1)."""
    return file.form("⑩", "告知书", tuple(_notification(file)), Privacy.P1)


def _notification(file: CaseFile) -> Iterator[Block]:
    head = file.text("head_name") or "＿＿＿＿＿＿"
    yield Prose(f"{head} 户：", 14, 0)
    for text in _told(file):
        yield Prose(text, 14)
    yield Prose(f"遇到因病、因学、因灾、因意外等困难，请随时向村里申报，或拨打热线 {file.hotline}。", 14)
    yield Room(30, 1.0)
    yield Prose(f"村民委员会（章）\n{OPEN_DAY}", 14, 0, align="right")
    yield Room(20, 0.5)
    yield Band("送达回执（村里留存）")
    yield Boxes(
        (("送达事项", "告知书一份"), ("告知日期", file.text("decision_told_on"))), label_width=84, height=26
    )
    yield Signatures(("户主签字\n（手印）", "送达人签字", "送达日期"), across=3, label_width=62)


def _told(file: CaseFile) -> Iterator[str]:
    """What was decided; boxes for a pen where nothing is."""
    reason = file.text("decision_reason")
    if file.text("eliminated_ym"):
        yield f"经核实、评议、公示和审定，您户于 {file.text('eliminated_ym')} 标注风险消除。需延续的帮扶措施继续落实。"
    elif file.text("county_approved_on"):
        yield (
            f"经评议、公示、初审，县级于 {file.text('county_approved_on')} 审定，您户纳入防返贫监测，"
            f"类别为{file.text('category') or '＿＿＿＿＿＿'}。工作队将制定一户一策帮扶计划并定期走访。"
        )
    elif file.text("state") == "未纳入":
        yield f"经核实，您户未纳入防返贫监测。原因：{reason or '＿＿＿＿＿＿＿＿＿＿＿＿'}。"
        yield "对结果有异议的，可向村民委员会、乡镇反映或再次申报。"
    else:
        yield "经核实、评议和审核，现将结果告知如下："
        yield "□ 纳入防返贫监测，类别＿＿＿＿＿＿＿＿＿＿"
        yield "□ 未纳入，原因＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿"
        yield "□ 标注风险消除，日期＿＿＿＿＿＿＿＿＿＿"
