"""政策口袋书 of the policies in force: what there is, how to ask for it, what to bring (domain.md 2.11, 4.8). Names nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from villageapp.domain.codes import code_list
from villageapp.errors import NotFound
from villageapp.reports.pocket_book import TITLE, PocketBook, PocketPage, book_sheet
from villageapp.services import policies
from villageapp.services.imprints import village_line
from villageapp.services.paper_files import Papers
from villageapp.services.villages import this_village

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_PARTS = (
    ("一句话", "pocket_text"),
    ("标准", "standard_text"),
    ("怎么办", "how_to_apply"),
    ("带什么", "materials"),
    ("问谁", "contact"),
)


def pocket_papers(work: Workspace, on: date) -> Papers:
    """A page for each policy in force on that day, by category. Raises NotFound (none is in force)."""
    found = [policy for policy in policies.search(work, on=on) if policy["in_force"]]
    if not found:
        raise NotFound(
            f"{on} 没有有效的政策。", remedy="请先在“政策库”里装入政策包，或换一个日期。", code="nothing"
        )
    order = list(code_list("CL_POLICY_CAT").labels)
    found.sort(key=lambda policy: (order.index(policy["category"]), policy["policy_no"]))
    book = PocketBook(village_line(work), tuple(_cover(work, on)), tuple(map(_page, found)))
    return Papers(TITLE, len(found), lambda _measure: [book_sheet(book)], 1)


def _cover(work: Workspace, on: date) -> Iterator[str]:
    yield f"截至 {on}"
    yield f"防返贫监测咨询热线 {work.parameters.text('HOTLINE', work.today())}"
    phone = this_village(work).get("town_phone")
    yield f"乡镇电话 {phone}" if phone else "遇到困难请随时申报"


def _page(policy: Mapping[str, Any]) -> PocketPage:
    parts = tuple((label, policy[name]) for label, name in _PARTS if policy.get(name))
    told = (policy.get("issuer") or "", policy.get("doc_no") or "", _force(policy))
    return PocketPage(policy["title"], parts, "　".join(text for text in told if text))


def _force(policy: Mapping[str, Any]) -> str:
    end = policy.get("effective_to")
    return f"{policy['effective_from']} 至 {end}" if end else f"自 {policy['effective_from']} 起"
