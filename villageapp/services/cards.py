"""Printing household cards (户帮扶明白卡) from the store."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from villageapp.errors import NotFound, Trouble
from villageapp.fonts import FontSet
from villageapp.progress import SILENT, Progress
from villageapp.reports import card
from villageapp.reports.card_facts import CardFacts
from villageapp.reports.privacy import Privacy
from villageapp.services import card_source, household_lists
from villageapp.services.syncing import sync_state
from villageapp.sync import store

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

__all__ = ["PrintReport", "Privacy", "card_facts", "preview_cards", "print_cards"]


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
    started = time.monotonic()
    wanted = household_lists.list_ids(work) if household_ids is None else list(household_ids)
    _check_target(out_path)
    report = card.save_cards(
        out_path,
        card_facts(work, wanted, progress),
        grade,
        total=len(wanted),
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
    out = BytesIO()
    facts = card_facts(work, household_ids, progress)
    card.render_cards(
        facts,
        grade,
        out,
        total=len(household_ids),
        progress=progress,
        allow_missing=allow_missing,
        **_imprint(work),
    )
    return out.getvalue()


def _imprint(work: Workspace) -> dict[str, Any]:
    """Fonts, time, device and data version of a print."""
    with work.reading() as connection:
        version = sum(store.applied_vector(connection).values())
    return {
        "fonts": FontSet.load(_extra_fonts(work)),
        "printed_at": work.now(),
        "device": work.identity.replica_id[-8:],
        "version": str(version),
    }


def _extra_fonts(work: Workspace) -> Path | None:
    """Fonts that the team added for rare characters."""
    folder = work.data_dir.root / "fonts"
    return folder if folder.is_dir() else None


def _standing(work: Workspace) -> str:
    state = sync_state(work)
    if not state.enrolled:
        return "未登记服务器"
    return f"含 {state.pending} 项未上传修改" if state.pending else "已同步"


def _check_target(path: Path) -> None:
    if path.is_dir() or not path.parent.is_dir():
        what = "是文件夹" if path.is_dir() else f"所在的文件夹 {path.parent} 不存在"
        raise Trouble(
            f"无法写入 {path}：{what}。", remedy="请换一个文件名或先建好文件夹。", code="card_unwritable"
        )
