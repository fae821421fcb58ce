"""A photo or scan as it is kept: checked by its content, turned upright, made smaller, freed of what else it tells.

A phone writes place, owner and device into every photo; only pixels and the time of taking are kept.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from villageapp.domain.dates import CHINA
from villageapp.domain.parameters import Parameters
from villageapp.errors import ValidationFailed
from villageapp.reports import pdfium

if TYPE_CHECKING:
    from PIL.Image import Image

JPEG, PDF = "image/jpeg", "application/pdf"
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "MPO")
_HEIC = (b"ftyphei", b"ftyphev", b"ftypmif1", b"ftypavif")
_EXIF_IFD, _TAKEN, _TAKEN_OFFSET = 0x8769, 0x9003, 0x9011
_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    struct.error,
    ArithmeticError,
    UserWarning,
)
"""What Pillow raises for files that are cut or made up."""
_LOWEST_QUALITY, _QUALITY_STEP = 30, 10


@dataclass(frozen=True, slots=True)
class Limits:
    """Sides in pixels, sizes in bytes, quality 1 to 95 (resources/parameters/attachments.toml)."""

    longest: int
    quality: int
    preview_longest: int
    preview_bytes: int
    most_pixels: int


@dataclass(frozen=True, slots=True)
class Picture:
    """What is kept: ``preview`` is a JPEG. ``taken_at`` is aware UTC, None when the file does not say."""

    content: bytes
    media_type: str
    width: int | None
    height: int | None
    taken_at: datetime | None
    preview: bytes


def limits_of(parameters: Parameters, on: date, *, is_scan: bool = False) -> Limits:
    """The limits in force. Raises UnsetParameter."""
    return Limits(
        parameters.integer("SCAN_LONGEST" if is_scan else "PHOTO_LONGEST", on),
        parameters.integer("PHOTO_QUALITY", on),
        parameters.integer("PREVIEW_LONGEST", on),
        parameters.integer("PREVIEW_BYTES", on),
        parameters.integer("PHOTO_MOST_PIXELS", on),
    )


def is_pdf(content: bytes) -> bool:
    """Whether this says that it is a PDF, as its readers look for it."""
    return b"%PDF-" in content[:1024]


def prepare(content: bytes, limits: Limits) -> Picture:
    """What is kept of a file. Raises ValidationFailed for what is no image or PDF, cut off, or too many pixels."""
    if is_pdf(content):
        with _checked("PDF"):
            first = _first_page(content, limits)
        return Picture(content, PDF, None, None, None, _preview(first, limits, content))
    if any(content[4:12].startswith(kind) for kind in _HEIC):
        raise ValidationFailed(
            [], "这是 HEIC 格式的照片，本机不能读取。请在手机相机设置中改用 JPEG（兼容性最佳）后重拍或转存。"
        )
    with _checked("图片"):
        image = _opened(content, limits)
        taken_at = _taken_at(image)
        image = _upright(image, limits.longest)
        kept = _jpeg(image, limits.quality)
        return Picture(kept, JPEG, image.width, image.height, taken_at, _preview(image, limits, kept))


def preview_of(content: bytes, limits: Limits) -> bytes:
    """The small form of a content that was kept. Raises ValidationFailed."""
    return prepare(content, limits).preview


@contextmanager
def _checked(what: str) -> Iterator[None]:
    from PIL import Image

    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise _too_many() from error
    except _UNREADABLE as error:
        raise ValidationFailed(
            [], f"这个文件不是能读取的{what}，或者不完整，没有采用。请重新拍摄或另存后再试。"
        ) from error


def _too_many() -> ValidationFailed:
    return ValidationFailed(
        [], "图片的像素太多，没有采用。请在相机设置中改用较小的尺寸，或另存为较小的图片。"
    )


def _opened(content: bytes, limits: Limits) -> Image:
    from PIL import Image

    image = Image.open(io.BytesIO(content), formats=_FORMATS)
    if image.width * image.height > limits.most_pixels:
        raise _too_many()
    return image


def _taken_at(image: Image) -> datetime | None:
    try:
        told: dict[int, Any] = dict(image.getexif().get_ifd(_EXIF_IFD))
        taken = datetime.strptime(str(told[_TAKEN]).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
        return taken.replace(tzinfo=_zone(str(told.get(_TAKEN_OFFSET, "")))).astimezone(UTC)
    except _UNREADABLE:
        return None  # a photo without a time, or with one that is no time: unknown


def _zone(offset: str) -> Any:
    """The zone that the phone wrote down; China's when it wrote none."""
    text = offset.strip("\0 ")
    if len(text) != 6 or text[0] not in "+-":
        return CHINA
    span = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(span if text[0] == "+" else -span)


def _upright(image: Image, longest: int) -> Image:
    """Pixels alone, turned as the phone was held, at most ``longest`` a side; clear parts become white."""
    from PIL import Image as Images
    from PIL import ImageOps

    image.thumbnail((longest, longest), Images.Resampling.LANCZOS, reducing_gap=2.0)
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode == "L":
        plain = image
    elif image.has_transparency_data:
        clear = image.convert("RGBA")
        plain = Images.new("RGB", clear.size, "white")
        plain.paste(clear, mask=clear.getchannel("A"))
        return plain
    else:
        plain = image.convert("RGB")
    bare = Images.new(plain.mode, plain.size)
    bare.paste(plain)
    return bare


def _jpeg(image: Image, quality: int, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True, comment=comment)
    return buffer.getvalue()


def _preview(image: Image, limits: Limits, content: bytes) -> bytes:
    """A small JPEG; it carries the hash of its content, for two contents never share a preview."""
    from PIL import Image as Images

    from villageapp.sync.blobs import hash_of

    small = image.copy()
    side = limits.preview_longest
    comment = hash_of(content).encode()
    while True:
        small.thumbnail((side, side), Images.Resampling.LANCZOS)
        for quality in range(limits.quality, _LOWEST_QUALITY - 1, -_QUALITY_STEP):
            found = _jpeg(small, quality, comment)
            if len(found) <= limits.preview_bytes or side <= 16:
                return found
        side = side * 3 // 4


def _first_page(content: bytes, limits: Limits) -> Image:
    """The first page, small. Its size is bounded before anything is drawn: a page may claim to be 5 km long."""
    with pdfium.opened(content) as document:
        page = document[0]
        width, height = page.get_size()
        scale = limits.preview_longest * 2 / max(width, height, 1.0)
        picture: Image = page.render(scale=scale, maybe_alpha=False).to_pil().convert("RGB")
        return picture
