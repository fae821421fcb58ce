"""Household cards from facts to PDF."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle, islice, pairwise
from pathlib import Path

import pypdfium2
import pytest

from tests.unit.reports.sample_card import HEAD_ID, HOUSEHOLD, MEASURES, MEMBERS, PHONE, PRINTED_AT
from villageapp.errors import Cancelled, Trouble
from villageapp.fonts import FontSet
from villageapp.reports.card import CardReport, missing_glyphs, render_cards
from villageapp.reports.card_facts import CardFacts
from villageapp.reports.privacy import Privacy
from villageapp.reports.whole_file import whole_file

GLYPHLESS = "\U000323af"
FONTS = FontSet.load()


def render(
    *cards: CardFacts, grade: Privacy = Privacy.P1, allow_missing: bool = False
) -> tuple[bytes, CardReport]:
    out = io.BytesIO()
    report = render_cards(
        cards,
        grade,
        out,
        fonts=FONTS,
        printed_at=PRINTED_AT,
        device="L-0007",
        version="118",
        allow_missing=allow_missing,
    )
    return out.getvalue(), report


def pages(pdf: bytes) -> list[str]:
    """The text layer of every page, white space removed."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return ["".join(page.get_textpage().get_text_bounded().split()) for page in document]
    finally:
        document.close()


def test_card_holds_the_rulebook_s_blocks_and_the_household_s_facts() -> None:
    pdf, report = render(HOUSEHOLD)
    front, back = pages(pdf)
    assert report == CardReport(pages=2, items=1, missing_glyphs=())
    assert "示范县某某镇王家沟村户帮扶明白卡（2026年度）" in front
    for text in ("王䶮山", "李㛃梅", "王𬭊", "弱劳动力或半劳动力", "149901********001X", "12317", "刘建军"):
        assert text in front
    assert "第1页共2页·打印时间2026-11-2009:30·设备号L-0007·数据版本118" in front
    for text in (
        "☑产业帮扶",
        "□金融帮扶",
        "□基础设施建设",
        "31,200.00",
        "+11.8%",
        "户主签字（手印）",
        "不得向无关人员展示",
    ):
        assert text in back
    assert "数据截至2026-11-12·已同步" in back


def test_name_that_only_a_fallback_font_has() -> None:
    pdf, report = render(replace(HOUSEHOLD, head_name="𠮷田"))
    assert report.missing_glyphs == ()
    assert "𠮷田" in pages(pdf)[0]
    assert b"NotoSansJP" in pdf


@pytest.mark.parametrize("grade", list(Privacy))
def test_text_layer_obeys_the_grade(grade: Privacy) -> None:
    pdf, _ = render(HOUSEHOLD, grade=grade)
    text = "".join(pages(pdf))
    assert (HEAD_ID in text) == (grade is Privacy.P2)
    assert ("149901********001X" in text) == (grade is Privacy.P1)
    for secret in (PHONE, "长期慢性病", "54,750.00", "因病、因残"):
        assert (secret in text) == (grade is not Privacy.P0)
    assert grade.label.replace(" ", "") in text


def test_equal_rows_give_equal_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = render(HOUSEHOLD)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.setenv("TZ", "America/New_York")
    assert render(HOUSEHOLD)[0] == first
    assert render(replace(HOUSEHOLD, note="变了"))[0] != first


def test_size_of_the_page_is_a4_landscape() -> None:
    document = pypdfium2.PdfDocument(render(HOUSEHOLD)[0])
    try:
        assert [tuple(round(x) for x in document.get_page_size(n)) for n in range(2)] == [(842, 595)] * 2
    finally:
        document.close()


def large_family(members: int, measures: int) -> CardFacts:
    """A household with so many members and measures, each named apart."""
    people = (replace(m, name=f"人{i:02d}号") for i, m in enumerate(islice(cycle(MEMBERS), members)))
    helped = (replace(m, content=f"第{i:02d}项") for i, m in enumerate(islice(cycle(MEASURES), measures)))
    return replace(HOUSEHOLD, members=tuple(people), measures=tuple(helped))


