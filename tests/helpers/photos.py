"""Photos as a phone takes them: real JPEGs, sideways, with place and time written into them; and other files."""

from __future__ import annotations

import io
import random
from typing import Any

from PIL import Image

TAKEN = "2024:05:06 07:08:09"
"""China time; 2024-05-05 23:08:09 UTC."""


def photo(seed: int, size: tuple[int, int] = (2000, 1500), *, exif: bool = True, grain: int = 40) -> bytes:
    """A JPEG of ``size``; the smaller ``grain`` (pixels), the larger the file. With ``exif`` it lies on its side."""
    noise = random.Random(seed).randbytes(3 * (size[0] // grain) * (size[1] // grain))
    small = Image.frombytes("RGB", (size[0] // grain, size[1] // grain), noise)
    told: Any = Image.Exif()
    if exif:
        told[0x0112] = 6  # orientation: turn right
        told[0x010F] = "SECRET-MAKER"
        told.get_ifd(0x8769)[0x9003] = TAKEN
        told.get_ifd(0x8825).update({1: "N", 2: (37.0, 52.0, 1.0), 3: "E", 4: (112.0, 33.0, 1.0)})
    return encoded(small.resize(size, Image.Resampling.BICUBIC), "JPEG", quality=90, exif=told)


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


def pdf(width: int = 595, height: int = 842) -> bytes:
    """A PDF of one empty page of this size in points."""
    import pypdfium2

    document = pypdfium2.PdfDocument.new()
    document.new_page(width, height)
    buffer = io.BytesIO()
    document.save(buffer)
    document.close()
    return buffer.getvalue()
