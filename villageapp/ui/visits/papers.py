"""What goes with a visit besides answers: photos and signatures, kept with the draft until the visit is saved."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from villageapp.domain import dates
from villageapp.domain.fields import to_wire
from villageapp.services.signatures import FARMER, PAPER, VISITOR, NewSignature
from villageapp.services.staged_photos import PHOTOS
from villageapp.ui.context import Context
from villageapp.ui.preferences import LAST_FOLDER
from villageapp.ui.visits import words
from villageapp.ui.visits.draft_photos import DraftPhotos
from villageapp.ui.visits.recording import Papers
from villageapp.ui.visits.sign_dialog import SignDialog, said_text
from villageapp.ui.widgets.flow import FlowLayout, button, card, clear, label, tool

SIGNATURES = "signatures"
"""Name under which the draft keeps them."""
_BY_PROGRAM = frozenset({"ended_at", "signed_on_paper"})
"""Answers that may still come after signing: the program's clock, and how it was signed."""
_HEIGHT_LINES = 3


@dataclass(frozen=True, slots=True)
class _Given:
    """A signature of the draft, and the fingerprint of the answers it was given for."""

    signature: NewSignature
    said: str

    def as_row(self) -> dict[str, Any]:
        one = self.signature
        return {
            "role": one.role,
            "signer": one.signer,
            "signed_at": dates.instant_text(one.signed_at),
            "image": base64.b64encode(one.image).decode(),
            "said": self.said,
        }


def fingerprint(values: Mapping[str, Any]) -> str:
    """Of answers as typed: another one after a change, the same after a restart."""
    said = {name: to_wire(v) for name, v in values.items() if v is not None and name not in _BY_PROGRAM}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


