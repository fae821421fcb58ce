"""``villageapp attachment`` in this process, on a real store."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.helpers.photos import photo
from tests.helpers.stores import ZHANG
from tests.unit.cli.conftest import Run


@pytest.fixture
def made(tmp_path: Path, run: Run) -> dict[str, object]:
    (tmp_path / "gate.jpg").write_bytes(photo(1, (640, 480)))
    outcome = run(
        "attachment", "add", "gate.jpg", "--household", ZHANG, "--caption", "\u5927\u95e8", "--json"
    )
    assert outcome.code == 0, outcome.err
    return outcome.json


def test_a_photo_is_added_listed_and_taken_out_again(
    run: Run, made: dict[str, object], tmp_path: Path
) -> None:
    assert (made["width"], made["height"], made["state"]) == (480, 640, "\u672c\u673a")
    assert made["taken_at"] == "2024-05-05T23:08:09.000Z"
    listed = run("attachment", "list", "--household", ZHANG)
    assert "\u5927\u95e8" in listed.out
    assert "2024-05-06 07:08" in listed.out
    assert str(made["id"]) in listed.out
    for extra, side in (((), 640), (("--preview",), 240)):
        got = run("attachment", "get", str(made["id"]), "--out", "out.jpg", *extra)
        assert got.code == 0, got.err
        with Image.open(tmp_path / "out.jpg") as image:
            assert max(image.size) == side


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "none.jpg", "--household", ZHANG),
        ("add", "notes.txt", "--household", ZHANG),
        ("add", "gate.jpg", "--household", ZHANG),
        ("add", "gate.jpg", "--owner", "visit"),
        ("add", "gate.jpg", "--owner", "nothing:018f0000-0000-7000-8000-000000000009"),
        ("get", "018f0000-0000-7000-8000-000000000009"),
        ("list", "--owner", "x"),
        ("sync",),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    run: Run, made: dict[str, object], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    outcome = run("attachment", *arguments)
    assert outcome.code == 1
    assert outcome.out == ""
    assert len(outcome.err.strip().splitlines()) == 1
