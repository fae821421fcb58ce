"""Pictures of pages."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from villageapp.errors import NotFound, Trouble
from villageapp.reports.pdf_canvas import StreamedCanvas
from villageapp.reports.preview import MAX_WIDTH_PX, page_count, page_image


@pytest.fixture
def pdf() -> bytes:
    """Two pages, the left half of the second one red."""
    out = io.BytesIO()
    canvas = StreamedCanvas(out, (200, 100), datetime(2026, 1, 1, tzinfo=UTC))
    canvas.showPage()
    canvas.operators.append("1 0 0 rg 0 0 100 100 re f")
    canvas.showPage()
    canvas.finish()
    return out.getvalue()


def test_pixels_are_blue_green_red_on_white(pdf: bytes) -> None:
    image = page_image(pdf, 1, 400)
    assert (image.width, image.height) == (400, 200)
    assert len(image.pixels) == image.stride * image.height
    assert image.pixels[:3] == b"\x00\x00\xff"
    assert image.pixels[399 * 4 : 399 * 4 + 3] == b"\xff\xff\xff"


def test_reads_files_and_closes_them(pdf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "卡.pdf"
    path.write_bytes(pdf)
    assert page_count(path) == page_count(pdf) == 2
    assert page_image(path, 0, 10).width == 10
    path.rename(tmp_path / "moved.pdf")


def test_page_that_is_not_there(pdf: bytes) -> None:
    for page in (-1, 2):
        with pytest.raises(NotFound, match="文件共 2 页"):
            page_image(pdf, page, 100)


@pytest.mark.parametrize("width", [0, -1, MAX_WIDTH_PX + 1])
def test_width_is_bounded(pdf: bytes, width: int) -> None:
    with pytest.raises(ValueError, match="width_px"):
        page_image(pdf, 0, width)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.5 nonsense"])
def test_damaged_pdf_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="无法打开 PDF"):
        page_count(content)
    with pytest.raises(Trouble, match="无法打开 PDF"):
        page_count(tmp_path / "none.pdf")
