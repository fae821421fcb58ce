"""The main job as a person runs it: the real program as a process, real server, real PostgreSQL, real PDF."""

from __future__ import annotations

import json
from pathlib import Path

import pypdfium2

from tests.e2e.program import villageapp
from tests.helpers.servers import roomy_folder

COUNTED = ("households", "members", "visits", "measures")


def test_demo_ends_equal_on_both_laptops_and_the_server_even_where_there_is_no_screen() -> None:
    with roomy_folder() as folder:
        asked = ("demo", "--json", "--households", "30", "--data-dir", folder / "d")
        ended = villageapp(*asked, home=folder, screen=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "没有图形界面" in ended.stderr
        told = json.loads(ended.stdout)
        counts = [{k: part[k] for k in COUNTED} for part in (*told["laptops"], told["server"])]
        assert counts[0] == counts[1] == counts[2]
        assert counts[0]["households"] == 30
        assert counts[0]["visits"] > 30
        assert [laptop["conflicts"] for laptop in told["laptops"]] == [0, 0]
        _look_at_cards(Path(told["cards_pdf"]))
        assert not _processes_in(folder), "nothing is left running"


def _look_at_cards(path: Path) -> None:
    pdf = pypdfium2.PdfDocument(path)
    assert len(pdf) >= 60
    page = pdf[0]
    text = page.get_textpage()
    assert "户帮扶明白卡" in text.get_text_range()
    text.close()
    page.close()
    pdf.close()


def _processes_in(folder: Path) -> list[str]:
    """Command lines of processes that still work on this folder (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        if str(folder) in command:
            found.append(command)
    return found
