"""Draws the pictures of README and handbook from the program itself: ``python docs/make_images.py``.

Every screen on an invented village, full size into ``docs/images``, smaller into ``docs/handbook/images``
(the help window shows those), both with few colours so that the repository stays small.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image

from villageapp.paths import DataDir
from villageapp.progress import SILENT
from villageapp.services import training
from villageapp.ui.screenshots import render

HERE = Path(__file__).parent
SMALL = 760
"""Pixels of width in the help window."""
COLOURS = 128


def main() -> None:
    """Draw, shrink, write."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with training.make_village(DataDir(place / "village"), SILENT) as work:
            files = render(work, place / "pictures", behind=False)
        for file in files:
            with Image.open(file) as picture:
                write(picture.convert("RGB"), HERE / "images" / file.name)
                height = round(picture.height * SMALL / picture.width)
                small = picture.convert("RGB").resize((SMALL, height), Image.Resampling.LANCZOS)
                write(small, HERE / "handbook" / "images" / file.name)
    sys.stdout.write(f"{len(files)} pictures\n")


def write(picture: Image.Image, target: Path) -> None:
    """Few colours, best compression."""
    target.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    main()
