"""All commands: name, module, one line of help. A module is imported only when its command is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One entry; ``module`` has ``configure(parser, common)``."""

    module: str
    help: str


COMMANDS: Mapping[str, Command] = {
    "demo": Command("demo", "演示全程：造一个虚构村，两台电脑离线登记，经本机服务器同步，打印明白卡"),
    "init": Command("store", "新建一个工作队的加密数据库"),
    "import": Command("imports", "导入国家系统导出的户名单（先用 --dry-run 预览）"),
    "household": Command("households", "查看一户，修改一户的一个字段"),
    "find": Command("find", "按姓名、拼音首字母、证件尾号、户编号、电话查找"),
    "visit": Command("visits", "登记走访，列出走访"),
    "problem": Command("problems", "问题台账（135/710 期限）：登记、办理、月调度表"),
    "clue": Command("clues", "风险线索：登记、核实、决定"),
    "case": Command("cases", "监测对象案卷：从线索到风险消除，每一步按规则"),
    "income": Command("incomes", "家庭收支账：登记、合计、补差测算、收入下降名单"),
    "measure": Command("measures", "登记帮扶措施，列出措施"),
    "check": Command("checking", "数据体检：全村或一户的一致性检查，可说明理由"),
    "record": Command("records", "其他各类记录：登记、修改、列出、删除、恢复"),
    "attachment": Command("attachments", "照片和扫描件：添加、列出、取出、与服务器传送"),
    "post": Command("posts", "公益岗候选户"),
    "ledger": Command("ledgers", "各类台账"),
    "worklog": Command("worklogs", "工作日志、考勤、请假"),
    "reminder": Command("reminders", "到期提醒"),
    "policy": Command("policies", "政策库：查看、按户匹配、装入政策包"),
    "published": Command("published", "上级发布的通知、政策和参数：列出、阅读"),
    "print": Command("printing", "打印明白卡、走访记录表、台账、公示为 PDF"),
    "export": Command("exporting", "台账导出为表格"),
    "enrol": Command("syncing", "用登记码把这台电脑登记到服务器"),
    "sync": Command("syncing", "与服务器交换一次"),
    "bundle": Command("bundles", "用U盘同步：导出给县里或队友，导入收到的文件"),
    "duplicate": Command("duplicates", "可能重复登记的人：列出、合并、撤销合并"),
    "conflicts": Command("syncing", "列出有不同值的字段"),
    "state-hash": Command("syncing", "全部同步数据的校验值，两台电脑相同即数据一致"),
    "rule": Command("rules", "用给定的事实查规则（培训和核对用）"),
    "backup": Command("backups", "备份：制作、核对、恢复"),
    "screenshots": Command("screenshots", "在虚构村上画出每个页面的图片"),
    "doctor": Command("doctor", "检查数据库、磁盘、时钟、字体和版本，给出处理办法"),
    "server": Command("server", "省级同步服务器：运行、初始化、发登记码"),
    "bench": Command("bench", "性能测试，每项与同场基准比较"),
}
