"""National-format workbooks made for tests. All people are fictitious (area code 149901)."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

CLASSIC = (
    "县(市、区、旗) 乡(镇) 行政村 自然村 户编号 人编号 姓名 证件号码 人数 与户主关系 民族 文化程度 在校生状况 健康状况 劳动技能 "
    "务工状况 务工时间(月) 参加大病医疗 脱贫属性 贫困户属性 主要致贫原因 危房户 饮水安全 饮水困难 人均纯收入 联系电话"
).split()
"""Layout (a) of domain.md 5.1: 26 columns."""

LIST_2022 = (
    "序号 数据日期 县(市、区、旗) 乡(镇) 行政村 自然村 户编号 人编号 姓名 证件号码 人数 与户主关系 民族 文化程度 在校生状况 "
    "健康状况 劳动技能 务工时间(月) 是否参加大病保险 致贫原因1 危房户 是否解决安全饮用水 人均纯收入 户联系电话 人联系电话 "
    "首次识别时间 人员识别时间 户类型 易返贫致贫户(监测对象)类型 风险是否消除 风险识别时间 风险消除时间"
).split()
"""Layout (b): the 2022 lists of 脱贫人口 and 边缘易致贫人口."""

WIDE = (
    "县 乡 村 户编号 人口编号 姓名 证件号码 与户主关系 性别 证件类型 出生日期 民族 家庭成员联系电话 户联系电话 户主姓名 户主证件号码 "
    "户类型 监测对象类别 是否军烈属 文化程度 在校生状况 劳动技能 健康状况 政治面貌 享受低保政策情况 享受特困供养政策情况 "
    "整户无劳动能力兜底保障户 风险是否已消除 识别监测时间 消除监测时间 风险消除方式 致贫/返贫风险1 致贫/返贫风险2 致贫/返贫风险3 "
    "致贫/返贫风险4 致贫/返贫风险5 因自然灾害子项 产业帮扶 就业帮扶 金融帮扶 公益岗位帮扶 住房安全保障 饮水安全保障 健康帮扶 "
    "义务教育保障 教育帮扶 综合保障 社会帮扶 搬迁 实施开发式帮扶措施情况 风险消除后是否义务教育阶段适龄儿童少年失学辍学 "
    "风险消除后合规自付支出 信息采集人 信息采集人联系电话 工资性收入 公益性岗位收入 其他工资性收入 生产经营性收入 财产性收入 "
    "资产收益扶贫分红收入 其他财产性收入(旧指标) 转移性收入 养老金或离退休金 计划生育金 生态补偿金 最低生活保障金 "
    "特困人员救助供养金 产业奖励 就业奖励 其他转移性收入 生产经营性支出 生产经营性支出(合计) 专项用于减少生产经营性支出的补贴 "
    "年收入(元) 纯收入(元) 人均纯收入(元) 当前家庭人口数 年度家庭人口数 理赔收入 合规自付支出 耕地面积(亩) 牧草地面积 水面面积 "
    "林地面积(亩) 退耕还林面积(亩) 林果面积(亩) 入户路类型 与村主干路距离 是否加入农民专业合作组织 是否危房户 住房面积 "
    "主要燃料类型 是否有龙头企业带动 是否有创业致富带头人带动 是否通生活用电 是否通广播电视 是否通生产用电 是否解决安全饮用水 "
    "是否有卫生厕所 到户产业帮扶类型 务工所在地 务工企业名称 务工时间(月) 是否国外务工 公益性岗位 公益性岗位(月数) "
    "是否参加城乡居民基本医疗保险 是否参加城镇职工基本医疗保险 是否参加大病保险 是否参加商业补充医疗保险 是否接受医疗救助 "
    "是否接受其他健康扶贫 是否参加城乡居民基本养老保险 是否参加城镇职工基本养老保险 是否享受农村居民最低生活保障 "
    "是否特困供养人员 是否享受人身意外保险补贴 是否会讲普通话 义务教育阶段未上学原因 残疾证办证年度 是否事实无人抚养儿童 "
    "大专或本科毕业生未就业原因"
).split()
"""Layout (c): every named column of the wide export of all fields."""

AWAY = (
    "户编号 姓名 证件号码 户类型 监测对象类别 是否已务工 就业渠道 所属行业 务工企业名称 开始时间 结束时间 年度交通费补助"
).split()
"""Layout (d): 已外出务工表 of the monthly employment lists."""

PLANNED = "户编号 姓名 证件号码 户类型 监测对象类别 是否计划务工 务工需求".split()
"""Layout (d): 计划务工表."""

HH_1, HH_2 = "1499000000000001", "1499000000000002"
ZHANG, LI, XIAO = "14990119620315001X", "149901196507080022", "149901198801010016"
LIANG, WANG, ZHAO = "149901201009160023", "149901195512310035", "149901195310010042"

Rows = Sequence[Sequence[Any]]


def write_xlsx(
    path: Path, rows: Rows, *, merges: Sequence[tuple[str, str]] = (), sheet: str = "Sheet1"
) -> Path:
    """A workbook of one sheet; None leaves a cell out, dates become formatted serial numbers."""
    return write_sheets(path, {sheet: rows}, merges=merges)


def write_sheets(path: Path, sheets: Mapping[str, Rows], *, merges: Sequence[tuple[str, str]] = ()) -> Path:
    """A workbook of several sheets; ``merges`` (range, text) go on the first."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False})
    days = book.add_format({"num_format": "yyyy/m/d"})
    for number, (name, rows) in enumerate(sheets.items()):
        sheet = book.add_worksheet(name)
        for where, text in merges if number == 0 else ():
            sheet.merge_range(where, text)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(r, c, value, days)
                elif isinstance(value, str):
                    sheet.write_string(r, c, value)
                elif value is not None:
                    sheet.write(r, c, value)
    book.close()
    return path


