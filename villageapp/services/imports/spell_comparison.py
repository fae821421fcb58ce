"""An employment list held against the store: whose spell a row is, what is new of it, what ends (domain.md 2.9)."""

from __future__ import annotations

from dataclasses import dataclass, field

from villageapp.domain.fields import show
from villageapp.domain.forms import FORMS
from villageapp.models import ids
from villageapp.progress import Progress
from villageapp.services.imports.comparison import Comparison, Difference, judge_fields
from villageapp.services.imports.plan import ImportPlan, PlannedIntention, PlannedSpell, Rejected
from villageapp.services.imports.stored import Stored

_BETWEEN_REPORTS = 500


def compare_spells(plan: ImportPlan, stored: Stored, progress: Progress) -> Comparison:
    """Hold every row of an employment list against the store. Raises Cancelled."""
    named: dict[str, list[str]] = {}
    for planned in plan.spells:
        if planned.values.get("start_ym"):
            named.setdefault(planned.key, []).append(planned.values["start_ym"])
    judge = _Judge(stored, named)
    for number, spell in enumerate(plan.spells):
        if number % _BETWEEN_REPORTS == 0:
            progress.check_cancelled()
            progress.step(number, len(plan.spells), "正在与本机数据比对")
        judge.spell(spell)
    for intention in plan.intentions:
        judge.intention(intention)
    judge.say_idle()
    return judge.found


@dataclass(slots=True)
class _Judge:
    stored: Stored
    named: dict[str, list[str]]
    """Start months in this file by key of the person."""
    found: Comparison = field(default_factory=lambda: Comparison([], [], []))
    rejected_rows: set[tuple[str, int]] = field(default_factory=set)
    idle: list[int] = field(default_factory=list)
    """Rows of people who do not work and of whom no spell is open."""

    def spell(self, planned: PlannedSpell) -> None:
        member = self._member(planned)
        if member is None:
            return
        start = planned.values.get("start_ym")
        if start is None:
            self._not_working(planned, member)
            return
        record_id = self.stored.by_spell.get((member, start)) or ids.employment_id(member, start)
        known = self.stored.spells.get(record_id)
        self._judge_spell(planned, member, record_id, str(start))
        if known is None and not planned.values.get("end_ym"):
            self._say_open_ones(planned, member, str(start))

    def intention(self, planned: PlannedIntention) -> None:
        member = self._member(planned)
        if member is None:
            return
        found = Difference("member", member, planned.row, planned.name)
        known = self.stored.members[member]
        derived = member == ids.member_id(known["household_id"], planned.key)
        self.found.members.append(
            judge_fields(self.stored, found, known, dict(planned.values), {}, derived, self.found.remarks)
        )

    def say_idle(self) -> None:
        """One remark for all: that somebody does not work is nothing to record."""
        if self.idle:
            message = f"{len(self.idle)} 人写明未务工，本机也没有未结束的务工，不用登记"
            self.found.remarks.append((self.idle[0], message))

    def _judge_spell(self, planned: PlannedSpell, member: str, record_id: str, start: str) -> None:
        title = f"{planned.name} {start} 起务工"
        found = Difference("employment", record_id, planned.row, title)
        values = {
            **planned.values,
            "start_ym": start,
            "member_id": member,
            "household_id": self.stored.members[member]["household_id"],
        }
        derived = record_id == ids.employment_id(member, start)
        known = self.stored.spells.get(record_id)
        self.found.spells.append(
            judge_fields(self.stored, found, known, values, {}, derived, self.found.remarks)
        )

    def _not_working(self, planned: PlannedSpell, member: str) -> None:
        """A row without a start month ends the one spell that is open, if it says when.

        Where the same file names a spell of that person the row could mean either: it is not taken, so that
        importing the file again means the same as importing it once.
        """
        if planned.key in self.named:
            begun = "、".join(self.named[planned.key])
            self._reject(planned, f"写明未务工而没有开始时间，表里另有一行写 {begun} 起务工，分不清是哪一段")
            return
        running = self.stored.open_spells(member)
        if not running:
            self.idle.append(planned.row)
            return
        starts = "、".join(self.stored.spells[spell]["start_ym"] for spell in running)
        end = planned.values.get("end_ym")
        if not end:
            self._reject(planned, f"写明未务工，本机有 {starts} 起的务工没有结束，请在表里写结束时间")
        elif len(running) > 1:
            self._reject(planned, f"没有开始时间，本机有 {starts} 起的几段务工没有结束，分不清结束哪一段")
        elif end < starts:
            self._reject(planned, f"结束时间 {end} 早于本机这一段务工的开始时间 {starts}")
        else:
            self._judge_spell(planned, member, running[0], starts)

    def _say_open_ones(self, planned: PlannedSpell, member: str, start: str) -> None:
        """When a spell begins, an earlier one that nobody ended is pointed out; its end is not invented."""
        for record_id in self.stored.open_spells(member):
            spell = self.stored.spells[record_id]
            if spell["start_ym"] in self.named.get(planned.key, ()):
                continue
            channel = show(FORMS["employment"]["channel"], spell["channel"]) or "务工"
            message = (
                f"{planned.name}：本机 {spell['start_ym']} 起的{channel}还没有结束时间，"
                f"表里是 {start} 起的另一段，请核对并补填结束时间"
            )
            self.found.remarks.append((planned.row, message))

    def _member(self, planned: PlannedSpell | PlannedIntention) -> str | None:
        """The member by household number and ID number; a row about anybody else is rejected with the reason."""
        stored = self.stored
        household = stored.by_number.get(planned.national_hh_no)
        member = stored.by_citizen.get(planned.key)
        if member is None:
            self._reject(planned, self._why_unknown(planned, household))
            return None
        values = stored.members[member]
        if values["household_id"] != household:
            home = stored.households.get(values["household_id"], {})
            number = home.get("national_hh_no") or "（没有户编号）"
            self._reject(planned, f"这个证件号码登记在户 {number}，与表里的户编号不同，请核对")
            return None
        if values["name"] != planned.name:
            message = f"姓名“{planned.name}”与本机登记的“{values['name']}”不同，按证件号码认定是同一人"
            self.found.remarks.append((planned.row, message))
        return member

    def _why_unknown(self, planned: PlannedSpell | PlannedIntention, household: str | None) -> str:
        left = self.stored.by_citizen_left.get(planned.key)
        if left is not None:
            values = self.stored.members[left]
            return f"{values['name']}已于 {values['left_on']} 从本村减少，请核对"
        if household is None:
            return f"户编号 {planned.national_hh_no} 不是本村的户，请先导入人员名单"
        return f"{planned.name}不在本村登记的人员里，请先导入人员名单"

    def _reject(self, planned: PlannedSpell | PlannedIntention, reason: str) -> None:
        row = (planned.sheet, planned.row)
        if row not in self.rejected_rows:  # the row may speak of a spell and of a wish
            self.rejected_rows.add(row)
            self.found.rejected.append(Rejected(planned.row, planned.cell, reason, planned.sheet))