def test_eight_members_need_no_continuation() -> None:
    pdf, report = render(large_family(8, 3))
    assert report.pages == 2
    assert "续页" not in "".join(pages(pdf))


def test_large_family_goes_on_and_loses_nobody() -> None:
    pdf, report = render(large_family(12, 30), HOUSEHOLD)
    shown = pages(pdf)
    assert report.pages == len(shown) == 6
    assert "其余5人见续页（第3页）" in shown[0]
    assert re.search(r"其余\d+项见续页（第3页）", shown[1])
    assert "第4页共4页" in shown[3]
    assert "王䶮山" in shown[4]
    whole = "".join(shown[:4])
    assert all(whole.count(f"人{i:02d}号") == 1 for i in range(12))
    assert all(whole.count(f"第{i:02d}项") == 1 for i in range(30))


def test_only_ticked_rows_when_space_is_short() -> None:
    back = pages(render(large_family(3, 12))[0])[1]
    assert "□" not in back
    assert all(f"第{i:02d}项" in back for i in range(12))


def test_long_texts_stay_on_the_page() -> None:
    long = replace(
        HOUSEHOLD,
        head_name="阿" * 20,
        address="长地址" * 100,
        county="很长的县名" * 4,
        members=(replace(MEMBERS[0], name="名" * 20, study_work="很长的工作单位" * 20),),
        measures=tuple(replace(m, content="很长的内容" * 40) for m in MEASURES),
        visits=tuple(replace(v, summary="很长的走访内容" * 50) for v in HOUSEHOLD.visits),
    )
    document = pypdfium2.PdfDocument(render(long)[0])
    try:
        for page in document:
            layer = page.get_textpage()
            boxes = [layer.get_charbox(i) for i in range(layer.count_chars())]
            assert min(box[0] for box in boxes) >= 20 * 72 / 25.4 - 1
            assert max(box[2] for box in boxes) <= (297 - 15) * 72 / 25.4 + 1
            assert min(box[1] for box in boxes) >= 15 * 72 / 25.4 - 1
    finally:
        document.close()


def test_empty_card_can_be_printed_and_filled_by_hand() -> None:
    bare = CardFacts("0192f3a0-0000-7000-8000-000000000001", 1, 2026, "示范县", "某镇", "王村", "")
    front, back = pages(render(bare)[0])
    assert "户主姓名" in front
    assert "□产业帮扶" in back


def test_missing_glyph_refuses_and_names_household_and_code() -> None:
    lost = replace(
        HOUSEHOLD, head_name=f"王{GLYPHLESS}", members=(replace(MEMBERS[0], name=f"王{GLYPHLESS}"),)
    )
    out = io.BytesIO()
    with pytest.raises(Trouble) as caught:
        render_cards(
            [HOUSEHOLD, lost], Privacy.P1, out, fonts=FONTS, printed_at=PRINTED_AT, device="L-1", version="1"
        )
    assert "U+323AF" in caught.value.message
    assert "家庭成员" in caught.value.message
    assert caught.value.code == "missing_glyph"
    found = missing_glyphs([HOUSEHOLD, lost], FONTS, Privacy.P1, PRINTED_AT)
    assert {item.code_point for item in found} == {"U+323AF"}
    assert {item.household_uid for item in found} == {HOUSEHOLD.household_uid}


def test_missing_glyph_prints_its_code_when_allowed() -> None:
    lost = replace(HOUSEHOLD, members=(replace(MEMBERS[0], name=f"王{GLYPHLESS}"),))
    pdf, report = render(lost, allow_missing=True)
    assert "王[U+323AF]" in pages(pdf)[0]
    assert [item.character for item in report.missing_glyphs] == [GLYPHLESS]