def person(**given: Any) -> dict[str, Any]:
    """Values by heading of one ordinary person of layout (b); named ones replaced by ``given``."""
    values = {
        "县(市、区、旗)": "示范县",
        "乡(镇)": "示例镇",
        "行政村": "演示村",
        "户编号": HH_1,
        "姓名": "张示范",
        "证件号码": ZHANG,
        "与户主关系": "户主",
        "民族": "汉族",
        "文化程度": "小学",
        "健康状况": "健康",
        "劳动技能": "普通劳动力",
        "户类型": "脱贫户",
    }
    return values | given


def spell(**given: Any) -> dict[str, Any]:
    """Values by heading of one row of 已外出务工表; named ones replaced by ``given``."""
    values = {
        "户编号": HH_1,
        "姓名": "张示范",
        "证件号码": ZHANG,
        "户类型": "脱贫户",
        "是否已务工": "是",
        "就业渠道": "外出务工",
        "所属行业": "建筑业",
        "务工企业名称": "示例建筑公司",
        "开始时间": "2023年03月",
    }
    return values | given


def list_rows(*people: dict[str, Any], headings: Sequence[str] = LIST_2022) -> list[list[Any]]:
    """A heading row and one row per person."""
    return [list(headings), *([p.get(heading) for heading in headings] for p in people)]


def citizens(count: int) -> list[str]:
    """Distinct valid ID numbers of the fictitious area."""
    found = []
    for n in range(count):
        body = f"149901{1940 + n // 9990 % 60}0{1 + n // 333 % 9}{1 + n % 28:02d}{n % 999 + 1:03d}"
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        found.append(body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11])
    return found


def write_list(path: Path, *people: dict[str, Any], headings: Sequence[str] = LIST_2022) -> Path:
    """A plain workbook of layout (b) (or other headings)."""
    return write_xlsx(path, list_rows(*people, headings=headings))


S11_HEADINGS = (
    "户编号",
    "人编号",
    "姓名",
    "人数",
    "与户主关系",
    "证件号码",
    "首次识别时间",
    "人联系电话",
    "户类型",
)


