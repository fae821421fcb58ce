"""The keyboard map: every shortcut of the window in one table, shown by F1 and printed in the handbook."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from villageapp.ui.screens import screens


def keyboard_map() -> tuple[tuple[str, str], ...]:
    """(keys, what they do) in the order in which a person learns them."""
    tr = QCoreApplication.translate
    numbered = tuple(
        (f"Alt+{number % 10}", tr("keys", "打开“{title}”").format(title=screen.title))
        for number, screen in enumerate(screens()[:10], 1)
    )
    return (
        ("F1", tr("keys", "本页说明和按键表")),
        ("Ctrl+K", tr("keys", "查找人、户、问题、政策、功能")),
        *numbered,
        ("Enter", tr("keys", "表单里到下一项；列表里打开所选")),
        ("1 / 2 / 3", tr("keys", "走访表里答 是 / 否 / 未知")),
        ("Ctrl+N", tr("keys", "登记一条新的（线索、措施）")),
        ("Ctrl+S", tr("keys", "保存")),
        ("Ctrl+Z / Ctrl+Y", tr("keys", "撤销 / 重做最近的改动")),
        ("Ctrl+C / Ctrl+V", tr("keys", "复制、粘贴（表格可与 WPS、Excel 互贴）")),
        ("Ctrl+D", tr("keys", "表格里向下填充")),
        ("F5", tr("keys", "刷新")),
        ("F8", tr("keys", "务工台账：与上月相同")),
        ("Ctrl+L", tr("keys", "锁定窗口")),
        ("↑ ↓ ← →", tr("keys", "在列表、看板和表格里移动")),
        ("Esc", tr("keys", "关闭对话框、收起搜索结果")),
    )


def as_markdown() -> str:
    """The map as a table."""
    tr = QCoreApplication.translate
    head = tr("keys", "| 按键 | 作用 |")
    rows = (f"| {keys} | {what} |" for keys, what in keyboard_map())
    return "\n".join((head, "|---|---|", *rows))