class PapersCard(QFrame):
    """``edited`` when a photo or signature came or went. ``answers`` gives the form's values, ``signer`` whose name
    stands first for a role."""

    edited = Signal()

    def __init__(
        self,
        context: Context,
        answers: Callable[[], Mapping[str, Any]],
        signer: Callable[[str], str],
        measures: Mapping[str, str],
    ) -> None:
        super().__init__()
        self._context, self._answers, self._signer, self._measures = context, answers, signer, measures
        self._given: tuple[_Given, ...] = ()
        self._dialog: SignDialog | None = None
        self.photos = DraftPhotos(context)
        self.paper_button = button(self.tr("拍下的纸质签字…"), self._choose_paper, icon="photo")
        self.sign_buttons = {
            role: button(self.tr("{role}签字…").format(role=role), partial(self.sign, role), icon="user")
            for role in (FARMER, VISITOR)
        }
        self.void = label("", "warn", wrap=True)
        self.void.hide()
        self._shown = QWidget()
        self._flow = FlowLayout(self._shown, spacing=12)
        self._lay_out()
        self.photos.edited.connect(self.edited)
        self._show()

    @property
    def is_busy(self) -> bool:
        """Whether a photo is still being sealed."""
        return self.photos.is_busy

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not self._given and not self.photos.photos

    def papers(self) -> Papers:
        """What is to be saved."""
        return Papers(self.photos.photos, tuple(one.signature for one in self._given))

    def draft_values(self) -> dict[str, Any]:
        """For the draft."""
        return {PHOTOS: self.photos.rows(), SIGNATURES: [one.as_row() for one in self._given] or None}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """Show what a draft kept; a signature that its answers no longer match is left out and said."""
        self.photos.restore(draft.get(PHOTOS))
        rows = draft.get(SIGNATURES)
        self._given = tuple(_from_row(row) for row in rows) if isinstance(rows, list) else ()
        self._show()
        self.follow()

    def follow(self) -> None:
        """The answers changed: what was signed for others is void."""
        if not self._given:
            return
        said = fingerprint(self._answers())
        kept = tuple(one for one in self._given if one.said == said)
        if len(kept) != len(self._given):
            self._given = kept
            self.void.setText(self.tr("签字以后内容有改动，原来的签字已作废，请重新签字。"))
            self.void.show()
            self._show()
            self.edited.emit()

    def sign(self, role: str) -> None:
        """Open the field to sign in."""
        summary = said_text(self._answers(), self._measures)
        dialog = SignDialog(role, self._signer(role), summary, self.window())
        dialog.signed.connect(partial(self._on_signed, role))
        self._dialog = dialog
        dialog.open()

    def _lay_out(self) -> None:
        self.setProperty("surface", "page")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        photos, inside = card(margin=14)
        inside.addWidget(label(self.tr("照片"), "heading"))
        inside.addWidget(self.photos)
        signatures, signing = card(margin=14)
        heading = QHBoxLayout()
        heading.setSpacing(12)
        heading.addWidget(label(self.tr("签字"), "heading"))
        heading.addWidget(label(self.tr("内容都填好后再签；不便手写的用纸质签字"), "quiet", wrap=True), 1)
        signing.addLayout(heading)
        box = QWidget()
        row = FlowLayout(box)
        for part in (*self.sign_buttons.values(), self.paper_button):
            row.addWidget(part)
        signing.addWidget(box)
        signing.addWidget(self.void)
        signing.addWidget(self._shown)
        layout.addWidget(photos)
        layout.addWidget(signatures)

    def _on_signed(self, role: str, signer: str, image: bytes) -> None:
        given = NewSignature(role, signer, self._context.work.now(), image)
        others = tuple(
            one for one in self._given if (one.signature.role, one.signature.signer) != (role, signer)
        )
        self._given = (*others, _Given(given, fingerprint(self._answers())))
        self.void.hide()
        self._show()
        self.edited.emit()

    def _choose_paper(self) -> None:
        """The photo of the signed paper counts as the family's signature."""
        name, _kind = QFileDialog.getOpenFileName(
            self,
            self.tr("选择纸质签字的照片"),
            self._context.settings.get(LAST_FOLDER),
            self.tr("照片和扫描件 (*.jpg *.jpeg *.png *.webp *.bmp *.tif *.tiff *.pdf)"),
        )
        if name:
            self.add_paper(name)

    def add_paper(self, name: str) -> None:
        """Take the photo of the signed paper from a file."""
        self.photos.add_captioned([Path(name)], PAPER)

    def _remove(self, given: _Given) -> None:
        self._given = tuple(one for one in self._given if one is not given)
        self._show()
        self.edited.emit()

    def _show(self) -> None:
        clear(self._flow)
        for one in self._given:
            self._flow.addWidget(self._signature(one))
        self._shown.setVisible(bool(self._given))

    def _signature(self, given: _Given) -> QWidget:
        one = given.signature
        frame, layout = card(margin=8, spacing=4)
        moment = words.moment_text(one.signed_at, self._context.work.today())
        said = self.tr("{role}：{signer} {moment}").format(role=one.role, signer=one.signer, moment=moment)
        picture = QLabel()
        picture.setAccessibleName(self.tr("签字图像"))
        picture.setStyleSheet("background: white;")
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        picture.setPixmap(
            _small(one.image, self.fontMetrics().height() * _HEIGHT_LINES, self.devicePixelRatio())
        )
        head = QHBoxLayout()
        head.addWidget(label(said))
        head.addWidget(
            tool(
                "close", self.tr("去掉{signer}的签字").format(signer=one.signer), partial(self._remove, given)
            )
        )
        layout.addLayout(head)
        layout.addWidget(picture)
        return frame


def _small(image: bytes, height: int, ratio: float) -> QPixmap:
    pixmap = QPixmap()
    pixmap.loadFromData(image)
    if pixmap.isNull():
        return pixmap
    wanted = QSize(height * 6, height) * ratio
    mode = Qt.TransformationMode.SmoothTransformation
    scaled = pixmap.scaled(wanted, Qt.AspectRatioMode.KeepAspectRatio, mode)
    scaled.setDevicePixelRatio(ratio)
    return scaled


def _from_row(row: Mapping[str, Any]) -> _Given:
    moment = dates.parse_instant(str(row["signed_at"]))
    assert isinstance(moment, datetime)
    signature = NewSignature(
        str(row["role"]), str(row["signer"]), moment, base64.b64decode(str(row["image"]))
    )
    return _Given(signature, str(row["said"]))