def scenario_s11(path: Path) -> Path:
    """The sheet of acceptance scenario S11, row by row."""
    rows: list[list[Any]] = [
        [],
        [],
        list(S11_HEADINGS),
        [HH_1, "1", "张示范", 4, "户主", full_width(ZHANG.lower()), None, None, "脱贫户"],
        [HH_1, "2", "李样例", None, "配偶", "'" + LI, None, "13800000002", None],
        [HH_1, "3", "张小样", None, "之子", 1.4990119880101e17, None, None, None],
        [HH_1, "4", "张小例", None, "之孙女", LIANG, "201603", None, None],
        [HH_1, "2", "李样例", None, "配偶", "'" + LI, None, None, None],
        [HH_2, "5", "王 测试", 2, "户主", WANG, "2016年3月", None, "脱贫户"],
        [HH_2, "6", "赵演示", None, "配偶", "14990119531001004243", None, None, None],
        ["合计", None, "5人"],
    ]
    merges = [
        ("A1:I1", "示例县脱贫人口名单"),
        ("A2:B2", "编号信息"),
        ("C2:F2", "人员信息"),
        ("G2:I2", "其他信息"),
    ]
    return write_xlsx(path, rows, merges=merges)


def full_width(text: str) -> str:
    """The text in full-width characters, as some input methods leave it."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def bomb(path: Path, megabytes: int) -> Path:
    """An .xlsx whose sheet is mostly one repeated byte: small on disk, huge unpacked."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(b"<worksheet><sheetData>")
            for _ in range(megabytes):
                sheet.write(b" " * 1_000_000)
    return path


def write_xls(path: Path, rows: Rows) -> Path:
    """An old binary workbook (BIFF8 in a compound file), as county offices still send."""
    path.write_bytes(_compound(biff(rows)))
    return path


def biff(rows: Rows, *, first: bytes = b"", sizes: tuple[int, int] | None = None) -> bytes:
    """The workbook stream of an .xls: one sheet, ``first`` after its beginning; ``sizes`` are claimed rows, columns."""
    name = _unicode("名单", "<B")
    start = biff_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)) + first
    end = biff_record(0x000A, b"")
    offset = len(start) + 4 + 6 + len(name) + len(end)
    records = [start, biff_record(0x0085, struct.pack("<IH", offset, 0) + name), end]
    records.append(biff_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6)))
    claimed = sizes or (len(rows), max(len(row) for row in rows))
    records.append(biff_record(0x0200, struct.pack("<IIHHH", 0, claimed[0], 0, claimed[1], 0)))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, str):
                records.append(biff_record(0x0204, struct.pack("<HHH", r, c, 0) + _unicode(value, "<H")))
            elif value is not None:
                records.append(biff_record(0x0203, struct.pack("<HHHd", r, c, 0, value)))
    return b"".join([*records, end])


def biff_record(kind: int, body: bytes) -> bytes:
    """One record of the stream."""
    return struct.pack("<HH", kind, len(body)) + body


def _unicode(text: str, length: str) -> bytes:
    return struct.pack(length, len(text)) + b"\x01" + text.encode("utf-16-le")


def _compound(stream: bytes) -> bytes:
    """One stream named Workbook in a compound file of 512-byte sectors."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    tables = -(-(count + 2) // 127)
    end_of_chain, free, fat_sector = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    chain = (
        [fat_sector] * tables + [end_of_chain] + [tables + 2 + i for i in range(count - 1)] + [end_of_chain]
    )
    chain += [free] * (tables * 128 - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, end_of_chain, 0, end_of_chain, 0)
    header += struct.pack("<109I", *range(tables), *[free] * (109 - tables))
    directory = _entry("Root Entry", 5, 1, end_of_chain, 0) + _entry(
        "Workbook", 2, free, tables + 1, len(stream)
    )
    directory += bytes(256)
    return header + struct.pack(f"<{len(chain)}I", *chain) + directory + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    none = 0xFFFFFFFF
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text), kind, 1, none, none, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
