"""The one door to pdfium, which may not be used by two threads at once: the window previews while photos are added."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ALONE = threading.RLock()
"""Of the whole program, as pdfium's own state is."""


class Unreadable(ValueError):
    """The content is no PDF that can be read; the text is pdfium's or the system's."""


@contextmanager
def opened(pdf: bytes | Path) -> Iterator[Any]:
    """A ``pypdfium2.PdfDocument`` for as long as the block lasts, closed afterwards; other threads wait.

    Nothing of it may be used after the block. Raises Unreadable, also for what breaks inside the block.
    """
    import pypdfium2

    with _ALONE:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except (pypdfium2.PdfiumError, OSError) as error:
            raise Unreadable(str(error)) from error
        try:
            yield document
        except pypdfium2.PdfiumError as error:
            raise Unreadable(str(error)) from error
        finally:
            document.close()
