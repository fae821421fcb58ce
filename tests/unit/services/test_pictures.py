"""What becomes of a photo before it is kept: hostile and honest files."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.helpers.photos import encoded, pdf, photo
from villageapp.domain import parameters
from villageapp.errors import ValidationFailed
from villageapp.services import pictures

LIMITS = pictures.limits_of(parameters.shipped(), date(2026, 1, 1))
SMALL = photo(1, (320, 240))


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def test_a_photo_is_made_smaller_upright_and_told_of_nothing_but_its_pixels() -> None:
    raw = photo(1)
    kept = pictures.prepare(raw, LIMITS)
    image = opened(kept.content)
    assert (kept.width, kept.height) == image.size == (1200, 1600)  # it lay on its side
    assert kept.media_type == "image/jpeg"
    assert len(kept.content) < len(raw)
    assert kept.taken_at == datetime(2024, 5, 5, 23, 8, 9, tzinfo=UTC)
    for content in (kept.content, kept.preview):
        assert dict(opened(content).getexif()) == {}
        for secret in (b"Exif", b"SECRET", b"2024", b"GPS", b"ICC_PROFILE", b"http"):
            assert secret not in content


def test_the_preview_is_small_and_like_the_photo() -> None:
    noisy = photo(2, grain=4)
    kept = pictures.prepare(noisy, LIMITS)
    assert len(kept.preview) <= LIMITS.preview_bytes
    small = opened(kept.preview)
    assert max(small.size) <= LIMITS.preview_longest
    assert abs(small.width / small.height - kept.width / kept.height) < 0.02  # type: ignore[operator]
    assert pictures.prepare(photo(3, (200, 200)), LIMITS).preview != kept.preview


def test_the_same_file_gives_the_same_bytes_and_other_photos_other_previews() -> None:
    assert pictures.prepare(SMALL, LIMITS) == pictures.prepare(SMALL, LIMITS)
    black, same = (encoded(Image.new("RGB", size), "PNG") for size in ((40, 40), (80, 80)))
    assert pictures.prepare(black, LIMITS).preview != pictures.prepare(same, LIMITS).preview


def test_a_scan_keeps_more_detail() -> None:
    scan = pictures.limits_of(parameters.shipped(), date(2026, 1, 1), is_scan=True)
    page = encoded(Image.new("L", (2480, 3508), 255), "PNG")
    assert pictures.prepare(page, scan).height == 2400
    assert pictures.prepare(page, LIMITS).height == 1600


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGBA", "PNG"), ("LA", "PNG"), ("P", "GIF"), ("1", "TIFF"), ("CMYK", "JPEG"), ("L", "BMP"), ("RGB", "WEBP"),
     ("I;16", "PNG")],
)  # fmt: skip
def test_every_kind_of_image_becomes_a_jpeg(mode: str, kind: str) -> None:
    kept = pictures.prepare(encoded(Image.new(mode, (50, 30)), kind), LIMITS)
    assert opened(kept.content).format == "JPEG"
    assert (kept.width, kept.height) == (50, 30)


def test_clear_parts_become_white() -> None:
    kept = pictures.prepare(encoded(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG"), LIMITS)
    assert opened(kept.content).convert("RGB").getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize("length", [2, 100, len(SMALL) // 2, len(SMALL) - 200])
def test_a_truncated_photo_is_refused(length: int) -> None:
    with pytest.raises(ValidationFailed):
        pictures.prepare(SMALL[:length], LIMITS)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that claims this size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(9_000, 9_900), (12_000, 12_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_refused_before_it_unfolds(size: tuple[int, int]) -> None:
    with pytest.raises(ValidationFailed) as refused:
        pictures.prepare(bomb(*size), LIMITS)
    assert "像素" in refused.value.message


@pytest.mark.parametrize(
    "content",
    [
        b"\0" * 100,
        b"MZ" + bytes(500),
        b"<html><img src=x></html>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"%PDF-1.7\n",
        b"PK\3\4",
    ],
)
def test_what_is_no_image_or_pdf_is_refused(content: bytes) -> None:
    with pytest.raises(ValidationFailed):
        pictures.prepare(content, LIMITS)


def test_a_photo_format_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ValidationFailed) as refused:
        pictures.prepare(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200), LIMITS)
    assert "HEIC" in refused.value.message


def test_a_pdf_is_kept_as_it_is_with_its_first_page_as_preview() -> None:
    content = pdf()
    kept = pictures.prepare(content, LIMITS)
    assert (kept.content, kept.media_type, kept.width) == (content, "application/pdf", None)
    assert opened(kept.preview).height == LIMITS.preview_longest


def test_a_pdf_page_of_absurd_size_does_not_fill_the_memory() -> None:
    kept = pictures.prepare(pdf(1, 14_400), LIMITS)
    assert max(opened(kept.preview).size) <= LIMITS.preview_longest


@pytest.mark.parametrize("taken", ["", "0000:00:00 00:00:00", "2024:13:45 99:99:99", "x" * 5000])
def test_a_time_that_is_none_is_unknown(taken: str) -> None:
    told = Image.Exif()
    told.get_ifd(0x8769)[0x9003] = taken
    content = encoded(Image.new("RGB", (30, 30)), "JPEG", exif=told)
    assert pictures.prepare(content, LIMITS).taken_at is None


@given(st.data())
def test_a_damaged_photo_is_kept_whole_or_refused(data: st.DataObject) -> None:
    broken = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        kept = pictures.prepare(bytes(broken), LIMITS)
    except ValidationFailed as refused:
        assert refused.message
    else:
        assert opened(kept.content).size == (kept.width, kept.height)