def test_hidden_text_is_not_checked() -> None:
    lost = replace(HOUSEHOLD, visits=(replace(HOUSEHOLD.visits[0], summary=GLYPHLESS),))
    assert missing_glyphs([lost], FONTS, Privacy.P0, PRINTED_AT) == ()
    assert render(lost, grade=Privacy.P0)[1].missing_glyphs == ()


def test_no_cards_is_refused() -> None:
    with pytest.raises(Trouble, match="没有要打印的农户"):
        render()


def test_naive_time_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="aware"):
        render_cards(
            [HOUSEHOLD],
            Privacy.P1,
            io.BytesIO(),
            fonts=FONTS,
            printed_at=datetime(2026, 1, 1),
            device="",
            version="",
        )


class Watch:
    """Counts the steps; cancels before card ``stop``."""

    def __init__(self, stop: int = 0) -> None:
        self.steps: list[tuple[int, int]] = []
        self._stop = stop

    def step(self, done: int, total: int, what: str) -> None:
        assert what
        self.steps.append((done, total))

    def check_cancelled(self) -> None:
        if self._stop and len(self.steps) + 1 >= self._stop:
            raise Cancelled


def save(path: Path, cards: Iterator[CardFacts], watch: Watch) -> CardReport:
    with whole_file(path) as file:
        return render_cards(
            cards,
            Privacy.P1,
            file,
            fonts=FONTS,
            printed_at=PRINTED_AT,
            device="L",
            version="1",
            progress=watch,
            total=3,
        )


def test_saved_file_is_complete_and_private(tmp_path: Path) -> None:
    watch, path = Watch(), tmp_path / "卡片.pdf"
    report = save(path, iter([HOUSEHOLD] * 3), watch)
    assert watch.steps == [(1, 3), (2, 3), (3, 3)]
    assert (report.pages, report.items) == (6, 3)
    assert len(pages(path.read_bytes())) == 6
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_cancelled_or_refused_print_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "card.pdf"
    path.write_bytes(b"old")
    with pytest.raises(Cancelled):
        save(path, iter([HOUSEHOLD] * 3), Watch(stop=2))
    with pytest.raises(Trouble, match="没有字形"):
        save(path, iter([replace(HOUSEHOLD, address=GLYPHLESS)]), Watch())
    with pytest.raises(Trouble, match=r"无法写入.*不存在"):
        save(tmp_path / "none" / "card.pdf", iter([HOUSEHOLD]), Watch())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


class FullDisk(io.BytesIO):
    """A file whose disk is full after 30,000 bytes."""

    def write(self, part: bytes, /) -> int:  # type: ignore[override]
        if self.tell() + len(part) > 30_000:
            raise OSError(28, "No space left on device")
        return super().write(part)


def test_full_disk_is_said_in_words() -> None:
    with pytest.raises(Trouble, match="无法写入 户帮扶明白卡"):
        render_cards(
            [replace(HOUSEHOLD, card_no=str(i)) for i in range(20)],
            Privacy.P1,
            FullDisk(),
            fonts=FONTS,
            printed_at=PRINTED_AT,
            device="L",
            version="1",
        )


def test_pages_leave_memory_as_they_are_shown() -> None:
    """After each card the file has grown: nothing waits for the end but fonts and page tree."""
    out, sizes = io.BytesIO(), []

    def cards() -> Iterator[CardFacts]:
        for index in range(200):
            sizes.append(len(out.getvalue()))
            born = MEMBERS[0].birth_date
            assert born
            member = replace(MEMBERS[0], name=f"成员{index}", birth_date=born + timedelta(days=index))
            yield replace(HOUSEHOLD, card_no=f"NO-{index}", members=(member,))

    report = render_cards(
        cards(), Privacy.P1, out, fonts=FONTS, printed_at=PRINTED_AT, device="L", version="1", total=200
    )
    assert report.pages == 400
    grown = [after - before for before, after in pairwise(sizes)]
    assert min(grown) > 2_000
    text = pages(out.getvalue())
    assert [f"NO-{i}" in text[2 * i] for i in (0, 99, 199)] == [True] * 3
