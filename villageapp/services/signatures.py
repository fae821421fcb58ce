"""Signatures under a visit: the drawn image or the photo of the signed paper, bound to what was signed (domain.md 2.12)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain.fields import to_wire
from villageapp.domain.papers import SIGNATURE
from villageapp.domain.visit import NOBODY_HOME, VISIT
from villageapp.errors import Problem, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.records import Attachment, Signature, Visit
from villageapp.models.types import json_text
from villageapp.services import pictures, staged_photos
from villageapp.services.attachments import SCAN
from villageapp.services.reading import reading_session
from villageapp.services.references import get
from villageapp.services.true_time import clock_trouble

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

FARMER, VISITOR = "农户", "走访人"
"""Who signs a visit."""
PAD, PAPER = "手写板", "纸质签字拍照"
"""How (CL_SIGN_METHOD)."""
PNG = "image/png"
MOST_BYTES = 200_000
"""Of one drawn signature."""
_NOT_SIGNED = frozenset({"household_id"})
"""Left out of the hash: a merge of doubled households moves the visit, not what was said. The id stays in."""


@dataclass(frozen=True, slots=True)
class NewSignature:
    """One signature given before saving. ``image`` is the drawing as PNG; ``signed_at`` aware UTC."""

    role: str
    signer: str
    signed_at: datetime
    image: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as it stands under its record."""

    id: str
    role: str
    signer: str
    signed_at: datetime
    device: str
    sha256: str
    """Of the image; empty without one."""
    is_intact: bool
    """Whether the record still says what was signed."""


def content_hash(visit_id: str, values: Mapping[str, Any]) -> str:
    """SHA-256 of everything a visit says, in one spelling, with its id."""
    said = {
        name: to_wire(values.get(name))
        for name in VISIT.by_name
        if name not in _NOT_SIGNED and values.get(name) is not None
    }
    return hashlib.sha256(json_text({"visit": visit_id, **said}).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ReadySignature:
    """A checked drawing with its small form."""

    given: NewSignature
    preview: bytes
    width: int | None
    height: int | None


def ready(work: Workspace, given: Sequence[NewSignature], values: Mapping[str, Any]) -> list[ReadySignature]:
    """Check drawings before the transaction. Raises ValidationFailed: no picture, nobody to sign, a wrong clock."""
    if not given:
        return []
    if told := clock_trouble(work):
        raise ValidationFailed([Problem("", f"{told}，不能签字，请校准后再办理")])
    if values.get("result") == NOBODY_HOME and any(one.role == FARMER for one in given):
        raise ValidationFailed([Problem("result", "无人在家，不能有农户签字")])
    limits = pictures.limits_of(work.parameters, work.today())
    made = []
    for one in given:
        if not one.signer.strip():
            raise ValidationFailed([Problem("", f"{one.role}签字：请写明签字人")])
        if len(one.image) > MOST_BYTES or not one.image.startswith(b"\x89PNG"):
            raise ValidationFailed([Problem("", f"{one.role}签字：签字图像不能用，请重签")])
        picture = pictures.prepare(one.image, limits)
        made.append(ReadySignature(one, picture.preview, picture.width, picture.height))
    return made


def write(work: Workspace, session: Session, visit: Visit, signatures: Sequence[ReadySignature]) -> list[str]:
    """Add them to a visit that is being saved; the ids of the signatures."""
    return [_write_drawn(work, session, visit, one) for one in signatures]


def write_paper(work: Workspace, session: Session, visit: Visit, attachment_id: str, signer: str) -> str:
    """The photo of the signed paper is the signature of the family. R-TIME-4 judges clocks, which paper has none of."""
    given = NewSignature(FARMER, signer, work.now(), b"")
    return _add(session, visit, given, attachment_id, PAPER)


def _write_drawn(work: Workspace, session: Session, visit: Visit, one: ReadySignature) -> str:
    given = one.given
    values = {"kind": SCAN, "width": one.width, "height": one.height, "taken_at": given.signed_at}
    caption = f"{given.role}签字：{given.signer}"
    owner = ("visit", visit.id)
    file_id = staged_photos.keep(
        work, session, owner, given.image, PNG, one.preview, {**values, "caption": caption}
    )
    return _add(session, visit, given, file_id, PAD)


def _add(session: Session, visit: Visit, given: NewSignature, file_id: str, device: str) -> str:
    made = Signature(id=new_id())
    made.assign(
        SIGNATURE.check(
            {
                "owner_entity": "visit",
                "owner_id": visit.id,
                "signer": given.signer[:20],
                "role": given.role,
                "signed_at": given.signed_at,
                "file_id": file_id,
                "device": device,
                "content_hash": content_hash(visit.id, visit.values()),
            }
        )
    )
    session.add(made)
    return made.id


def of_visit(work: Workspace, visit_id: str) -> list[Signed]:
    """The signatures under a visit, oldest first, each compared with what the visit says now. Raises NotFound."""
    with reading_session(work) as session:
        now = content_hash(visit_id, get(session, Visit, visit_id).values())
        table = Signature.__table__.c
        wanted = (table.owner_entity == "visit", table.owner_id == visit_id, table.deleted.is_(False))
        found = session.scalars(select(Signature).where(*wanted).order_by(table.created_hlc, table.id)).all()
        return [_signed(session, one, now) for one in found]


def _signed(session: Session, one: Signature, now: str) -> Signed:
    values = one.values()
    image = session.get(Attachment, values["file_id"]) if values["file_id"] else None
    return Signed(
        one.id,
        values["role"] or "",
        values["signer"],
        values["signed_at"],
        values["device"] or "",
        image.values()["sha256"] if image is not None else "",
        values["content_hash"] == now,
    )
