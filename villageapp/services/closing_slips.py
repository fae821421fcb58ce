"""问题销号单: the slip that the household signs when a problem is settled (domain.md 4.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain.fields import show
from villageapp.domain.problem import PROBLEM
from villageapp.errors import NotFound
from villageapp.models.records import Cadre
from villageapp.reports.closing_slip import TITLE, SlipFacts, closing_slip
from villageapp.services import problems
from villageapp.services.imprints import data_version, village_line
from villageapp.services.paper_files import Papers

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_STEPS = (
    ("上门核查", "due_verify", "verified_on"),
    ("办理意见", "due_opinion", "opinion_on"),
    ("解决方案", "due_plan", "plan_on"),
    ("解决", "due_solve", "solved_on"),
)
_WORDS = ("verify_finding", "opinion", "plan", "result")


def find_problems(work: Workspace, texts: Sequence[str]) -> list[str]:
    """Ids of problem items by id or ledger number, each once. Raises NotFound."""
    known = {row[name]: row["id"] for row in _all(work) for name in ("ledger_no", "id") if row[name]}
    unknown = next((text for text in texts if text not in known), None)
    if unknown is not None:
        raise NotFound(f"没有编号为“{unknown[:60]}”的问题。", remedy="用 problem list --all 查看。")
    return list(dict.fromkeys(known[text] for text in texts))


def problems_offered(work: Workspace) -> list[tuple[str, str]]:
    """Id and words of the problem items, the latest reported first."""
    rows = sorted(_all(work), key=lambda row: row["reported_on"], reverse=True)
    return [(row["id"], f"{row['ledger_no']}　{row['head_name'] or ''}　{row['title']}") for row in rows]


def slip_papers(work: Workspace, problem_ids: Sequence[str]) -> Papers:
    """The slips of these items, one each (A5). Raises NotFound (an item) while they are made."""
    return Papers(
        TITLE,
        len(problem_ids),
        lambda measure: (closing_slip(facts, measure) for facts in _facts(work, problem_ids)),
        len(problem_ids),
    )


def blank_slip_papers(work: Workspace) -> Papers:
    """One empty slip for a pen."""
    names = (*(field.name for field in PROBLEM.fields), "head_name", "household_group")
    facts = _of({**dict.fromkeys(names), "id": ""}, {}, village_line(work), data_version(work))
    return Papers(TITLE, 1, lambda measure: [closing_slip(facts, measure)], 1)


def _all(work: Workspace) -> list[dict[str, Any]]:
    return problems.list_problems(work, open_only=False)


def _facts(work: Workspace, problem_ids: Sequence[str]) -> Iterator[SlipFacts]:
    rows = {row["id"]: row for row in _all(work)}
    village, version = village_line(work), data_version(work)
    cadre = Cadre.__table__.c
    with work.reading() as connection:
        names: dict[str, str] = dict(connection.execute(select(cadre.id, cadre.name)).all())
    for problem_id in problem_ids:
        if problem_id not in rows:
            raise NotFound("没有找到这个问题。", remedy="它可能已被删除，请刷新后再试。")
        yield _of(rows[problem_id], names, village, version)


def _of(row: Mapping[str, Any], names: Mapping[str, str], village: str, version: int) -> SlipFacts:
    place = "".join(part for part in (row["household_group"], row["head_name"]) if part)
    head = (
        ("台账编号", row["ledger_no"] or ""),
        ("涉及户", place or show(PROBLEM["scope"], row["scope"])),
        ("问题类别", show(PROBLEM["category"], row["category"])),
        ("来源", show(PROBLEM["source"], row["source"])),
        ("发现日期", show(PROBLEM["reported_on"], row["reported_on"])),
        ("销号日期", show(PROBLEM["closed_on"], row["closed_on"])),
        ("责任人", names.get(row["owner_id"] or "", "")),
        ("农户确认", show(PROBLEM["household_ack"], row["household_ack"])),
    )
    told = "\n".join(dict.fromkeys(text for text in (row["title"], row["description"]) if text))
    words = (("问题", told), *((PROBLEM[name].label, row[name] or "") for name in _WORDS))
    days = tuple(
        (step, show(PROBLEM[due], row[due]), show(PROBLEM[done], row[done])) for step, due, done in _STEPS
    )
    return SlipFacts(row["id"], version, village, row["ledger_no"] or "", head, words, days)
