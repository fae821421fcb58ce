"""Printing household cards (户帮扶明白卡) from the store."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from villageapp.errors import NotFound
from villageapp.progress import SILENT, Progress
from villageapp.reports import card
from villageapp.reports.card_blank import BlankCard
from villageapp.reports.card_facts import CardFacts
from villageapp.reports.privacy import Privacy
from villageapp.reports.whole_file import whole_file
from villageapp.services import card_source, household_lists
from villageapp.services.imprints import data_version, imprint, sheet_fonts
from villageapp.services.syncing import sync_state
from villageapp.services.villages import this_village

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

__all__ = [
    "PrintReport",
    "Privacy",
    "blank_card_pdf",
    "card_facts",
    "preview_cards",
    "print_blank_card",
    "print_cards",
]


@dataclass(frozen=True, slots=True)
class PrintReport:
    """What was printed. ``missing_glyphs``: lines for people; empty unless printing without them was allowed."""

    file: Path
    pages: int
    items: int
    seconds: float
    missing_glyphs: tuple[str, ...] = ()


def card_facts(
    work: Workspace, household_ids: Sequence[str] | None = None, progress: Progress = SILENT
) -> Iterator[CardFacts]:
    """Facts of these households (None = all, in list order), a batch at a time."""
    wanted = household_lists.list_ids(work) if household_ids is None else list(household_ids)
    for facts in card_source.card_facts(work, wanted, _standing(work)):
        progress.check_cancelled()
        yield facts


def print_cards(
    work: Workspace,
    household_ids: Sequence[str] | None,
    grade: Privacy,
    out_path: Path,
    progress: Progress = SILENT,
    *,
    allow_missing: bool = False,
) -> PrintReport:
    """Write the cards of these households (None = all) as one PDF; the file is complete or untouched.

    Raises Trouble (no household, a character without a glyph unless ``allow_missing``, a file that cannot be
    written) and Cancelled.
    """
    wanted = household_lists.list_ids(work) if household_ids is None else list(household_ids)
    facts = card_facts(work, wanted, progress)
    return _save(work, facts, len(wanted), grade, out_path, progress, allow_missing=allow_missing)


def print_blank_card(
    work: Workspace,
    grade: Privacy,
    out_path: Path,
    progress: Progress = SILENT,
    *,
    allow_missing: bool = False,
) -> PrintReport:
    """Write one empty card for a pen; otherwise as ``print_cards``."""
    return _save(work, [_blank(work)], 1, grade, out_path, progress, allow_missing=allow_missing)


def _save(
    work: Workspace,
    wanted: Iterable[CardFacts | BlankCard],
    total: int,
    grade: Privacy,
    out_path: Path,
    progress: Progress,
    *,
    allow_missing: bool,
) -> PrintReport:
    started = time.monotonic()
    with whole_file(out_path) as file:
        report = card.render_cards(
            wanted,
            grade,
            file,
            total=total,
            progress=progress,
            allow_missing=allow_missing,
            **_imprint(work),
        )
    missing = tuple(dict.fromkeys(glyph.line() for glyph in report.missing_glyphs))
    return PrintReport(out_path, report.pages, report.items, round(time.monotonic() - started, 3), missing)


def preview_cards(
    work: Workspace,
    household_ids: Sequence[str],
    grade: Privacy,
    progress: Progress = SILENT,
    *,
    allow_missing: bool = True,
) -> bytes:
    """The PDF of a few cards, for the preview and the printer; characters without a glyph show as code points.

    Without ``allow_missing`` such a character is refused instead (Trouble), as ``print_cards`` does it. Raises
    NotFound for no household.
    """
    if not household_ids:
        raise NotFound("没有选择农户。", remedy="请先选择农户。")
    facts = card_facts(work, household_ids, progress)
    return _rendered(work, facts, len(household_ids), grade, progress, allow_missing=allow_missing)


def blank_card_pdf(
    work: Workspace, grade: Privacy, progress: Progress = SILENT, *, allow_missing: bool = True
) -> bytes:
    """The PDF of one empty card, for the preview and the printer."""
    return _rendered(work, [_blank(work)], 1, grade, progress, allow_missing=allow_missing)


def _rendered(
    work: Workspace,
    wanted: Iterable[CardFacts | BlankCard],
    total: int,
    grade: Privacy,
    progress: Progress,
    *,
    allow_missing: bool,
) -> bytes:
    out = BytesIO()
    card.render_cards(
        wanted,
        grade,
        out,
        total=total,
        progress=progress,
        allow_missing=allow_missing,
        **_imprint(work),
    )
    return out.getvalue()


def _blank(work: Workspace) -> BlankCard:
    village = this_village(work)
    return BlankCard(
        year=work.today().year,
        county=village.get("county") or "",
        town=village.get("town") or "",
        village=village.get("name") or "",
        town_phone=village.get("town_phone") or "",
        version=data_version(work),
    )


def _imprint(work: Workspace) -> dict[str, Any]:
    """Fonts, time, device and data version of a print."""
    made = imprint(work)
    return {
        "fonts": sheet_fonts(work),
        "printed_at": made.printed_at,
        "device": made.device,
        "version": made.version,
    }


def _standing(work: Workspace) -> str:
    state = sync_state(work)
    if not state.enrolled:
        return "未登记服务器"
    return f"含 {state.pending} 项未上传修改" if state.pending else "已同步"
