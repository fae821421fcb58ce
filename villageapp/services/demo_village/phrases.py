"""What families say and what visitors write down; each line fits only households with a certain mark (``marks``)."""

from __future__ import annotations

from dataclasses import dataclass

_WINTER = frozenset({10, 11, 12, 1, 2})
_SPRING, _RAINS, _AUTUMN = frozenset({4, 5, 6}), frozenset({5, 6, 7, 8}), frozenset({9, 10, 11, 12})
_TERM_BEGINS = frozenset({3, 4, 9, 10})


@dataclass(frozen=True, slots=True)
class Line:
    """A difficulty and the demand that goes with it, heard in these months; ``{name}`` is the person with the mark."""

    mark: str
    difficulty: str
    demand: str = ""
    months: frozenset[int] = frozenset(range(1, 13))


LINES = (
    Line("no_card", "{name}常年吃药，每月药费三百元左右。", "想办理门诊慢性病证，希望村里帮着跑手续。"),
    Line("chronic", "{name}腿脚不便，去镇卫生院拿药要走远路。", "希望签约医生上门随访时把药带来。"),
    Line("grave", "{name}每月要到县医院复查，自付部分压力大。", "咨询医疗救助和大病保险二次报销怎么办。"),
    Line("grave", "治疗花费大，家里已向亲戚借款。", "希望落实医疗救助，尽快到账。"),
    Line("disabled", "{name}行动不便，家中无扶手。", "申请残疾人家庭无障碍改造和轮椅。"),
    Line("disabled", "残疾证快到期，不会网上办理。", "请帮忙联系县残联上门评残。"),
    Line("boarder", "{name}住校，每周往返路费和生活费增加。", "询问寄宿生补助什么时候发。", _TERM_BEGINS),
    Line(
        "vocational",
        "{name}在外读书，学费加生活费一年要一万多元。",
        "咨询雨露计划补助发放时间。",
        _TERM_BEGINS,
    ),
    Line("worker", "{name}所在工地活不稳定，冬季停工。", "希望介绍县内用工信息。", _WINTER),
    Line("worker", "{name}外出务工，地里的活没人干。", "想把承包地托管给合作社。"),
    Line("carer", "家里老人要照看，走不开。", "想在村里找个保洁员一类的公益岗位。"),
    Line("able", "缺少技术，玉米收成一般。", "希望农技员来讲讲谷子渗水地膜种植。"),
    Line("farm", "今年玉米卖价低，肥料涨价。", "希望帮助联系收购商。", _AUTUMN),
    Line("farm", "春旱，谷子出苗不齐。", "咨询种植业灾害险怎么理赔。", _SPRING),
    Line("farm", "养的羊没有固定销路。", "希望派出单位食堂帮助采购。"),
    Line("farm", "野猪糟蹋庄稼，损失了两分地的玉米。", "希望反映到林业部门。", _AUTUMN),
    Line("elder", "子女都在外地，老两口看病买菜不方便。", "希望日间照料中心能送餐。"),
    Line("alone", "一个人生活，冬天生火取暖不方便。", "希望网格员常来看看，帮忙检查烟道。", _WINTER),
    Line("cave", "窑洞窑脸有潮湿返碱，雨季担心渗水。", "希望雨季前请住建部门来看一看。", _RAINS),
    Line("privy", "旱厕冬天冻，老人使用不便。", "询问明年有没有改厕指标。", _WINTER),
    Line("moved", "安置区物业费、水电费比原来多。", "希望安置区附近多些用工岗位。"),
    Line("moved", "老家的地离得远，耕种不便。", "想把上窑沟的承包地流转出去。"),
)

POLICIES = (
    ("", "城乡居民医保参保缴费"),
    ("", "防返贫监测申报政策"),
    ("", "防范电信诈骗和养老诈骗"),
    ("", "森林防火和秸秆禁烧"),
    ("vocational", "雨露计划和教育资助"),
    ("compulsory", "义务教育和学生资助政策"),
    ("worker", "务工交通补贴、稳岗补助"),
    ("farm", "脱贫人口小额信贷"),
    ("farm", "庭院经济奖补"),
    ("own_house", "清洁取暖补贴和防一氧化碳中毒"),
    ("old", "养老金领取资格认证"),
)
"""What is explained, by mark; an empty mark is for everybody."""
HELP = (
    ("old", "帮老人在手机上完成医保缴费。"),
    ("old", "教会老人做养老金领取资格认证。"),
    ("old", "打电话联系镇卫生院约好体检时间。"),
    ("worker", "帮忙填写务工交通补贴申请表。"),
    ("own_house", "帮助疏通院内排水沟。"),
    ("own_house", "检查了烟囱和一氧化碳报警器。"),
    ("farm", "帮忙联系收粮车，把玉米卖了。"),
)
"""What was done on the spot, by mark."""
ABSENT = (
    "大门上锁，邻居说到县城看孙子去了。",
    "家里没人，电话未接通，改日再来。",
    "下地干活去了，没等到人。",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A 否 to one of the questions with its one line; ``mark`` as above, empty for any household."""

    answer: str
    line: str
    mark: str = ""


FINDINGS = (
    Finding("water_ok", "入户水管破裂，已断水三天，靠邻居挑水", "piped"),
    Finding("house_ok", "连阴雨后西边窑顶渗水掉皮，有裂缝", "cave"),
    Finding("med_ok", "{name}今年居民医保没有缴费", "uninsured"),
    Finding("water_ok", "自来水发浑，有沉淀，近一周都这样", "piped"),
    Finding("edu_ok", "{name}因病休息了一个多月，功课跟不上，还没安排补课", "compulsory"),
    Finding("house_ok", "东房后墙裂缝有一指宽，还在住人", "own_house"),
    Finding("med_ok", "{name}慢性病证到期未续办，药费没能报销", "chronic"),
)
