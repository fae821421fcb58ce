"""Pinyin keys: a gold list of names as village rolls hold them, and what people type to find them."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import pinyin

GOLD = [
    ("张示范", "zsf zhangshifan"),
    ("王建国", "wjg wangjianguo"),
    ("䶮", "y yan"),
    ("郭㛃", "gj guojie"),
    ("牛犇", "nb niuben"),
    ("申燚", "sy shenyi"),
    ("赵翀", "zc zhaochong"),
    ("韩堃", "hk hankun"),
    ("李喆", "lz lizhe"),
    ("单秀英", "sxy dxy shanxiuying danxiuying"),
    ("仇改花", "qgh cgh qiugaihua chougaihua"),
    ("解海水", "xhs jhs xiehaishui jiehaishui"),
    ("查福贵", "zfg cfg zhafugui chafugui"),
    ("盖有福", "gyf geyoufu gaiyoufu"),
    ("尉迟志强", "yczq wczq yuchizhiqiang weichizhiqiang"),
    ("令狐俊英", "lhjy linghujunying"),
    ("吕梅", "lm lvmei"),
]


@pytest.mark.parametrize(("name", "keys"), GOLD)
def test_search_keys_of_the_gold_list(name: str, keys: str) -> None:
    assert pinyin.search_keys(name) == keys


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("曾志伟", "zengzhiwei"),
        ("曾志伟", "cengzhiwei"),
        ("尉志强", "wzq"),
        ("乐长生", "lechangsheng"),
        ("乐长生", "yuechangsheng"),
        ("任行", "renxing"),
        ("任行", "renhang"),
        ("朴重阳", "piaochongyang"),
        ("李娜", "lina"),
        ("郄瑞", "qierui"),
    ],
)
def test_every_sensible_reading_finds_the_person(name: str, typed: str) -> None:
    assert typed in pinyin.search_keys(name).split()


@pytest.mark.parametrize(
    ("typed", "meant"), [("章示范", "张示范"), ("山秀英", "单秀英"), ("吕眉", "吕梅"), ("杰", "㛃")]
)
def test_a_homophone_typed_for_the_name_finds_it(typed: str, meant: str) -> None:
    assert pinyin.homophone_key(typed) in pinyin.search_keys(meant).split()


def test_initials_and_inner_spaces() -> None:
    assert pinyin.initials("王 测试") == "wcs"
    assert pinyin.initials("单测试") == "scs"


def test_names_sort_by_syllable_then_tone_then_character() -> None:
    names = ["张三", "李四", "单田", "梁一", "章三", "安平", "李思"]
    assert sorted(names, key=pinyin.sort_key) == ["安平", "李思", "李四", "梁一", "单田", "张三", "章三"]


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        (" ＺＳＦ ", "zsf"),
        ("Zhāng Lǚ", "zhanglv"),
        ("lü mei", "lvmei"),
        ("LYU", "lv"),
        ("张 三", "张三"),
        ("xi'an", "xian"),
        ("", ""),
    ],
)
def test_query_is_normalised(typed: str, query: str) -> None:
    assert pinyin.normalise_query(typed) == query


def test_letters_digits_and_unassigned_characters_stand_as_they_are() -> None:
    assert pinyin.search_keys("李A2") == "la2 lia2"
    assert pinyin.search_keys("王\ue000") == "w\ue000 wang\ue000"
    assert pinyin.search_keys("买买提·阿里").split()[0] == "mmtal"
    assert pinyin.search_keys("") == ""
    assert pinyin.search_keys("·—") == ""


@given(st.text(max_size=60))
def test_any_text_gives_bounded_keys(text: str) -> None:
    keys = pinyin.search_keys(text).split(" ")
    assert len(keys) <= 2 * pinyin.MAX_KEYS
    assert all(len(key) <= 7 * pinyin.MAX_CHARACTERS for key in keys)
    assert pinyin.normalise_query(pinyin.normalise_query(text)) == pinyin.normalise_query(text)


def test_every_basic_ideograph_and_extension_a_has_a_reading() -> None:
    basic = [chr(code) for code in range(0x4E00, 0x9FA6)]
    unread = [c for c in basic if not pinyin.initials(c).isascii()]
    assert len(unread) < 60, unread
    extension_a = [chr(code) for code in range(0x3400, 0x4DB6)]
    assert sum(pinyin.initials(c).isascii() for c in extension_a) > 5_700
    assert pinyin.search_keys("\U00020bb7") == "j ji"  # Extension B


def test_compatibility_forms_are_read_as_the_character_they_stand_for() -> None:
    compatible = "\uf9dd"
    assert pinyin.search_keys(compatible) == pinyin.search_keys(unicodedata.normalize("NFKC", compatible))


def test_importing_the_module_reads_nothing_and_needs_no_other_package() -> None:
    script = (
        "import sys; from villageapp.domain import pinyin; "
        "assert pinyin._readings.cache_info().currsize == 0; "
        "assert pinyin.search_keys('单') == 's d shan dan'; "
        "assert 'pypinyin' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(
    ("name", "heard"),
    [("陈志强", "程自强"), ("郑玲", "振林"), ("申俊英", "森军音"), ("单山", "丹三"), ("乐新", "岳星")],
)
def test_what_the_dialects_of_shanxi_do_not_tell_apart_shares_a_key(name: str, heard: str) -> None:
    assert pinyin.dialect_keys(name) & pinyin.dialect_keys(heard)
    assert pinyin.homophone_key(name) != pinyin.homophone_key(heard)


@pytest.mark.parametrize(("name", "other"), [("张伟", "张慧"), ("王芳", "黄芳"), ("张安", "章昂"), ("", "")])
def test_other_names_share_none(name: str, other: str) -> None:
    assert pinyin.dialect_keys(name).isdisjoint(pinyin.dialect_keys(other))
