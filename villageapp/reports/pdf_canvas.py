"""A ReportLab canvas that writes every page out as soon as it is shown.

ReportLab keeps all pages, uncompressed, until ``save``; a township's cards would be gigabytes. Here a page
goes to the file at ``showPage`` and only its number stays. The bytes depend on what was drawn and on the
time given, on nothing else.
"""

from __future__ import annotations

import io
import zlib
from datetime import datetime
from hashlib import md5
from typing import BinaryIO

from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

_COMPRESSION = 6


class StreamedDocument(pdfdoc.PDFDocument):  # type: ignore[misc]  # ReportLab has no types
    """The objects of one PDF; pages are written when added, the rest by ``finish``."""

    def __init__(self, out: BinaryIO, made_at: datetime) -> None:
        super().__init__(compression=0, invariant=1, pdfVersion=(1, 5), lang="zh-CN")
        self._stamp(made_at)
        self._out = out
        self._offset = 0
        self._written: set[int] = set()
        header = pdfdoc.PDFFile(self._pdfVersion)
        self._emit(header.format(self))

    def addPage(self, page: pdfdoc.PDFPage) -> None:  # noqa: N802  (ReportLab calls it)
        """Register a page and write it, its content included."""
        page.Contents = _compressed(page.stream if isinstance(page.stream, str) else "\n".join(page.stream))
        super().addPage(page)
        self.updateSignature(page.Contents.content)
        self._write(page)
        self._write(page.Contents)
        page.Contents.content = b""
        page.Contents = page.Resources = page.stream = None

    def addForm(self, name: str, form: pdfdoc.PDFFormXObject) -> None:  # noqa: N802
        """Register a form, compressed like a page (ReportLab would also inflate it to ASCII)."""
        form.Contents = _compressed(form.stream)
        super().addForm(name, form)

    def finish(self) -> None:
        """Write fonts, forms, page tree, cross-references and trailer."""
        for font in self.delayedFonts:
            font.addObjects(self)
        self.info.invariant = 1
        self.info.digest(self.signature)
        catalog, info = self.Reference(self.Catalog), self.Reference(self.info)
        self.Outlines.prepare(self, None)
        if self.Outlines.ready < 0:
            self.Catalog.Outlines = None
        number = 0
        while (number := number + 1) in self.numberToId:  # formatting may register more objects
            if number not in self._written:
                self._write_numbered(number)
        self._write_trailer(catalog, info)

    def _write_trailer(self, catalog: object, info: object) -> None:
        table = pdfdoc.PDFCrossReferenceTable()
        table.addsection(0, [self.numberToId[n] for n in range(1, len(self.numberToId) + 1)])
        start = self._offset
        self._emit(table.format(self))
        size = len(self.numberToId) + 1
        trailer = pdfdoc.PDFTrailer(startxref=start, Size=size, Root=catalog, Info=info, ID=self.ID())
        self._emit(trailer.format(self))

    def _write(self, part: pdfdoc.PDFObject) -> None:
        self._write_numbered(self.idToObjectNumberAndVersion[self.Reference(part).name][0])

    def _write_numbered(self, number: int) -> None:
        name = self.numberToId[number]
        self.idToOffset[name] = self._offset
        self._written.add(number)
        self._emit(pdfdoc.PDFIndirectObject(name, self.idToObject[name]).format(self))

    def _emit(self, part: bytes) -> None:
        self._out.write(part)
        self._offset += len(part)

    def _stamp(self, made_at: datetime) -> None:
        """Use the given time as creation date, whatever clock, zone or environment this process has."""
        stamp = self._timeStamp
        offset = made_at.utcoffset()
        stamp.YMDhms = made_at.timetuple()[:6]
        minutes = int(offset.total_seconds() // 60) if offset else 0
        stamp.dhh, stamp.dmm = divmod(minutes, 60)
        self.signature = md5(made_at.isoformat().encode(), usedforsecurity=False)


class StreamedCanvas(Canvas):  # type: ignore[misc]  # ReportLab has no types
    """A canvas over a ``StreamedDocument``; knows no built-in font, so nothing stays unembedded."""

    def __init__(self, out: BinaryIO, size: tuple[float, float], made_at: datetime) -> None:
        super().__init__(io.BytesIO(), pagesize=size, pageCompression=0, invariant=1)
        self._doc = StreamedDocument(out, made_at)

    @property
    def document(self) -> StreamedDocument:
        """Where fonts register themselves."""
        return self._doc

    @property
    def operators(self) -> list[str]:
        """Content operators of the page or form being drawn; append to draw."""
        return self._code  # type: ignore[no-any-return]

    def finish(self) -> None:
        """Write what is left. The canvas must not be used afterwards."""
        self._doc.finish()

    def _make_preamble(self) -> None:
        self._preamble = "1 0 0 1 0 0 cm"


def _compressed(content: str | bytes) -> pdfdoc.PDFStream:
    raw = content if isinstance(content, bytes) else content.encode("latin-1")
    filters = {"Filter": pdfdoc.PDFName("FlateDecode")}
    return pdfdoc.PDFStream(pdfdoc.PDFDictionary(filters), zlib.compress(raw, _COMPRESSION) + b"\n", [])
