"""Names as a Shanxi village has them: a few large clans, names by generation, some rare characters."""

from __future__ import annotations

from random import Random

MALE, FEMALE = "1", "2"

CLANS = (
    ("郭", 20),
    ("申", 16),
    ("牛", 13),
    ("张", 11),
    ("王", 9),
    ("李", 7),
    ("赵", 5),
    ("原", 4),
    ("靳", 3),
    ("郝", 3),
)
OTHERS = "王张李刘赵郭杨任武郑冯侯申秦牛宋杜梁贾韩段阎原靳苗常史薛卫程路暴桑崔董曹马胡高白田魏岳卢裴吕温"

_MALE_OLD = "根生 拴柱 满囤 有福 来喜 海水 金锁 银锁 天保 玉山 富贵 福海 黑小 三小 存良 双喜 贵生 圪堆 补元 新年 小根 石头 长锁 虎林"
_FEMALE_OLD = "秀英 玉兰 桂花 凤仙 改花 爱莲 引弟 春梅 玉梅 兰英 翠娥 巧莲 变娥 腊梅 存兰 月英 先花 小女 焕弟 金娥 水莲 贵兰"
_MALE_MIDDLE = "建国 国庆 卫东 爱国 志强 建军 保平 俊明 文忠 跃进 红兵 贵明 书田 新民 晋生 福平 虎平 建忠 文亮 书平 保明 志刚 俊山 国平 建平 贵平 福明"
_FEMALE_MIDDLE = "建花 爱萍 秀珍 玉萍 改萍 素珍 俊英 月娥 林花 麦香 润莲 晋花 秋香 爱珍 素萍 秀萍 雪梅 玉珍 建萍 改珍 俊花 月萍"
_MALE_GROWN = "伟 军 勇 鹏 志伟 晓东 俊峰 海军 建伟 旭东 彦军 永强 志鹏 海波 晓峰 建峰 永刚 海龙 俊伟 彦斌 晋峰 瑞峰 国伟"
_FEMALE_GROWN = (
    "丽 艳 霞 丽娟 晓燕 海燕 红梅 丽芳 彩霞 俊丽 娟娟 慧芳 晋丽 艳芳 晓丽 海霞 丽霞 艳红 慧娟 俊芳 瑞芳"
)
_MALE_YOUNG = "浩 磊 超 宇 凯 鹏飞 文博 志鹏 泽宇 家豪 晓宇 帅 嘉伟 昊 晋宇 文杰 宇飞 旭 子豪 俊杰 瑞"
_FEMALE_YOUNG = "婷 静 敏 佳 雅琪 婷婷 慧敏 雪 晓倩 佳慧 倩 文静 晋娜 雅婷 欣 佳佳 瑞雪 思雨 慧 嘉欣"
_MALE_CHILD = "子轩 浩然 雨泽 宇航 俊熙 一诺 梓豪 皓轩 宇辰 晨阳 子墨 奕辰 浩宇 沐辰 家乐 锦程 宸宇 铭泽"
_FEMALE_CHILD = "梓萱 欣怡 雨涵 诗琪 思彤 可馨 梓涵 语桐 一诺 若曦 佳怡 诗涵 子涵 欣妍 芷晴 雨桐 艺涵 沐瑶"

_GENERATIONS = (
    (1958, _MALE_OLD, _FEMALE_OLD),
    (1976, _MALE_MIDDLE, _FEMALE_MIDDLE),
    (1991, _MALE_GROWN, _FEMALE_GROWN),
    (2006, _MALE_YOUNG, _FEMALE_YOUNG),
    (9999, _MALE_CHILD, _FEMALE_CHILD),
)


def clan(rng: Random) -> str:
    """The surname of a family of the village."""
    return rng.choices([name for name, _ in CLANS], [weight for _, weight in CLANS])[0]


def married_in(rng: Random, avoid: str) -> str:
    """The surname of somebody who married in: rarely the clan's own."""
    surname = rng.choice(OTHERS)
    return rng.choice(OTHERS) if surname == avoid else surname


def given(rng: Random, sex: str, birth_year: int, siblings: tuple[str, ...] = ()) -> str:
    """A given name of that generation; brothers and sisters often share their first character."""
    _, male, female = next(row for row in _GENERATIONS if birth_year < row[0])
    pool = [name for name in (male if sex == MALE else female).split() if name not in siblings]
    alike = [name for name in pool if any(len(s) == 2 and s[0] == name[0] for s in siblings)]
    return rng.choice(alike if alike and rng.random() < 0.6 else pool)
