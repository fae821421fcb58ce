"""How sync stands, in words that a cadre understands. Plain functions, no widgets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from villageapp.domain import dates
from villageapp.ui.widgets.badge import Badge, Mood

if TYPE_CHECKING:
    from villageapp.services.syncing import SyncReport, SyncState

_OFFLINE_AFTER = timedelta(days=1)
_NETWORK = ("offline", "busy")


def light(state: SyncState, now: datetime, *, is_running: bool = False) -> Badge:
    """The light of the top bar: 正在同步 / 已同步 14:20 / 12 条待上传 / 离线 3 天 / 未接入服务器."""
    tr = QCoreApplication.translate
    if is_running:
        return Badge(tr("sync", "正在同步…"), Mood.ACCENT)
    if not state.enrolled:
        return Badge(tr("sync", "未接入服务器"), Mood.PLAIN)
    if state.ended not in ("", "cancelled", *_NETWORK):
        return Badge(tr("sync", "同步受阻"), Mood.BAD)
    if state.last_success_at is None:
        return Badge(tr("sync", "还没有同步过"), Mood.WARN)
    away = now - state.last_success_at
    if state.ended in _NETWORK and away >= _OFFLINE_AFTER:
        return Badge(tr("sync", "离线 {days} 天").format(days=away.days), Mood.WARN)
    if state.pending:
        return Badge(tr("sync", "{count} 条待上传").format(count=state.pending), Mood.WARN)
    if state.ended in _NETWORK:
        return Badge(tr("sync", "离线"), Mood.WARN)
    return Badge(tr("sync", "已同步 {time}").format(time=moment(state.last_success_at, now)), Mood.GOOD)


def moment(at: datetime, now: datetime) -> str:
    """``14:20`` today, ``11-22 14:20`` this year, else with the year; China time."""
    text, today = dates.local_text(at), dates.local_text(now)
    if text[:10] == today[:10]:
        return text[11:]
    return text[5:] if text[:4] == today[:4] else text


def situation(state: SyncState, now: datetime) -> tuple[str, str]:
    """Heading and explanation of the sync screen."""
    tr = QCoreApplication.translate
    if not state.enrolled:
        return (
            tr("sync", "这台电脑还没有接入省级服务器"),
            tr("sync", "不接入也可以正常登记和打印；接入后，内容自动上传，并与同事的电脑互相更新。"),
        )
    if state.ended in _NETWORK:
        kept = tr("sync", "所有内容都已存在本机，联网后自动上传，不用重新录入。")
        return tr("sync", "现在连不上服务器"), f"{state.message or kept}{state.outlook}"
    if state.ended not in ("", "cancelled"):
        return tr("sync", "同步受阻，本机内容都在"), f"{state.message}{state.outlook}"
    if state.pending:
        text = tr("sync", "有 {count} 条改动还没有上传，联网后会自动上传。").format(count=state.pending)
        return tr("sync", "有内容待上传"), text
    if state.last_success_at is None:
        return tr("sync", "已接入，还没有同步过"), tr("sync", "请按“立即同步”。")
    return tr("sync", "已同步"), tr("sync", "本机的内容都已在服务器上，最近一次：{time}。").format(
        time=moment(state.last_success_at, now)
    )


def result(report: SyncReport) -> str:
    """The last exchange in one sentence."""
    tr = QCoreApplication.translate
    text = tr(
        "sync", "上传 {pushed} 条，收到 {pulled} 条，用时 {seconds} 秒，流量 {up} 上行 / {down} 下行。"
    ).format(
        pushed=report.pushed,
        pulled=report.pulled,
        seconds=f"{report.seconds:.1f}",
        up=amount(report.bytes_up),
        down=amount(report.bytes_down),
    )
    return "".join([text, _signed(report), _photos(report), *report.notes])


def _signed(report: SyncReport) -> str:
    """What the receipt proves. A server of an older version signs for numbers only."""
    tr = QCoreApplication.translate
    if not report.receipt:
        return tr("sync", "服务器还没有签收全部内容。")
    if report.signed_by == "vector":
        return tr("sync", "服务器已签收（旧版服务器，只核对了条数）。")
    return tr("sync", "服务器已签收。")


def _photos(report: SyncReport) -> str:
    tr, blobs = QCoreApplication.translate, report.blobs
    if blobs is None or not (blobs.uploaded or blobs.downloaded or blobs.waiting or blobs.interrupted):
        return ""
    text = tr("sync", "照片上传 {up} 份，收到 {down} 份，还有 {waiting} 份待传。").format(
        up=blobs.uploaded, down=blobs.downloaded, waiting=blobs.waiting
    )
    return text + (blobs.interrupted.message if blobs.interrupted is not None else "")


def amount(size: int) -> str:
    """Bytes in the unit people know: ``312 B``, ``4.5 KB``, ``2.1 MB``."""
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.1f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"
