"""``villageapp --self-test``: the frozen program proves that all its parts are there.

A new store, a household's visit, a card as PDF, the main window without a screen. Needs nothing but a
temporary folder and leaves nothing behind.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from villageapp import log
from villageapp.cli.console import Console
from villageapp.errors import AppError

_PASSPHRASE = "self-test-passphrase"  # noqa: S105 - of a store that lives for seconds
_VILLAGE = "149901001001"
_NUMBER = "1499010010010001"

Step = Callable[[Path], str]


def run(console: Console) -> int:
    """Run all steps; 0 when every one succeeded, else 1."""
    results = []
    with tempfile.TemporaryDirectory(prefix="villageapp-self-test-", ignore_cleanup_errors=True) as folder:
        for name, ok, text in _outcomes(Path(folder)):
            console.say(f"{'正常' if ok else '失败'}  {name}：{text}")
            results.append({"step": name, "ok": ok, "text": text})
    well = all(result["ok"] for result in results)
    console.answer({"ok": well, "steps": results}, ["自检通过。" if well else "自检没有通过。"])
    return 0 if well else 1


def _outcomes(folder: Path) -> Iterator[tuple[str, bool, str]]:
    for name, step in _STEPS:
        try:
            yield name, True, step(folder)
        except AppError as error:
            yield name, False, error.line()
        except Exception as error:
            logging.getLogger(log.ROOT).exception("self-test step failed")
            yield name, False, f"{type(error).__name__}： {error}"


def _store(folder: Path) -> str:
    from villageapp.paths import DataDir
    from villageapp.services.workspace import init_workspace

    made = init_workspace(
        DataDir(folder / "store"),
        village_code=_VILLAGE,
        village_name="自检村",
        user_name="自检员",
        passphrase=_PASSPHRASE,
    )
    made.work.close()
    plain = made.work.data_dir.database.read_bytes()[:16]
    if plain.startswith(b"SQLite format 3"):
        raise AppError("数据库没有加密。", remedy="请重新安装。")
    return "已建加密数据库"


def _records(folder: Path) -> str:
    from villageapp.paths import DataDir
    from villageapp.services import households, members, visits
    from villageapp.services.workspace import open_workspace

    with open_workspace(DataDir(folder / "store"), _PASSPHRASE) as work:
        household = households.add_household(
            work, {"national_hh_no": _NUMBER, "household_type": "脱贫户", "group_name": "一组"}
        )
        members.add_member(
            work, household.id, {"name": "张示范", "id_no": "14990119620315001X", "relation": "户主"}
        )
        saved = visits.record_visit(
            work,
            household.id,
            {"kind": "日常走访", "started_at": work.now(), "result": "见到户主", "water_ok": False},
        )
    return f"已登记 1 户 1 人 1 次走访，打开 {len(saved.detail.problems)} 个问题"


def _card(folder: Path) -> str:
    from villageapp.paths import DataDir
    from villageapp.services.cards import Privacy, print_cards
    from villageapp.services.workspace import open_workspace

    out = folder / "card.pdf"
    with open_workspace(DataDir(folder / "store"), _PASSPHRASE) as work:
        report = print_cards(work, None, Privacy.P1, out)
    return f"已生成明白卡 {report.pages} 页，{out.stat().st_size} 字节"


def _window(folder: Path) -> str:
    from villageapp.paths import DataDir
    from villageapp.services.workspace import open_workspace

    with open_workspace(DataDir(folder / "store"), _PASSPHRASE) as work:
        wrong: list[str] = import_module("villageapp.ui.app").self_test(work)
    if wrong:
        raise AppError("；".join(wrong))
    return "已打开主窗口"


_STEPS: tuple[tuple[str, Step], ...] = (
    ("新建数据库", _store),
    ("登记农户和走访", _records),
    ("生成明白卡", _card),
    ("打开主窗口", _window),
)
