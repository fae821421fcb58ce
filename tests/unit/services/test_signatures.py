"""Signatures under visits: bound to what was signed, saved with it, never for a house where nobody was."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image, ImageDraw

from tests.helpers.stores import ZHANG, family_id
from villageapp.errors import NotAllowed, ValidationFailed
from villageapp.models.records import Visit
from villageapp.services import attachments, records, signatures, staged_photos, undoing, visits
from villageapp.services.signatures import FARMER, PAD, PAPER, VISITOR, NewSignature
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)


def drawing() -> bytes:
    image = Image.new("RGBA", (600, 240), (0, 0, 0, 0))
    ImageDraw.Draw(image).line((20, 20, 300, 200, 500, 60), fill="black", width=5)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def values(work: Workspace, **more: Any) -> dict[str, Any]:
    return {
        "kind": "01",
        "started_at": work.now() - timedelta(hours=1),
        "result": "见到户主",
        "interviewee": "张示范",
        **more,
    }


def given(work: Workspace, role: str = FARMER, **more: Any) -> NewSignature:
    return NewSignature(
        **{"role": role, "signer": "张示范", "signed_at": work.now(), "image": drawing(), **more}
    )


def test_both_sign_and_the_images_travel_as_attachments(work: Workspace) -> None:
    both = [given(work), given(work, VISITOR, signer="周队员")]
    saved = visits.record_visit(work, HOME, values(work), signed=both)
    found = signatures.of_visit(work, saved.id)
    assert [(one.role, one.signer, one.device) for one in found] == [
        (FARMER, "张示范", PAD),
        (VISITOR, "周队员", PAD),
    ]
    assert all(one.is_intact for one in found)
    assert attachments.content(work, found[0].sha256) == both[0].image
    assert attachments.preview(work, found[0].sha256) is not None
    captions = [one.caption for one in attachments.of(work, "visit", saved.id)]
    assert len(captions) == 2
    assert all(name in caption for name, caption in zip(("张示范", "周队员"), captions, strict=True))


def test_a_photo_of_the_signed_paper_is_the_signature_of_the_family(work: Workspace) -> None:
    photo = staged_photos.stage(work, drawing(), PAPER)
    saved = visits.record_visit(work, HOME, values(work, signed_on_paper=True), photos=[photo])
    (found,) = signatures.of_visit(work, saved.id)
    assert (found.role, found.signer, found.device) == (FARMER, "张示范", PAPER)
    assert found.sha256 == photo.sha256
    assert found.is_intact


def test_a_visit_that_says_something_else_is_not_what_was_signed(work: Workspace) -> None:
    saved = visits.record_visit(work, HOME, values(work, water_ok=True), signed=[given(work)])
    with work.transaction() as session:  # what no screen does: an append-only record altered
        session.get_one(Visit, saved.id).assign({"water_ok": False})
    (found,) = signatures.of_visit(work, saved.id)
    assert not found.is_intact


def test_the_hash_depends_on_every_answer_and_on_the_visit(work: Workspace) -> None:
    said = values(work, demand="修路")
    first = signatures.content_hash("a", said)
    assert signatures.content_hash("a", dict(reversed(said.items()))) == first
    assert signatures.content_hash("b", said) != first
    assert signatures.content_hash("a", {**said, "demand": "通水"}) != first
    assert signatures.content_hash("a", {**said, "difficulty": None}) == first


def test_nobody_signs_where_nobody_was(work: Workspace) -> None:
    nobody = {"kind": "01", "started_at": work.now(), "result": "无人在家"}
    with pytest.raises(ValidationFailed):
        visits.record_visit(work, HOME, nobody, signed=[given(work)])
    assert visits.count_visits(work) == 0
    saved = visits.record_visit(work, HOME, nobody, signed=[given(work, VISITOR)])
    assert len(signatures.of_visit(work, saved.id)) == 1


@pytest.mark.parametrize(
    "wrong", [{"image": b"GIF89a"}, {"image": b"\x89PNG" + bytes(300_000)}, {"signer": "  "}]
)
def test_what_is_no_signature_is_refused(work: Workspace, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationFailed):
        visits.record_visit(work, HOME, values(work), signed=[given(work, **wrong)])
    assert visits.count_visits(work) == 0


def test_a_signature_is_not_altered_and_goes_only_with_its_visit(work: Workspace) -> None:
    saved = visits.record_visit(work, HOME, values(work), signed=[given(work)])
    (found,) = signatures.of_visit(work, saved.id)
    with pytest.raises(NotAllowed):
        records.change(work, "signature", found.id, {"signer": "别人"})
    undoing.undo(work)
    assert records.list_records(work, "signature") == []
    undoing.redo(work)
    assert signatures.of_visit(work, saved.id)[0].is_intact
