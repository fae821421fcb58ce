"""The QR code as drawn is the code that a reader expects."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import segno

from villageapp.reports.pdf_canvas import StreamedCanvas
from villageapp.reports.preview import page_image
from villageapp.reports.qr import QUIET_ZONE, qr_modules, qr_operators, qr_text

TEXT = qr_text("card", "0192f3a0-7c1e-7b5a-9d2e-3f4a5b6c7d8e", 7, "1f0c9a3e")


def test_text_has_four_parts() -> None:
    assert TEXT == "card|0192f3a0-7c1e-7b5a-9d2e-3f4a5b6c7d8e|7|1f0c9a3e"


def test_drawn_modules_are_those_of_the_code() -> None:
    out = io.BytesIO()
    canvas = StreamedCanvas(out, (100, 100), datetime(2026, 1, 1, tzinfo=UTC))
    canvas.operators.append(qr_operators(TEXT, 0, 0, 100))
    canvas.showPage()
    canvas.finish()
    expected = segno.make_qr(TEXT, error="m", boost_error=False, mask=2)
    count = len(expected.matrix) + 2 * QUIET_ZONE
    image = page_image(out.getvalue(), 0, count * 10)
    rows = [
        [image.pixels[(10 * y + 5) * image.stride + (10 * x + 5) * 4] < 128 for x in range(count)]
        for y in range(count)
    ]
    inside = [row[QUIET_ZONE:-QUIET_ZONE] for row in rows[QUIET_ZONE:-QUIET_ZONE]]
    assert inside == [[bool(module) for module in row] for row in expected.matrix]
    assert not any(any(row[:QUIET_ZONE] + row[-QUIET_ZONE:]) for row in rows)
    assert not any(any(row) for row in rows[:QUIET_ZONE] + rows[-QUIET_ZONE:])


def test_modules_are_square() -> None:
    modules = qr_modules(TEXT)
    assert {len(row) for row in modules} == {len(modules)}
