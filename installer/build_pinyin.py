"""Generates ``resources/pinyin/`` with pypinyin; run by hand when the table should change.

The product itself never imports pypinyin: it reads the table (see ``villageapp.domain.pinyin``).

    python installer/build_pinyin.py

``readings.txt``: one line per set of readings, ``zhang1 张章…``; several readings are joined by ``/``, the
most common first, each with its tone. ``surnames.txt``: one line per surname whose reading in a name is not
the most common one, ``尉迟 yu4/chi2`` with one part per character.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

from pypinyin.phrases_dict import phrases_dict
from pypinyin.pinyin_dict import pinyin_dict

TARGET = Path(__file__).resolve().parent.parent / "resources" / "pinyin"
MAX_READINGS = 3
LEAST_SHARE = 0.04
"""A reading that fewer phrases than this share use is a dictionary's curiosity (示 as qi), not a name's."""

_TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}

SURNAMES = """
单 shan4|仇 qiu2|盖 ge3|解 xie4|查 zha1|曾 zeng1|尉 wei4|任 ren2|翟 zhai2|缪 miao4|区 ou1|朴 piao2|黑 he4|那 na1
宁 ning4|乐 yue4|员 yun4|逄 pang2|覃 qin2|折 she2|种 chong2|重 chong2|洗 xian3|秘 bi4|郇 xun2|隗 wei3|炅 gui4|幺 yao1
宿 su4|召 shao4|祭 zhai4|繁 po2|薄 bo2|都 du1|过 guo1|葛 ge3|华 hua4|纪 ji3|牟 mu4|佴 nai4|能 nai4|乜 nie4|谌 chen2
应 ying1|燕 yan1|哈 ha3|阚 kan4|撒 sa3|曲 qu1|句 gou1|么 yao1|隽 juan4|晁 chao2|粘 nian2|叶 ye4|干 gan1|藏 zang1
郄 qie4|郗 xi1|降 jiang4|要 yao1|车 che1|柏 bai3|贾 jia3|相 xiang4|冯 feng2|石 shi2|沈 shen3|瞿 qu2|訾 zi1|适 kuo4
铅 yan2|番 pan1|费 fei4|贲 ben1|缴 jiao3|校 jiao4|洞 tong2|盛 sheng4|桑 sang1|无 wu2|长 chang2|卜 bu3|万 wan4
尉迟 yu4/chi2|令狐 ling2/hu2|万俟 mo4/qi2|单于 chan2/yu2|澹台 tan2/tai2|长孙 zhang3/sun1|鲜于 xian1/yu2
呼延 hu1/yan2|宇文 yu3/wen2|上官 shang4/guan1|司马 si1/ma3|诸葛 zhu1/ge3|欧阳 ou1/yang2|皇甫 huang2/fu3|慕容 mu4/rong2
""".replace("\n", "|")

IN_NAMES = {
    "娜": "na4/nuo2",
    "朝": "chao2/zhao1",
    "莘": "xin1/shen1",
    "晟": "sheng4/cheng2",
    "茜": "qian4/xi1",
    "瑾": "jin3",
    "𠮷": "ji2",
}
"""Characters read otherwise in given names than in most phrases, or missing from pypinyin."""


def tone_number(reading: str) -> str:
    """``zhāng`` as ``zhang1``; ü as v; the neutral tone as 5."""
    tone = "5"
    letters: list[str] = []
    for char in unicodedata.normalize("NFD", reading):
        if char in _TONES:
            tone = _TONES[char]
        elif char == "\u0308":
            letters[-1] = "v"
        elif "a" <= char <= "z":
            letters.append(char)
        elif char == "\u0302":  # ê: an interjection, read e
            continue
        else:
            raise ValueError(f"unexpected character {char!r} in {reading!r}")
    return "".join(letters) + tone


def spoken() -> dict[str, Counter[str]]:
    """For each character how many phrases use which reading (with its tone)."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for phrase, readings in phrases_dict.items():
        if len(phrase) == len(readings):
            for character, options in zip(phrase, readings, strict=True):
                counts[character][tone_number(options[0])] += 1
    return counts


def distinct(readings: str, used: Counter[str]) -> str:
    """The readings in use that differ in more than their tone, the most common first."""
    listed = [r for r in map(tone_number, readings.split(",")) if len(r) > 1]
    if not used:
        return listed[0]
    syllables: Counter[str] = Counter()
    for reading, count in used.items():
        syllables[reading[:-1]] += count
    kept = [syllable for syllable, count in syllables.most_common() if count >= LEAST_SHARE * used.total()]
    best = {syllable: max((r for r in used if r[:-1] == syllable), key=used.__getitem__) for syllable in kept}
    return "/".join(
        [best[syllable] for syllable in kept if best[syllable] in listed][:MAX_READINGS] or listed[:1]
    )


def build() -> None:
    """Write both files."""
    counts = spoken()
    groups: defaultdict[str, list[str]] = defaultdict(list)
    known = {chr(code): readings for code, readings in pinyin_dict.items()}
    for character, readings in sorted({**dict.fromkeys(IN_NAMES, ""), **known}.items()):
        if unicodedata.category(character) == "Lo" and unicodedata.normalize("NFKC", character) == character:
            key = IN_NAMES.get(character) or distinct(readings, counts.get(character, Counter()))
            groups[key].append(character)
    TARGET.mkdir(parents=True, exist_ok=True)
    lines = [f"{key} {''.join(chars)}\n" for key, chars in sorted(groups.items())]
    (TARGET / "readings.txt").write_text("".join(lines), encoding="utf-8", newline="\n")
    surnames = sorted({entry.strip() for entry in SURNAMES.split("|") if entry.strip()})
    (TARGET / "surnames.txt").write_text("\n".join(surnames) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    build()
