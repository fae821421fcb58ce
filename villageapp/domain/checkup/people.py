"""Rules about one person: identity, disability card, schooling, labour, insurance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from villageapp.domain import codes, education, id_card, medical
from villageapp.domain.checkup.check import Check
from villageapp.domain.checkup.facts import HouseholdFacts, Record, Setting, aged
from villageapp.domain.checkup.finding import Found, Level
from villageapp.domain.fields import show
from villageapp.domain.member import MEMBER
from villageapp.domain.risk_measures import ABLE
from villageapp.domain.telephone import looks_like_phone

RESIDENT_CARD = "01"
_WITHOUT_NUMBER = frozenset({"10", "99"})
"""CL_ID_TYPE of people who need no number."""
_LENGTHS = frozenset({18, 20, 22})
_DISABLED, _NO_LABOUR = "4", "5"
_NOT_AT_SCHOOL = frozenset({None, "00", "01"})
_PRESCHOOL = "07"
_NEEDED = ("sex", "birth_date", "relation", "nation", "education", "student_status", "health", "labour")
"""Fields of domain.md 2.2 that every member must have (the insurances have their own rule)."""


def _at(member: Record, field: str, message: str, mend: str = "", facts: str = "") -> Found:
    return Found(member["id"], field, message, member["id"], mend, facts)


def _shown(member: Record, field: str) -> str:
    return show(MEMBER[field], member.get(field)) or "未登记"


def _from_form(facts: HouseholdFacts, *fields: str) -> Iterator[tuple[Record, str, str]]:
    for member, problem in facts.member_problems:
        if problem.field in fields:
            yield member, problem.field, problem.message


def _has_wrong_length(member: Record) -> bool:
    number = member.get("id_no")
    return number is not None and len(id_card.normalise(number)) not in _LENGTHS


def _length(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member in facts.members:
        if member.get("id_type") not in _WITHOUT_NUMBER and _has_wrong_length(member):
            count = len(id_card.normalise(member["id_no"]))
            yield _at(member, "id_no", f"证件号码 {count} 位，应为 18 位（残疾人证 20 或 22 位）")


def _identity(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member, field, message in _from_form(facts, "id_no", "sex", "birth_date"):
        if field == "id_no":
            if not _has_wrong_length(member):
                yield _at(member, field, message)
        else:
            yield _at(member, field, f"{message}（现登记为 {_shown(member, field)}）")
    for member in facts.members:
        if not member.get("id_no") and member.get("id_type") not in _WITHOUT_NUMBER:
            yield _at(
                member, "id_no", "证件号码未填", "核对户口簿后补填；无证儿童证件类型选“户口簿（无证儿童）”"
            )


def _unique(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member_id, others in facts.twins.items():
        names = "、".join(sorted(others))
        yield Found(member_id, "id_no", f"证件号码与 {names} 相同", member_id)


def _disability_card(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member in facts.members:
        number = member.get("disability_card_no")
        if not number:
            continue
        card = id_card.read(number)
        if card.problem or not card.disability_card_no:
            yield _at(member, "disability_card_no", f"残疾人证号有误：{card.problem or '应为 20 或 22 位'}")
        elif member.get("id_no") and card.id_no != id_card.normalise(member["id_no"]):
            yield _at(member, "disability_card_no", "残疾人证号前 18 位与证件号码不一致")
        else:
            yield from _card_disagrees(member, card)


def _card_disagrees(member: Record, card: id_card.IdCard) -> Iterator[Found]:
    for field in ("disability_category", "disability_level"):
        wanted = getattr(card, field)
        if member.get(field) not in (None, wanted):
            said = codes.code_list(MEMBER[field].choices).label(wanted)
            label = MEMBER[field].label
            yield _at(member, field, f"{label}登记为 {_shown(member, field)}，残疾人证为 {said}")


def _disability(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member in facts.members:
        health = member.get("health") or ()
        missing = [
            MEMBER[name].label
            for name in ("disability_category", "disability_level")
            if member.get(name) is None
        ]
        if _DISABLED in health and missing:
            yield _at(member, "disability_category", f"健康状况为残疾，{'、'.join(missing)}未登记")
        if member.get("disability_card_no") and health and _DISABLED not in health:
            yield _at(member, "health", f"有残疾人证，健康状况登记为 {_shown(member, 'health')}")


def _relation_and_sex(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member, field, message in _from_form(facts, "relation"):
        yield _at(member, field, f"{message}（性别登记为 {_shown(member, 'sex')}）")


def _health(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member, field, message in _from_form(facts, "health"):
        yield _at(member, field, f"{message}（现登记：{_shown(member, field)}）")


def _both_supports(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member, field, message in _from_form(facts, "is_tekun"):
        yield _at(member, field, message)


def _missing(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member in facts.members:
        names = [name for name in _NEEDED if member.get(name) in (None, "", ())]
        if names:
            labels = "、".join(MEMBER[name].label for name in names)
            yield _at(member, names[0], f"必填项未登记：{labels}")


def _phone(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member in facts.members:
        if member.get("phone") and not looks_like_phone(member["phone"]):
            yield _at(member, "phone", f"联系电话“{member['phone']}”不像手机号或固定电话")


def _labour(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    grown, old = setting.parameters.integers("LABOUR_AGES", setting.on, setting.region)
    for member, years in aged(facts, setting.on):
        labour = member.get("labour")
        told = f"{years} 周岁，劳动技能登记为 {_shown(member, 'labour')}"
        if labour in ABLE and years < grown:
            yield _at(member, "labour", told, f"不满 {grown} 周岁应为无劳动力", f"young {labour}")
        elif labour in ("1", "2") and years >= old:
            yield _at(member, "labour", told, f"满 {old} 周岁请核实是否为弱劳动力或无劳动力", f"old {labour}")


def _education_level(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    limit = setting.parameters.integer("PRESCHOOL_AGE", setting.on, setting.region)
    for member, years in aged(facts, setting.on):
        level = member.get("education")
        if level is not None and years < limit and level != _PRESCHOOL:
            told = f"{years} 周岁，文化程度登记为 {_shown(member, 'education')}，应为学龄前儿童"
            yield _at(member, "education", told, facts=f"young {level}")
        elif level == _PRESCHOOL and years > limit:
            yield _at(member, "education", f"{years} 周岁，文化程度仍为学龄前儿童", facts="old")


def _orphan(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member, years in aged(facts, setting.on):
        for field in ("is_orphan", "is_unattended_child"):
            if member.get(field) and years >= 18:
                yield _at(member, field, f"{years} 周岁，仍登记为{MEMBER[field].label}", facts="grown")


def _born_ahead(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member in facts.members:
        for field in ("birth_date", "joined_on"):
            day = member.get(field)
            if day is not None and day > setting.on:
                yield _at(member, field, f"{MEMBER[field].label} {day} 晚于 {setting.on}", facts=str(day))


def _schooling(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    known = facts.open_problem(education.CATEGORY)
    for member in facts.members:
        child = education.Child(
            member.get("birth_date"), member.get("student_status"), member.get("dropout_reason")
        )
        judged = education.judge_schooling(child, setting.on, setting.parameters)
        for reason in judged.reasons:
            mend = f"已列入问题台账（{known['title']}），请按期解决" if known else ""
            yield _at(
                member, "student_status", reason.message, mend, f"{child.student_status} {reason.missing}"
            )


def _excuse_at_school(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member in facts.members:
        if member.get("dropout_reason") and member.get("student_status") not in _NOT_AT_SCHOOL:
            told = f"在校生状况为 {_shown(member, 'student_status')}，又登记未上学原因“{_shown(member, 'dropout_reason')}”"
            yield _at(member, "dropout_reason", told)


def _insurance(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    known = facts.open_problem(medical.CATEGORY)
    for member in facts.members:
        judged = medical.judge_insurance(
            member.get("med_insurance_resident"), member.get("med_insurance_employee")
        )
        for reason in judged.reasons:
            mend = f"已列入问题台账（{known['title']}），请按期解决" if known else ""
            yield _at(member, "med_insurance_resident", reason.message, mend)


def _insurance_unknown(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member in facts.members:
        judged = medical.judge_insurance(
            member.get("med_insurance_resident"), member.get("med_insurance_employee")
        )
        for warning in judged.warnings:
            yield _at(member, warning.missing[0], warning.message)


def _critical_illness(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for member in facts.members:
        if member.get("critical_illness_ins") is False and not member.get("med_insurance_employee"):
            yield _at(member, "critical_illness_ins", "未参加大病保险")


_F11 = "全国防返贫监测信息系统数据核查规则"
CHECKS = (
    Check("1_12_002", _F11, Level.ERROR, "证件号码位数", "对照身份证或户口簿改正证件号码", _length),
    Check("R-ID", "GB 11643;R-ID", Level.ERROR, "证件号码与性别、出生日期", "对照身份证改正", _identity),
    Check(
        "R-ID-UNIQUE",
        "数据字典 2.2",
        Level.ERROR,
        "证件号码重复",
        "核对两人身份证；同一人只留在一户，另一户登记减少",
        _unique,
    ),
    Check("1_12_004", _F11, Level.ERROR, "残疾证校验", "对照残疾人证改正证号、类别和等级", _disability_card),
    Check(
        "D-DISABILITY",
        "数据字典 2.2",
        Level.WARNING,
        "残疾信息不全",
        "对照残疾人证补登记；无证的请核实健康状况",
        _disability,
    ),
    Check("2_01_004", _F11, Level.ERROR, "与户主关系和性别矛盾", "核对与户主关系或性别", _relation_and_sex),
    Check("D-HEALTH", "数据字典 2.2", Level.ERROR, "健康状况矛盾", "“健康”不能与其他并选，请重选", _health),
    Check(
        "D-SUPPORT",
        "数据字典 2.2",
        Level.ERROR,
        "低保与特困同时享受",
        "与民政核对，只保留一项",
        _both_supports,
    ),
    Check("D-MEMBER", "数据字典 2.2", Level.NOTICE, "成员必填项", "下次走访时问清后补登记", _missing),
    Check("D-PHONE", "数据字典 2.1", Level.NOTICE, "联系电话", "核对电话号码", _phone),
    Check("D-LABOUR", "数据字典 2.2", Level.WARNING, "劳动技能与年龄", "核对劳动技能", _labour),
    Check("D-EDU-LEVEL", "数据字典 2.2", Level.WARNING, "文化程度与年龄", "核对文化程度", _education_level),
    Check("D-ORPHAN", "数据字典 2.2", Level.WARNING, "孤儿标识与年龄", "已成年的取消标识", _orphan),
    Check("D-DATE", "数据字典 2.2", Level.ERROR, "日期在将来", "改正日期", _born_ahead),
    Check(
        "R-EDU",
        "R-EDU",
        Level.ERROR,
        "义务教育",
        "核实在校情况；确未上学的，登记原因和证明，并列入控辍保学",
        _schooling,
    ),
    Check(
        "D-DROPOUT",
        "数据字典 2.2",
        Level.WARNING,
        "在校而有未上学原因",
        "核对在校生状况；在校的删去未上学原因",
        _excuse_at_school,
    ),
    Check("R-MED", "R-MED", Level.ERROR, "基本医疗保险", "动员参保并登记；确不需参保的写明说明", _insurance),
    Check("D-MED", "数据字典 2.2", Level.NOTICE, "参保情况未登记", "查询医保系统后登记", _insurance_unknown),
    Check(
        "1_02_003",
        _F11,
        Level.WARNING,
        "未参加大病保险",
        "与医保部门核对；居民医保参保人应自动参加",
        _critical_illness,
    ),
)
