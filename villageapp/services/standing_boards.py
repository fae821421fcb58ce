"""Boards for the wall, 党员积分榜 and 星级文明户榜 (P0), and the score sheet of the team (domain.md 2.10, 4.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from villageapp.domain.fields import show
from villageapp.domain.team_work import SCORE_RULE
from villageapp.reports.paper_form import OPEN_DAY, Boxes, Column, PaperForm, Prose, Signatures
from villageapp.reports.privacy import Privacy
from villageapp.services import records
from villageapp.services.cadres import list_cadres
from villageapp.services.groups import group_order
from villageapp.services.paper_files import Papers, of_forms
from villageapp.services.registers import homes, made_public, people, register
from villageapp.services.villages import this_village

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

BOARD_TITLE, SCORE_TITLE = "党员积分榜、星级文明户榜", "驻村工作积分评分表"
_PARTY, _HOUSEHOLDS = "党员积分榜", "星级文明户榜"
_BLANK_RULES = 16


def board_papers(work: Workspace, on: date, *, blank: bool = False) -> Papers:
    """Both boards for the year of ``on``, most points first; equal points share a rank.

    Raises ValidationFailed while they are made (something private would become public).
    """
    known, names = homes(work), people(work)
    parties: dict[str, int] = {}
    families: dict[str, int] = {}
    for row in [] if blank else records.list_records(work, "points"):
        if row["day"].year != on.year or row["day"] > on:
            continue
        if row["household_id"]:
            families[row["household_id"]] = families.get(row["household_id"], 0) + row["points"]
        elif row["member_id"]:
            parties[row["member_id"]] = parties.get(row["member_id"], 0) + row["points"]
    members = [(names.get(one, ""), "", points) for one, points in parties.items()]
    homesteads = [(*known.get(one, ("", "")), points) for one, points in families.items()]
    forms = [
        _board(work, on, "party-board", _PARTY, "姓名", members),
        _board(work, on, "star-board", _HOUSEHOLDS, "户主", homesteads),
    ]
    return of_forms(BOARD_TITLE, forms, 2)


def _board(
    work: Workspace, on: date, kind: str, title: str, who: str, found: list[tuple[str, str, int]]
) -> PaperForm:
    columns = (
        Column("名次", 0.8, "center"),
        Column(who, 1.6),
        Column("村民小组", 1.8),
        Column("本年积分", 1.1, "center"),
        Column("评定（星级）", 1.6, "center"),
    )
    ordered = sorted(found, key=lambda row: (-row[2], group_order(row[1]), row[0]))
    rows = [
        (str(1 + sum(other[2] > row[2] for other in ordered)), row[0], row[1], str(row[2]), "")
        for row in ordered
    ]
    form = register(
        work,
        kind,
        title,
        columns,
        rows,
        subtitle=f"（{on.year}年，截至 {on}）" if rows else "（＿＿＿＿年）",
        size=13,
        height=28,
        after=(
            Prose(
                f"{this_village(work).get('name') or ''}村民委员会（章）\n{OPEN_DAY}", 12, 0, align="right"
            ),
        ),
        grade=Privacy.P0,
        paper="A4",
    )
    return made_public(work, form)


def score_papers(work: Workspace, month: date, *, blank: bool = False) -> Papers:
    """The rules of the score card with what each cadre got in the month; an empty one when nobody got any."""
    period = f"{month:%Y-%m}"
    rules = [row for row in records.list_records(work, "score_rule") if _in_force(row, month)]
    rules.sort(key=lambda row: (row["dimension"], row["code"]))
    by_cadre: dict[str, list[dict[str, Any]]] = {}
    for row in [] if blank else records.list_records(work, "score"):
        if row["period"] == period and row["cadre_id"]:
            by_cadre.setdefault(row["cadre_id"], []).append(row)
    names = {row["id"]: row for row in list_cadres(work)}
    found = sorted(by_cadre.items(), key=lambda item: names.get(item[0], {}).get("name") or "")
    forms = [_scored(work, rules, names.get(cadre, {}), cadre, month, rows) for cadre, rows in found]
    return of_forms(SCORE_TITLE, forms or [_scored(work, rules, {}, "", month, [])], len(forms) or 1)


def _in_force(rule: Mapping[str, Any], month: date) -> bool:
    last = rule["effective_to"]
    return f"{rule['effective_from']:%Y-%m}" <= f"{month:%Y-%m}" and (
        last is None or last >= month.replace(day=1)
    )


def _scored(
    work: Workspace,
    rules: list[dict[str, Any]],
    who: Mapping[str, Any],
    cadre: str,
    month: date,
    scores: list[dict[str, Any]],
) -> PaperForm:
    columns = (
        Column("维度", 1),
        Column("评分规则", 4),
        Column("分值", 0.8, "center"),
        Column("封顶", 0.8, "center"),
        Column("得分", 0.8, "center"),
        Column("依据", 2),
    )
    by_rule: dict[str, list[dict[str, Any]]] = {}
    for score in scores:
        by_rule.setdefault(score["rule_code"], []).append(score)
    rows = [_rule(rule, by_rule.pop(rule["code"], [])) for rule in rules]
    rows += [("", code, "", "", *_got(found)) for code, found in sorted(by_rule.items())]
    total = sum(score["points"] for score in scores)
    form = register(
        work,
        "scores",
        SCORE_TITLE,
        columns,
        rows,
        subtitle=f"（{month.year}年{month.month}月）" if scores else "（＿＿＿＿年＿＿月）",
        lead=(Boxes((("姓名", who.get("name") or ""), ("派出单位", who.get("unit") or ""))),),
        blanks=0 if rows else _BLANK_RULES,
        height=24,
        totals=(("合计", "", "", "", str(total) if scores else "", ""),),
        after=(Signatures(("本人签字", "评分人签字", "工作队长签字", "日期"), across=2, label_width=84),),
        paper="A4",
        uid=cadre,
    )
    return form if scores else replace(form, uid="")


def _rule(rule: Mapping[str, Any], scores: list[dict[str, Any]]) -> tuple[str, ...]:
    cap = "" if rule["cap"] is None else str(rule["cap"])
    return (
        show(SCORE_RULE["dimension"], rule["dimension"]),
        rule["text"],
        str(rule["points"]),
        cap,
        *_got(scores),
    )


def _got(scores: list[dict[str, Any]]) -> tuple[str, str]:
    told = "；".join(score["evidence"] for score in scores if score["evidence"])
    return (str(sum(score["points"] for score in scores)) if scores else "", told)
