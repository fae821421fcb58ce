"""From facts to the strings a card prints, at one privacy grade. What a grade hides is dropped here, once.

Drawing and the check for missing glyphs both read ``CardTexts``: nothing reaches the paper by another way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from villageapp.domain.money import yuan
from villageapp.reports.card_facts import CardFacts, CardMeasure, CardMember, Schooling, content_sha8
from villageapp.reports.card_income import income_texts
from villageapp.reports.card_template import CardTemplate
from villageapp.reports.privacy import Privacy, masked_id
from villageapp.reports.qr import qr_text

BEIJING = timezone(timedelta(hours=8))
UNKNOWN = "未知"
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class CardTexts:
    """All strings of one card; keys are those of the template."""

    qr: str
    head_name: str
    header: Row
    basic: Row
    members: tuple[Row, ...]
    guarantees: Row
    contacts: dict[str, Row]
    measures: tuple[Row, ...]
    """In the template's order of groups; ``group`` is the label, ``code`` is not printed."""
    income: tuple[Row, ...] | None
    """Head row with the years, then one row per subject; None when nothing may or can be shown."""
    income_blank: str
    """What stands in place of the income figures."""
    visits: tuple[Row, ...]
    plans: tuple[Row, ...]
    footer: Row

    def strings(self) -> Iterator[tuple[str, str]]:
        """Every printed string with a word for where it stands."""
        for where, row in (("标题", self.header), ("家庭基本情况", self.basic), ("三保障", self.guarantees)):
            yield from ((where, text) for text in row.values())
        yield from (("家庭成员", text) for row in self.members for text in row.values())
        yield from (("帮扶联系人", text) for row in self.contacts.values() for text in row.values())
        yield from (("帮扶措施", text) for row in self.measures for text in row.values())
        yield from (("走访记录", text) for row in self.visits for text in row.values())
        yield from (("下步计划", text) for row in self.plans for text in row.values())
        yield from (("页脚", text) for text in self.footer.values())


def card_texts(facts: CardFacts, template: CardTemplate, grade: Privacy, printed_at: datetime) -> CardTexts:
    """The strings of one card as printed at ``printed_at`` (aware)."""
    today = printed_at.astimezone(BEIJING).date()
    public = grade is Privacy.P0
    income = None if public else income_texts(facts.income_last, facts.income_this, template)
    return CardTexts(
        qr=qr_text("card", facts.household_uid, facts.revision, content_sha8(facts)),
        head_name=facts.head_name,
        header=_header(facts, template, grade),
        basic=_basic(facts, public),
        members=tuple(_member(member, grade, today) for member in facts.members),
        guarantees=_guarantees(facts),
        contacts={c.role: {"name": c.name, "unit": c.unit, "phone": c.phone} for c in facts.contacts},
        measures=_measures(facts, template, public),
        income=income,
        income_blank=template.texts["hidden" if public else "no_income"],
        visits=_visits(facts, template, public),
        plans=()
        if public
        else tuple({"need": p.need, "measure": p.measure, "due": p.due} for p in facts.plans),
        footer=_footer(facts, template, public),
    )


def tri(value: bool | None, yes: str = "是", no: str = "否") -> str:
    """Yes, no or unknown; unknown is never no."""
    return UNKNOWN if value is None else yes if value else no


def box(ticked: bool, label: str) -> str:
    """A tick box with its label."""
    return f"{'☑' if ticked else '□'}{label}"


def age_on(birth: date | None, day: date) -> str:
    """Full years on ``day``; blank when the birth date is not known or lies ahead."""
    if birth is None or birth > day:
        return ""
    return str(day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day)))


def _header(facts: CardFacts, template: CardTemplate, grade: Privacy) -> Row:
    names = {"county": facts.county, "town": facts.town, "village": facts.village, "year": facts.year}
    return {
        "title": template.text("title", **names),
        "back_title": template.text("back_title", **names),
        "more_title": template.text("more_title", **names),
        "card_no": facts.card_no,
        "household_type": facts.household_type or UNKNOWN,
        "monitoring": facts.monitoring if facts.monitoring is not None else UNKNOWN,
        "grade": grade.label,
        "head": facts.head_name,
    }


def _basic(facts: CardFacts, public: bool) -> Row:
    monitoring = facts.monitoring if facts.monitoring is not None else UNKNOWN
    place = f"{facts.village}{facts.group_name}"
    return {
        "head": facts.head_name,
        "population": "" if facts.population is None else f"{facts.population}人",
        "labour": "" if facts.labour_count is None else f"{facts.labour_count}人",
        "phone": "" if public else facts.phone,
        "address": place if public else facts.address or place,
        "household_type": facts.household_type or UNKNOWN,
        "monitoring": f"{monitoring}（{facts.identified_ym} 识别）" if facts.identified_ym else monitoring,
        "risks": "" if public else "、".join(facts.risks),
        "welfare": _welfare(facts, public),
        "relocated": _with(tri(facts.is_relocated), facts.settlement if facts.is_relocated else ""),
    }


