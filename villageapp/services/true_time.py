"""Nothing is signed or closed by a clock that must be wrong (R-TIME-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from villageapp.domain import dates
from villageapp.errors import NotAllowed
from villageapp.sync.clock import COUNTER_BITS, MAX_LEAD_MS, instant

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


def clock_trouble(work: Workspace) -> str:
    """Why this computer's time cannot be right; empty when nothing speaks against it.

    It lies more than a day before the newest record of this store, or a day off the server's at the last
    exchange. Smaller differences are corrected silently.
    """
    offset = work.clock.offset_ms
    if abs(offset) > MAX_LEAD_MS:
        return f"系统时间异常：电脑时间与服务器相差 {abs(offset) // 3_600_000} 小时"
    with work.reading() as connection:
        newest = connection.exec_driver_sql("SELECT last_hlc FROM replica").scalar_one()
    if (newest >> COUNTER_BITS) - work.clock.now_ms() > MAX_LEAD_MS:
        stored = dates.local_text(instant(newest))
        return f"系统时间异常：电脑时间是 {dates.local_text(work.now())}，而库中已有 {stored} 的记录"
    return ""


def require_true_time(work: Workspace) -> None:
    """Refuse to sign or close while the clock is wrong. Raises NotAllowed."""
    told = clock_trouble(work)
    if told:
        raise NotAllowed(
            f"R-TIME-4:{told}，不能签字、销号或结案。没有保存任何内容。",
            remedy="请校准电脑的日期和时间后再办理。",
            code="clock_wrong",
        )
