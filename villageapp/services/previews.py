"""Printed pages as pictures, and what cannot be printed, for the preview and the printer of the window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from villageapp.fonts import FontSet
from villageapp.progress import SILENT, Progress
from villageapp.reports import card
from villageapp.reports.preview import MAX_WIDTH_PX, PageImage, page_count, page_image
from villageapp.reports.privacy import Privacy
from villageapp.services.cards import card_facts

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

__all__ = ["MAX_WIDTH_PX", "MISSING_GLYPHS", "PageImage", "page_count", "page_image", "unprintable"]

MISSING_GLYPHS = "missing_glyph"
"""Code of the Trouble that refuses a card with a character that no font can draw."""


def unprintable(
    work: Workspace, household_ids: Sequence[str], grade: Privacy, progress: Progress = SILENT
) -> tuple[str, ...]:
    """One line for people per character of these cards that no font can draw; to be asked before printing."""
    folder = work.data_dir.root / "fonts"
    fonts = FontSet.load(folder if folder.is_dir() else None)
    found = card.missing_glyphs(card_facts(work, household_ids, progress), fonts, grade, work.now())
    return tuple(dict.fromkeys(glyph.line() for glyph in found))
