"""Drafts survive the program and never travel."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.helpers.stores import StoreTemplate
from villageapp.errors import ValidationFailed
from villageapp.services import drafts, syncing
from villageapp.services.workspace import Workspace, open_with_key


def test_the_newest_replaces_the_one_before(work: Workspace) -> None:
    drafts.save(work, "visit", "a", {"demand": "修", "started_at": datetime(2023, 1, 1, tzinfo=UTC)})
    drafts.save(work, "visit", "a", {"demand": "修路", "water_ok": None})
    drafts.save(work, "problem", "b", {})
    found = drafts.load(work, "visit", "a")
    assert found is not None
    assert found.values == {"demand": "修路", "water_ok": None}
    assert {(draft.form, draft.subject) for draft in drafts.all_drafts(work)} == {
        ("visit", "a"),
        ("problem", "b"),
    }
    drafts.discard(work, "visit", "a")
    drafts.discard(work, "visit", "a")
    assert drafts.load(work, "visit", "a") is None


def test_reopened_store_still_has_it(template: StoreTemplate, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    with template.open_copy(folder) as work:
        before = syncing.state_hash(work)
        drafts.save(work, "visit", "a", {"demand": "修路"})
        assert syncing.state_hash(work) == before
        data_dir = work.data_dir
    with open_with_key(data_dir, template.key) as work:
        found = drafts.load(work, "visit", "a")
    assert found is not None
    assert found.values == {"demand": "修路"}
    raw = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert "修路".encode() not in raw


def test_too_long_is_refused(work: Workspace) -> None:
    with pytest.raises(ValidationFailed):
        drafts.save(work, "visit", "a", {"demand": "长" * 200_001})
    assert drafts.all_drafts(work) == []
