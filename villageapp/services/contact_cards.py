"""连心卡 of households: whom to ring, and five policies that fit (domain.md 2.11, 4.2).

Grade P0: the card may lie open anywhere. A policy that would tell of an illness, a disability or a low income
allowance is left out, and every card is looked through before it is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from villageapp.domain import notice, policy_match
from villageapp.domain.notice import Private
from villageapp.domain.policy_match import Match
from villageapp.errors import Problem, ValidationFailed
from villageapp.progress import SILENT, Progress
from villageapp.reports.card_facts import CardContact, CardFacts
from villageapp.reports.contact_card import POLICIES, TITLE, ContactCard, Helper, card_texts, contact_sheet
from villageapp.services import cards, policies
from villageapp.services.imprints import village_line
from villageapp.services.paper_files import Papers
from villageapp.services.private_facts import private_facts

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_TELLABLE = frozenset(
    {
        *("household_type", "monitored", "relocated", "land_farm", "house_level", "water_safe"),
        *("age", "student_status", "labour", "working", "work_months"),
        *("med_insurance_resident", "med_insurance_employee"),
    }
)
"""Facts that a policy on the card may be about; all others (health, disability, allowances) stay unsaid."""
_ROLES: Mapping[str, str] = {
    "first_secretary": "第一书记（队长）",
    "partner": "帮扶责任人",
    "team_member": "工作队员",
}
_WANTED = ("first_secretary", "partner", "team_member")
_LONGEST = 60


def contact_papers(work: Workspace, household_ids: Sequence[str], progress: Progress = SILENT) -> Papers:
    """A card for each household, ten on a leaf.

    Raises ValidationFailed (something private would be public), NotFound and Cancelled while they are made.
    """

    def sheets(_measure: object) -> Iterator[Any]:
        found = list(_cards(work, household_ids, progress))
        if found:
            yield contact_sheet(found)

    return Papers(TITLE, len(household_ids), sheets, 1)


def blank_contact_papers(work: Workspace) -> Papers:
    """A leaf of empty cards for a pen."""
    hotline = work.parameters.text("HOTLINE", work.today())
    helpers = (Helper(_ROLES["first_secretary"]), Helper(_ROLES["partner"]))
    card = ContactCard("", 0, village_line(work), "", helpers, (), hotline)
    return Papers(TITLE, 10, lambda _measure: [contact_sheet([card] * 10)], 1)


def _cards(work: Workspace, household_ids: Sequence[str], progress: Progress) -> Iterator[ContactCard]:
    catalogue = {policy["policy_no"]: policy for policy in policies.library(work)}
    hotline = work.parameters.text("HOTLINE", work.today())
    for done, facts in enumerate(cards.card_facts(work, household_ids, progress), start=1):
        found = policies.match_household(work, facts.household_uid)
        private = private_facts(work, facts.household_uid)
        card = ContactCard(
            facts.household_uid,
            facts.revision,
            f"{facts.town}{facts.village}",
            facts.head_name,
            tuple(_helpers(facts.contacts)),
            tuple(_told(found, catalogue, private))[:POLICIES],
            hotline,
        )
        _refuse_leaks(card, facts, private)
        yield card
        progress.step(done, len(household_ids), "正在匹配政策")


def _helpers(contacts: Iterable[CardContact]) -> Iterator[Helper]:
    """The first secretary and the partner; a member of the team where one of them is missing."""
    by_role = {contact.role: contact for contact in contacts if contact.name}
    chosen = [by_role[role] for role in _WANTED if role in by_role][:2]
    seen: set[tuple[str, str]] = set()
    for contact in chosen:
        if (contact.name, contact.phone) not in seen:
            seen.add((contact.name, contact.phone))
            yield Helper(_ROLES[contact.role], contact.name, contact.unit, contact.phone)


def _told(
    found: Iterable[Match], catalogue: Mapping[str, Mapping[str, Any]], private: Sequence[Private]
) -> Iterator[str]:
    """Policies that fit for certain, each once and in one line; none whose words tell of this family's health."""
    numbers = dict.fromkeys(match.policy_no for match in found if not match.missing)
    for number in numbers:
        policy = catalogue[number]
        asked = policy_match.conditions(policy.get("target") or ())
        line = " ".join((policy.get("pocket_text") or policy["title"]).split())[:_LONGEST]
        if all(condition.field in _TELLABLE for condition in asked) and not notice.leaks(line, private):
            yield line


def _refuse_leaks(card: ContactCard, facts: CardFacts, private: Sequence[Private]) -> None:
    """Raises ValidationFailed naming what must not be public."""
    allowed = [card.hotline, facts.town_phone, *(helper.phone for helper in card.helpers)]
    judged = notice.judge_text(card_texts(card), private, [number for number in allowed if number])
    if not judged.allowed:
        raise ValidationFailed([Problem("", f"{card.head_name}户：{r.message}") for r in judged.reasons])
