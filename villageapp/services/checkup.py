"""``doctor``: is this laptop fit for work? Database, log chain, disk, clock, fonts, versions; what to do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

import villageapp
from villageapp.domain import dates
from villageapp.errors import AppError
from villageapp.fonts import FontSet
from villageapp.models.migrations import LAPTOP_HEAD
from villageapp.paths import DataDir
from villageapp.services.syncing import sync_state
from villageapp.sync import log_check
from villageapp.sync.clock import COUNTER_BITS

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

LEAST_FREE_BYTES = 500 * 1024 * 1024
MOST_CLOCK_ERROR_MS = 24 * 3600 * 1000
"""R-TIME-4: a clock further off than a day blocks signing."""
_SAMPLE = "张䶮㛃走访☑□"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``remedy`` says what to do when it is not well."""

    name: str
    ok: bool
    text: str
    remedy: str = ""


def examine(work: Workspace) -> list[Finding]:
    """Look at everything; takes seconds on a large store, changes nothing."""
    with work.reading() as connection:
        findings = [_integrity(connection), _foreign_keys(connection), _pages(connection)]
        findings += [_chain(connection), _quarantine(connection)]
        newest = connection.exec_driver_sql("SELECT last_hlc, clock_offset_ms FROM replica").one()
    findings += [
        _disk(work.data_dir),
        _permissions(work.data_dir),
        *_clock(*newest),
        _fonts(work),
        _sync(work),
    ]
    return [*findings, _versions()]


def _integrity(connection: Connection) -> Finding:
    said = connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars().all()
    ok = said == ["ok"]
    return Finding(
        "数据库完整性",
        ok,
        "完好" if ok else "；".join(said),
        "" if ok else "请停止使用，再用 doctor --rescue 备份文件 恢复。",
    )


def _foreign_keys(connection: Connection) -> Finding:
    broken = len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())
    return Finding(
        "记录关联",
        not broken,
        "完好" if not broken else f"{broken} 处断开",
        "" if not broken else "请联系技术人员。",
    )


def _pages(connection: Connection) -> Finding:
    """SQLCipher signs every page; a page that fails was altered or damaged on disk."""
    broken = connection.exec_driver_sql("PRAGMA cipher_integrity_check").all()
    text = "每页校验通过" if not broken else f"{len(broken)} 页校验不通过"
    return Finding(
        "加密校验",
        not broken,
        text,
        "" if not broken else "磁盘可能有坏道，请换磁盘，再用 doctor --rescue 备份文件 恢复。",
    )


def _chain(connection: Connection) -> Finding:
    """Every segment: hash, chain, signature, content; the vector agrees with them."""
    verified = log_check.verify(connection)
    if not verified.broken:
        return Finding("同步日志", True, f"{verified.segments} 段、{verified.changes} 项修改，校验和签名都对")
    first = verified.broken[0]
    text = (
        f"{len(verified.broken)} 处有问题，如电脑 {first.replica_id} 编号 {first.first_seq}：{first.reason}"
    )
    return Finding(
        "同步日志", False, text, "请不要删除数据；先做一次备份，再联系县里技术人员从服务器取回这些段。"
    )


def _quarantine(connection: Connection) -> Finding:
    """Changes that could not be merged here."""
    count = int(connection.exec_driver_sql("SELECT count(*) FROM quarantine").scalar_one())
    if not count:
        return Finding("待处理内容", True, "没有不能并入的单项内容")
    return Finding(
        "待处理内容",
        False,
        f"{count} 项内容本版本不能并入，日志里保留着，其余内容不受影响",
        "请升级后再试，或执行 doctor --repair；仍不行请用 doctor --export-quarantine 导出给技术人员。",
    )


def _disk(data_dir: DataDir) -> Finding:
    free = shutil.disk_usage(data_dir.root).free
    ok = free >= LEAST_FREE_BYTES
    return Finding(
        "磁盘空间", ok, f"剩余 {free // 1_000_000} MB", "" if ok else "请清理磁盘，至少留出 500 MB。"
    )


def _permissions(data_dir: DataDir) -> Finding:
    if os.name != "posix":
        return Finding("文件权限", True, "由系统账户保护")
    open_ = [
        p.name for p in (data_dir.root, data_dir.database, data_dir.key_slots) if p.stat().st_mode & 0o077
    ]
    text = "只有本人可读" if not open_ else f"他人可读：{'、'.join(open_)}"
    return Finding("文件权限", not open_, text, "" if not open_ else "请执行 chmod -R go-rwx 收回权限。")


def _clock(last_hlc: int, offset_ms: int) -> Iterator[Finding]:
    now = datetime.now(UTC)
    ahead_ms = (last_hlc >> COUNTER_BITS) - int(now.timestamp() * 1000) - offset_ms
    ok = ahead_ms <= MOST_CLOCK_ERROR_MS and abs(offset_ms) <= MOST_CLOCK_ERROR_MS
    text = f"现在 {dates.local_text(now)}，与服务器相差 {abs(offset_ms) // 1000} 秒"
    yield Finding("电脑时钟", ok, text, "" if ok else "系统时间异常，请校准日期和时间后重新打开。")


def _fonts(work: Workspace) -> Finding:
    extra = work.data_dir.root / "fonts"
    try:
        missing = FontSet.load(extra if extra.is_dir() else None).missing(_SAMPLE)
    except AppError as error:
        return Finding("字体", False, error.message, error.remedy)
    text = "打印字体可用" if not missing else f"缺少字形：{'、'.join(missing)}"
    return Finding(
        "字体", not missing, text, "" if not missing else "请把含有这些字的 .ttf 放入数据文件夹的 fonts。"
    )


def _sync(work: Workspace) -> Finding:
    state = sync_state(work)
    if not state.enrolled:
        return Finding("同步", True, f"未登记服务器，{state.pending} 项修改只在本机")
    when = dates.local_text(state.last_success_at) if state.last_success_at else "从未"
    text = f"上次成功 {when}，待上传 {state.pending} 项，不同的值 {state.conflicts} 项"
    return Finding("同步", not state.ended, f"{text}；{state.message}" if state.message else text,
                   "连上网络后再同步一次。" if state.ended else "")  # fmt: skip


def _versions() -> Finding:
    python = ".".join(map(str, sys.version_info[:3]))
    return Finding("版本", True, f"驻村通 {villageapp.__version__}，数据库 {LAPTOP_HEAD}，Python {python}")
