"""The case file of a monitored household, papers ①②③⑤: application to approval (domain.md 4.4). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from villageapp.domain.monitoring_case import IDENT_ANSWERS, IDENT_MONEY, MONITORING_CASE
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

MEMBER_COLUMNS = (
    Column("姓名", 1.3),
    Column("与户主关系", 1.2),
    Column("性别", 0.7, "center"),
    Column("年龄", 0.7, "center"),
    Column("证件号码", 2.7),
    Column("健康状况", 1.5),
    Column("劳动技能", 1.5),
    Column("在校、务工", 1.6),
    Column("参保", 0.8, "center"),
)
_BLANK_MEMBERS = 6


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A risk with what is done about it."""

    risk: str
    answered: str
    measures: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A visit after the identification."""

    day: str
    visitors: str
    trend: str
    text: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What the papers of a case say; a blank set has an empty ``uid`` and no texts."""

    uid: str
    version: int
    village: str
    texts: Mapping[str, str] = field(default_factory=dict)
    """Fields of the form 监测对象案卷 and of the household, as people read them."""
    members: Sequence[tuple[str, ...]] = ()
    """In the columns of ``MEMBER_COLUMNS``."""
    adults: tuple[str, ...] = ()
    """Names of those who sign for themselves; a member whose age is unknown is among them."""
    clue: Mapping[str, str] = field(default_factory=dict)
    consent: Mapping[str, str] = field(default_factory=dict)
    risks: tuple[str, ...] = ()
    plan: tuple[PlanRow, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    line_text: str = "监测线未核定"
    """The monitoring line with its version, or that it is unset."""
    hotline: str = ""
    leaving: bool = False
    """The risk is about to be, or has been, marked as eliminated."""

    def text(self, name: str) -> str:
        """A field as people read it, empty where a pen writes."""
        return self.texts.get(name, "")

    @property
    def is_blank(self) -> bool:
        """Whether it is the set for a pen."""
        return not self.uid

    def form(self, number: str, title: str, blocks: tuple[Block, ...], grade: Privacy) -> PaperForm:
        """One paper of the set."""
        head = self.text("head_name")
        name = f"{head}户{title}" if head else title
        return PaperForm(
            "case", self.uid, self.version, name, f"{number} {title}", self.village, grade, blocks
        )


def pairs(file: CaseFile, *names: str, prefix: str = "") -> tuple[tuple[str, str], ...]:
    """Labels and texts of fields of the case, the labels without what the heading already says."""
    return tuple((MONITORING_CASE[name].label.removeprefix(prefix), file.text(name)) for name in names)


def household_boxes(file: CaseFile) -> Boxes:
    """Who it is about."""
    return Boxes(
        (
            ("户主", file.text("head_name")),
            ("村民小组", file.text("group_name")),
            ("户编号", file.text("national_hh_no")),
            ("户类型", file.text("household_type")),
            ("家庭住址", file.text("address")),
            ("联系电话", file.text("phone")),
        )
    )


def members_table(file: CaseFile) -> Table:
    """Everybody in the household."""
    blanks = _BLANK_MEMBERS if not file.members else 0
    return Table(MEMBER_COLUMNS, file.members, blanks, size=9)


def application(file: CaseFile) -> PaperForm:
    """① 申请及承诺授权书."""
    return file.form("①", "防返贫监测申请及承诺授权书", tuple(_application(file)), Privacy.P2)


def _application(file: CaseFile) -> Iterator[Block]:
    yield household_boxes(file)
    yield Band("一、申请")
    yield Boxes(
        (
            ("申报（发现）日期", file.text("reported_on") or file.clue.get("reported_on", "")),
            ("来源", file.clue.get("source", "")),
        )
    )
    yield Words("困难情况\n和申请事由", file.clue.get("description", ""), 90)
    yield Words("可能的风险", "、".join(file.risks), 30, 0.3)
    yield Band("二、承诺和授权")
    for text in (
        "本户承诺所报家庭人口、收入、支出、住房、饮水、就学、就医等情况真实，如有隐瞒愿承担相应责任。",
        (
            "本户授权乡镇、县级有关部门依法核查本户全部成年成员的户籍、收入、财产、社会保险、车辆、工商登记、"
            "存款等家庭经济状况，核查结果仅用于防返贫监测和帮扶。"
        ),
        "本户同意把姓名、村组、监测对象类别和评议结果在村内公示；证件号码、电话、账号、健康情况不公示。",
    ):
        yield Prose(text)
    yield Band("三、全部成年家庭成员签字（按手印的须有见证人，代签的须写明关系和原因）")
    columns = (
        Column("姓名", 1),
        Column("签字（手印）", 1.6),
        Column("代签人及关系、原因", 1.8),
        Column("日期", 1.1),
    )
    yield Table(
        columns, tuple((name, "", "", "") for name in file.adults), 0 if file.adults else 6, height=26
    )
    yield Boxes(
        (
            ("授权签字日期", file.consent.get("signed_on", "")),
            ("签字方式", file.consent.get("method", "")),
            ("见证人", file.consent.get("witness", "")),
            ("文本版本", file.consent.get("text_version", "")),
        )
    )
    yield Signatures(("户主签字\n（手印）", "受理人签字", "日期"), across=3, label_width=62)


def verification(file: CaseFile) -> PaperForm:
    """② 入户核实表."""
    return file.form("②", "监测对象入户核实表", tuple(_verification(file)), Privacy.P2)


def _verification(file: CaseFile) -> Iterator[Block]:
    yield household_boxes(file)
    yield Band("一、家庭成员")
    yield members_table(file)
    yield Band("二、识别时收支（元）")
    yield Boxes(pairs(file, "ident_population", *IDENT_MONEY, prefix="识别时"), across=3, label_width=82)
    yield Prose(f"参数：{file.line_text}", 9.5, 0)
    yield Band("三、“三保障”和饮水安全")
    yield Boxes(pairs(file, *IDENT_ANSWERS, "relocated_settlement", prefix="识别时"), label_width=104)
    yield Band("四、风险和核实结论")
    yield Boxes(pairs(file, "risk_1", "risk_2", "risk_3", "natural_disaster_sub"), label_width=92)
    yield Words("风险说明", file.text("risk_note"), 30)
    yield Boxes(
        (
            *pairs(file, "verify_on", "verify_result", "verifiers", "category_proposed"),
            ("监测联系人", file.text("contact_name")),
            ("联系人电话", file.text("contact_phone")),
        ),
        label_width=92,
    )
    yield Words("核实意见", file.text("decision_reason"), 44)
    yield Signatures(("核实人签字", "核实人签字", "户主签字\n（手印）", "日期"))


def review(file: CaseFile) -> PaperForm:
    """③ 民主评议记录."""
    return file.form("③", "民主评议记录", tuple(_review(file)), Privacy.P2)


def _review(file: CaseFile) -> Iterator[Block]:
    yield Boxes(
        (
            ("户主", file.text("head_name")),
            ("村民小组", file.text("group_name")),
            *pairs(file, "village_review_on", "attendees", "votes_total", "votes_for"),
            ("评议地点", ""),
            ("主持人", ""),
        ),
        label_width=92,
    )
    yield Words("核实情况\n介绍", _verified(file), 60)
    yield Words("评议发言\n摘要", "", 150, 3.0)
    yield Words("评议结果", _voted(file), 40)
    yield Band("参会人员签到")
    columns = tuple(Column(text, 1) for text in ("姓名", "签字", "姓名", "签字", "姓名", "签字"))
    yield Table(columns, blanks=7, height=22)
    yield Signatures(("主持人签字", "记录人签字", "村民委员会\n（章）", "日期"))


def _verified(file: CaseFile) -> str:
    if not file.text("verify_on"):
        return ""
    result, risks = file.text("verify_result"), "、".join(file.risks)
    parts = (f"结果：{result}" if result else "", f"风险：{risks}" if risks else "")
    return "；".join((f"{file.text('verify_on')} 入户核实", *filter(None, parts)))


def _voted(file: CaseFile) -> str:
    if not file.text("votes_for"):
        return ""
    category = file.text("category")
    told = f"应到投票 {file.text('votes_total')}，同意 {file.text('votes_for')}"
    return told + (f"；评议类别：{category}" if category else "")


def approval(file: CaseFile) -> PaperForm:
    """⑤ 乡镇初审、县级审定粘贴页."""
    blocks = (
        household_boxes(file),
        Band("一、乡镇初审"),
        Boxes(pairs(file, "town_review_on", "town_doc_no"), label_width=92),
        Words("初审意见", file.text("town_opinion"), 44, 0.2),
        Room(200, 1.0, "乡镇初审文件粘贴处", framed=True),
        Band("二、县级审定"),
        Boxes(
            pairs(file, "county_approved_on", "county_doc_no", "identified_on", "category"), label_width=92
        ),
        Room(200, 1.0, "县级审定文件粘贴处", framed=True),
    )
    return file.form("⑤", "乡镇初审、县级审定粘贴页", blocks, Privacy.P2)


def posted_later(file: CaseFile, number: str, title: str) -> PaperForm:
    """④ ⑨ while nothing was reviewed yet: a notice for a pen. Names nobody: it is public (P0)."""
    blocks = (
        Prose("经村民代表会议民主评议，现将评议结果予以公示。", 14),
        Table(
            tuple(Column(text, 1) for text in ("户主姓名", "所在村组", "监测对象类别", "评议结果")),
            blanks=4,
            size=14,
            height=34,
        ),
        Prose(f"公示期自{OPEN_DAY} 起至{OPEN_DAY} 止。", 14),
        Prose(f"有异议的请在公示期内向村民委员会、驻村工作队或乡镇反映，也可拨打热线 {file.hotline}。", 14),
        Room(40, 1.0),
        Prose("村民委员会（章）", 14, 0, align="right"),
        Prose(OPEN_DAY, 14, 0, align="right"),
    )
    return PaperForm(
        "case", file.uid, file.version, title, f"{number} {title}", file.village, Privacy.P0, blocks
    )
