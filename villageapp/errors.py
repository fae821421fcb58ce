"""Every exception raised on purpose.

    AppError                 code (stable, crosses the wire), message (Chinese, for people), remedy
    ├─ ValidationFailed      problems: one Problem per field; shown beside the fields
    ├─ NotFound              the record is not here (any more)
    ├─ AlreadyDone           somebody did it before
    ├─ NotAllowed            rights, locked store
    ├─ Trouble               the machine's fault: disk full, damaged file, newer store, no printer …
    ├─ SyncError             kind says which: OFFLINE, AUTH, TOO_OLD, BUSY, PROTOCOL
    └─ Cancelled             the person pressed cancel; nothing is shown

Anything else that is raised is a bug. Low-level exceptions become one of these where they enter the
program, always with ``raise … from``.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_REASONS = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "系统不允许",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.ENOTDIR: "路径里有一级不是文件夹",
    errno.EEXIST: "已经有同名的文件",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EROFS: "磁盘是只读的",
    errno.EIO: "磁盘或U盘读写出错",
    errno.EFBIG: "文件太大，这个磁盘放不下",
    errno.ENAMETOOLONG: "文件名太长",
    errno.ENODEV: "设备已拔出",
    errno.ENXIO: "设备已拔出",
    errno.EBUSY: "正被别的程序使用",
    errno.ELOOP: "链接绕成了圈",
    errno.EINVAL: "系统不接受这个名称或操作",
}


def os_reason(error: OSError) -> str:
    """Why the system refused, in Chinese; its own words where there are none of ours."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


class Severity(StrEnum):
    """How much a problem matters: an error stops saving, a warning asks."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field; ``field`` is empty when it concerns the whole record."""

    field: str
    message: str
    severity: Severity = Severity.ERROR


class AppError(Exception):
    """Base of all; ``str(error)`` is the Chinese sentence for people."""

    code = "error"

    def __init__(self, message: str, *, remedy: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        if code:
            self.code = code

    def line(self) -> str:
        """The message and what to do about it, as one line."""
        text = f"{self.message} {self.remedy}".strip()
        return " ".join(text.split())


class ValidationFailed(AppError):
    """Values that a form or rule refuses; nothing was saved."""

    code = "validation_failed"

    def __init__(self, problems: Iterable[Problem], message: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__(message or "；".join(p.message for p in self.problems) or "填写有误")


class NotFound(AppError):
    """The record asked for is not in this store."""

    code = "not_found"


class AlreadyDone(AppError):
    """What was asked has been done before; nothing changed."""

    code = "already_done"


class NotAllowed(AppError):
    """The person or the state of the store does not permit it."""

    code = "not_allowed"


class Trouble(AppError):
    """The environment's fault, with a remedy for the person at the machine."""

    code = "trouble"


class SyncKind(StrEnum):
    """Why an exchange did not happen. Offline is a state, not a failure."""

    OFFLINE = "offline"
    AUTH = "auth"
    TOO_OLD = "upgrade_required"
    BUSY = "busy"
    PROTOCOL = "protocol"


class SyncError(AppError):
    """An exchange that did not complete; all local work is kept."""

    def __init__(
        self,
        kind: SyncKind,
        message: str,
        *,
        remedy: str = "",
        code: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, code=code or kind.value)
        self.kind = kind
        self.retry_after = retry_after
        """Seconds the server asked us to wait, if it said so."""


class Cancelled(AppError):
    """The person cancelled; everything is as it was before."""

    code = "cancelled"

    def __init__(self, message: str = "已取消，没有改动任何内容。") -> None:
        super().__init__(message)