def _welfare(facts: CardFacts, public: bool) -> str:
    """Dibao and tekun with category and monthly amount."""
    details = facts.dibao_text
    if facts.dibao_month_fen is not None and not public:
        details = f"{details} 每月{yuan(facts.dibao_month_fen)}元".strip()
    dibao = _with(tri(facts.is_dibao, "低保：是", "低保：否"), details if facts.is_dibao else "")
    tekun = _with(tri(facts.is_tekun, "特困：是", "特困：否"), facts.tekun_text if facts.is_tekun else "")
    parts = (f"低保：{UNKNOWN}" if facts.is_dibao is None else dibao, tekun)
    return "  ".join((parts[0], f"特困：{UNKNOWN}" if facts.is_tekun is None else parts[1]))


def _with(text: str, details: str) -> str:
    return f"{text}（{details}）" if details else text


def _member(member: CardMember, grade: Privacy, today: date) -> Row:
    shown_id = {Privacy.P0: "", Privacy.P1: masked_id(member.id_no), Privacy.P2: member.id_no}[grade]
    return {
        "name": member.name,
        "relation": member.relation,
        "sex": member.sex,
        "age": age_on(member.birth_date, today),
        "id_no": shown_id,
        "health": "" if grade is Privacy.P0 else "、".join(member.health),
        "labour": member.labour,
        "study_work": member.study_work,
        "medical": tri(member.medical, "已参保", "未参保"),
        "pension": tri(member.pension, "已参保", "未参保"),
    }


def _guarantees(facts: CardFacts) -> Row:
    known = facts.guarantees
    schooling = (
        (Schooling.SECURED, "有保障"),
        (Schooling.NO_SCHOOL_AGE, "无适龄"),
        (Schooling.NOT_SECURED, "未保障"),
    )
    insured = box(known.all_insured is True, "全部参保")
    if known.all_insured is False:
        count = "" if known.uninsured_count is None else f" {known.uninsured_count}人"
        insured += f"  {box(True, '有未参保')}{count}"
    else:
        insured += f"  {box(False, '有未参保')}"
    levels = (("A", "A级"), ("B", "B级"), ("CD", "C/D级"))
    level = known.house_level
    house = "  ".join(box(bool(level) and level in letters, label) for letters, label in levels)
    other = level if level not in ("", "A", "B", "C", "D") else ""
    details = "，".join(part for part in (other, known.house_route) if part)
    return {
        "schooling": " ".join(box(known.schooling is state, label) for state, label in schooling),
        "medical": insured,
        "house": f"{house}  保障方式：{details}" if details else house,
        "water": f"{box(known.water_safe is True, '达标')}  {box(known.water_safe is False, '未达标')}",
        "verified": known.verified_on.isoformat() if known.verified_on else "",
    }


def _measures(facts: CardFacts, template: CardTemplate, public: bool) -> tuple[Row, ...]:
    order = {code: place for place, code in enumerate(template.groups)}
    ranked = sorted(facts.measures, key=lambda m: order.get(m.group, len(order)))
    return tuple(
        _measure(m, template, public and m.group in template.public_hidden_groups, public) for m in ranked
    )


def _measure(measure: CardMeasure, template: CardTemplate, hidden: bool, public: bool) -> Row:
    content = " ".join(box(True, item) for item in measure.items)
    if not public and measure.content:
        content = f"{content} {measure.content}".strip()
    amount = "" if public or measure.amount_fen is None else f"{yuan(measure.amount_fen)}元"
    return {
        "code": measure.group,
        "group": box(True, template.groups.get(measure.group, measure.group_label)),
        "content": template.texts["hidden"] if hidden else content,
        "person": "" if hidden else measure.person,
        "date": measure.date_text,
        "amount": " ".join(part for part in (amount, measure.quantity) if part),
        "duty": " ".join(part for part in (measure.department, measure.responsible) if part),
        "status": measure.status,
    }


def _visits(facts: CardFacts, template: CardTemplate, public: bool) -> tuple[Row, ...]:
    newest = sorted(facts.visits, key=lambda visit: visit.visited_on)[-template.visits.rows :]
    hidden = template.texts["hidden"]
    return tuple(
        {
            "date": visit.visited_on.isoformat(),
            "visitors": visit.visitors,
            "summary": hidden if public else visit.summary,
            "signature": "",
        }
        for visit in newest
    )


def _footer(facts: CardFacts, template: CardTemplate, public: bool) -> Row:
    as_of = facts.facts_as_of.isoformat() if facts.facts_as_of else UNKNOWN
    status = f"{template.texts['status']} {as_of}"
    note = f"{template.texts['remark']}：{facts.note}" if facts.note and not public else ""
    return {
        "note": template.texts["note_public"] if public else template.texts["note"],
        "remark": note,
        "status": f"{status} · {facts.facts_state}" if facts.facts_state else status,
        "town_phone": facts.town_phone,
    }
