"""Villagers' groups in the order people count them: 第二组 before 第十组, unnamed last."""

from __future__ import annotations

import re

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_CHINESE = re.compile(r"[零〇一二两三四五六七八九十]+")
_ARABIC = re.compile(r"[0-9]{1,4}")


def group_order(name: str) -> tuple[bool, str, int, str]:
    """Sort key of a group name: the words before its number, then the number, Chinese or Arabic."""
    found = _ARABIC.search(name) or _CHINESE.search(name)
    if found is None:
        return (not name, name, 0, "")
    text = found.group()
    number = int(text) if text.isascii() else chinese_number(text)
    return (False, name[: found.start()], number, name[found.end() :])


def chinese_number(text: str) -> int:
    """The value of a Chinese number below 100: 十二 is 12, 二十 is 20."""
    if "十" not in text:
        return int("".join(str(_DIGITS[char]) for char in text))
    tens, _, ones = text.partition("十")
    ten = _DIGITS[tens[-1]] if tens else 1
    return ten * 10 + (_DIGITS[ones[0]] if ones and ones[0] in _DIGITS else 0)
