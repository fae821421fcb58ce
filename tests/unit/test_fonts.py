"""The packaged fonts, their static instances and the choice of a font per character."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from villageapp import fonts
from villageapp.errors import Trouble


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with the regular instance in it."""
    folder = tmp_path_factory.mktemp("fonts") / "made" / "on demand"
    fonts.instance(fonts.REGULAR, folder)
    return folder


def test_instance_is_a_valid_static_font_under_its_own_name(cache: Path) -> None:
    for weight, style in ((fonts.REGULAR, "Regular"), (fonts.BOLD, "Bold")):
        font = TTFont(fonts.instance(weight, cache), checkChecksums=2)
        names = {record.nameID: str(record) for record in font["name"].names}
        assert (names[1], names[2], names[4]) == (fonts.family(), style, f"Noto Sans SC {style}")
        assert "Open Font License" in names[13]
        assert "fvar" not in font
        assert font["OS/2"].usWeightClass == weight
        assert bool(font["head"].macStyle & 1) == (weight == fonts.BOLD)
        assert font.getBestCmap().keys() >= {ord(c) for c in "䶮㛃𬭊驻村"}


def test_fallback_scripts_have_instances_too(cache: Path) -> None:
    font = TTFont(fonts.instance(fonts.REGULAR, cache, "JP"), checkChecksums=2)
    assert str(font["name"].getName(1, 3, 1)) == fonts.family("JP") == "Noto Sans JP"
    assert 0x20BB7 in font.getBestCmap()


def test_instance_is_made_once(cache: Path) -> None:
    path = fonts.instance(fonts.REGULAR, cache)
    made = path.stat().st_mtime_ns
    assert fonts.instance(fonts.REGULAR, cache) == path
    assert path.stat().st_mtime_ns == made


@pytest.mark.parametrize("damage", ["cut", "flipped", "misnamed"])
def test_damaged_instance_is_made_again(cache: Path, tmp_path: Path, damage: str) -> None:
    whole = fonts.instance(fonts.REGULAR, cache)
    content = whole.read_bytes()
    spoilt = tmp_path / whole.name
    if damage == "cut":
        spoilt.write_bytes(content[:1000])
    elif damage == "flipped":
        spoilt.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
    else:
        spoilt = tmp_path / whole.name.replace(".ttf", "x.ttf")
        spoilt.write_bytes(content)
    assert fonts.instance(fonts.REGULAR, tmp_path).read_bytes() == content


def test_unwritable_cache_is_refused_in_words(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(Trouble, match="无法写入字体缓存"):
        fonts.instance(fonts.REGULAR, blocked / "cache")


def test_nothing_is_left_behind_when_writing_fails(cache: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / fonts.instance(fonts.REGULAR, cache).name
    in_the_way.mkdir()
    with pytest.raises(Trouble, match="无法写入字体缓存"):
        fonts.instance(fonts.REGULAR, tmp_path)
    assert list(tmp_path.iterdir()) == [in_the_way]


def test_coverage_of_path_and_bytes() -> None:
    path = fonts.packaged_fonts()[0]
    covered = fonts.coverage(path)
    assert len(covered) > 30_000
    assert covered >= set(range(0x4E00, 0x9FA6))
    assert 0x20BB7 not in covered
    assert fonts.coverage(path.read_bytes()) == covered


def test_fallback_goes_by_character() -> None:
    chosen = fonts.FontSet.load()
    assert [chosen.choose(c) for c in "王䶮㛃𬭊"] == [0, 0, 0, 0]
    assert chosen.files[chosen.choose("𠮷")].path.name.startswith("NotoSansJP")
    assert chosen.missing("王\ue000三\U000323ae\ue000") == ("\ue000", "\U000323ae")
    assert chosen.missing("王三") == ()


def test_lone_surrogate_counts_as_missing() -> None:
    assert fonts.FontSet.load().missing("王\ud842") == ("\ud842",)


def test_extra_font_is_asked_last(tmp_path: Path) -> None:
    added = tmp_path / "extra.ttf"
    added.write_bytes(fonts.packaged_fonts()[2].read_bytes())
    (tmp_path / "readme.txt").write_text("not a font")
    chosen = fonts.FontSet.load(tmp_path)
    assert [file.path.name for file in chosen.files][-1] == "extra.ttf"
    assert len(chosen.files) == 5
    assert chosen.choose("王") == 0
    only = fonts.FontSet([added])
    assert only.choose("𠮷") == 0


def test_missing_folder_of_extra_fonts_is_no_error(tmp_path: Path) -> None:
    assert fonts.extra_fonts(tmp_path / "none") == ()
    assert fonts.extra_fonts(None) == ()


@pytest.mark.parametrize("content", [b"", b"not a font at all", b"\x00\x01\x00\x00" + b"\xff" * 200])
def test_damaged_extra_font_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.ttf").write_bytes(content)
    with pytest.raises(Trouble, match=r"broken\.ttf"):
        fonts.FontSet.load(tmp_path)


def test_weights_differ_in_width_and_outline() -> None:
    file = fonts.FontFile(fonts.packaged_fonts()[0])
    glyph = file.glyph("A")
    assert file.advance(glyph, fonts.BOLD) > file.advance(glyph, fonts.REGULAR)
    regular, mapping = file.subset([glyph], fonts.REGULAR)
    bold, _ = file.subset([glyph], fonts.BOLD)
    assert regular != bold
    assert mapping[glyph] == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("王\t三\n四", "王 三 四"),
        ("王\u200b三\ufeff", "王三"),
        ("辻\U000e0100", "辻"),
        ("王\ue000", "王\ue000"),
        ("a\x00b", "ab"),
    ],
)
def test_shown_drops_only_what_is_invisible(text: str, line: str) -> None:
    assert fonts.shown(text) == line
