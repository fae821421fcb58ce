"""pdfium is used by one thread at a time, whoever asks."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from villageapp.domain import parameters
from villageapp.reports import pdfium
from villageapp.reports.pdf_canvas import StreamedCanvas
from villageapp.reports.preview import page_image
from villageapp.services import pictures


@pytest.fixture
def pdf() -> bytes:
    out = io.BytesIO()
    canvas = StreamedCanvas(out, (200, 100), datetime(2026, 1, 1, tzinfo=UTC))
    canvas.operators.append("1 0 0 rg 0 0 100 100 re f")
    canvas.showPage()
    canvas.finish()
    return out.getvalue()


def test_a_second_thread_waits_until_the_first_is_done(pdf: bytes) -> None:
    inside, asked = threading.Event(), threading.Event()
    order: list[str] = []

    def second() -> None:
        inside.wait(20)
        asked.set()
        with pdfium.opened(pdf):
            order.append("second")

    other = threading.Thread(target=second)
    other.start()
    with pdfium.opened(pdf) as document:
        inside.set()
        assert asked.wait(20)
        assert len(document) == 1
        order.append("first")
    other.join(20)
    assert order == ["first", "second"]


def test_previews_and_pictures_from_many_threads_are_all_right(pdf: bytes) -> None:
    limits = pictures.limits_of(parameters.shipped(), date(2023, 1, 1))
    with ThreadPoolExecutor(6) as pool:
        pages = [pool.submit(page_image, pdf, 0, 300) for _ in range(20)]
        small = [pool.submit(pictures.preview_of, pdf, limits) for _ in range(20)]
        assert len({page.result().pixels for page in pages}) == 1
        assert len({one.result() for one in small}) == 1


@pytest.mark.parametrize("content", [b"", b"no pdf", b"%PDF-1.4 cut"])
def test_what_is_no_pdf_is_unreadable_and_the_door_opens_again(content: bytes, pdf: bytes) -> None:
    with pytest.raises(pdfium.Unreadable), pdfium.opened(content):
        pytest.fail("opened")
    with pdfium.opened(pdf) as document:
        assert len(document) == 1
