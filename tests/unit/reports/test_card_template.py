"""The editable layout: a mistake is named, nothing prints."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.unit.reports.sample_card import HOUSEHOLD, PRINTED_AT
from villageapp.errors import Trouble
from villageapp.fonts import FontSet
from villageapp.paths import resources
from villageapp.reports.card import render_cards
from villageapp.reports.card_template import load_template
from villageapp.reports.privacy import Privacy

SHIPPED = (resources() / "templates" / "card.toml").read_text("utf-8")


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """A copy of the shipped template with one place changed."""
    assert old in SHIPPED
    path = tmp_path / "card.toml"
    path.write_text(SHIPPED.replace(old, new, 1), "utf-8")
    return path


def test_shipped_template_fills_the_page() -> None:
    template = load_template()
    assert template.margins == (20.0, 15.0, 15.0, 15.0)
    assert (template.width, template.height) == (262.0, 180.0)
    assert list(template.groups) == [f"M{n:02d}" for n in range(1, 15)]
    assert template.text("title", county="示范县", town="某镇", village="王村", year=2026) == (
        "示范县某镇王村 户帮扶明白卡（2026年度）"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format = 1", "format = 2", "“format”应为 1"),
        ("format = 1", "format = ", "格式错误"),
        ('label = "姓名", width = 27', 'label = "姓名", width = 28', "列宽合计 254 mm,应为 253 mm"),
        (
            'label = "姓名", width = 27',
            'label = "姓名", width = "27"',
            r"front.members.columns\[1\].width”应为数字",
        ),
        ('key = "sex"', 'key = "sexx"', "列应为 name"),
        ("rows = 8", "rows = 800", "“front.members.rows”应为 1 至 40 的数"),
        ("rows = 8", "rows = true", "“front.members.rows”应为 1 至 40 的数"),
        ('card_no = "编号"\n', "", "“text.card_no”缺少"),
        ("${county}", "${", "“text.title”“\\$”后应为"),
        ("margins = [20, 15, 15, 15]", "margins = [20, 15]", "“page.margins”应为 4 个"),
    ],
)
def test_mistake_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(Trouble, match=message) as caught:
        load_template(changed(tmp_path, old, new))
    assert "没有打印任何内容" in caught.value.message
    assert caught.value.remedy


def test_missing_file_and_wrong_encoding(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="无法读取明白卡版式"):
        load_template(tmp_path / "none.toml")
    path = tmp_path / "card.toml"
    path.write_bytes(SHIPPED.encode("gbk", "replace"))
    with pytest.raises(Trouble, match="格式错误"):
        load_template(path)
    path.write_bytes(b"#" * 300_000)
    with pytest.raises(Trouble, match="文件过大"):
        load_template(path)


@pytest.mark.parametrize(
    ("old", "new", "page"),
    [
        ("rows = 8\nrow_height = 7", "rows = 12\nrow_height = 7", "正面"),
        ("height = 75 ", "height = 90 ", "背面"),
    ],
)
def test_blocks_higher_than_the_page_are_refused(tmp_path: Path, old: str, new: str, page: str) -> None:
    template = load_template(changed(tmp_path, old, new))
    out = io.BytesIO()
    with pytest.raises(Trouble, match=f"{page}各栏高度合计"):
        render_cards(
            [HOUSEHOLD],
            Privacy.P1,
            out,
            fonts=FontSet.load(),
            printed_at=PRINTED_AT,
            device="L-1",
            version="1",
            template=template,
        )
    assert out.getvalue() == b""
