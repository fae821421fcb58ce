"""``villageapp demo``: the main job on a fictitious village, from the workbook to two equal laptops and a server."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import villageapp
from villageapp.cli import demo_steps as steps
from villageapp.cli.console import Console
from villageapp.cli.demo_server import DemoServer
from villageapp.cli.parser import ChineseParser
from villageapp.domain import dates
from villageapp.errors import NotAllowed, Problem, Trouble, ValidationFailed, os_reason
from villageapp.paths import DataDir
from villageapp.services.cards import PrintReport, Privacy, print_cards
from villageapp.services.demo_village import DemoVillage, build, write_workbook
from villageapp.services.household_lists import list_ids
from villageapp.services.syncing import sync_now
from villageapp.services.workspace import Workspace

DEFAULT_FOLDER = "demo-data"
MARKER = "demo.json"
_COUNTED = {"households": "household", "members": "member", "visits": "visit", "measures": "measure"}
"""Key of the JSON to the server's entity."""


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``demo``."""
    parser.add_argument(
        "--households", type=int, default=120, metavar="户数", help="虚构村的户数（默认 120）"
    )
    parser.add_argument("--headless", action="store_true", help="做完即结束，不打开窗口")
    parser.set_defaults(run=run)


@dataclass
class _Demo:
    """One run of the demo."""

    console: Console
    folder: Path
    households: int
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str, what: str) -> Iterator[None]:
        """Time a phase and say what it does."""
        started = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - started, 3)
        self.console.say(f"[{self.seconds[name]:6.1f} 秒] {what}")


def run(console: Console, arguments: Namespace) -> int:
    """The whole demo; 0 only if laptops and server hold the same."""
    folder = (console.named_data_dir or Path.cwd() / DEFAULT_FOLDER).absolute()
    if not 2 <= arguments.households <= 5000:
        raise ValidationFailed([Problem("households", "--households 应为 2 至 5000")])
    _make_room(folder)
    demo = _Demo(console, folder, arguments.households)
    with _termination_is_cancellation(), DemoServer(folder / "server") as server:
        result, equal = _perform(demo, server)
        console.answer(result, _closing_lines(result, equal))
        if equal and not arguments.headless:
            return _show_window(DataDir(folder / "laptop-a"))
    return 0 if equal else 1


def _show_window(data_dir: DataDir) -> int:
    """Open the window on laptop A; where there is no screen the demo is done without it."""
    from villageapp.cli.main import NO_DISPLAY, open_window

    try:
        return open_window(data_dir)
    except Trouble as trouble:
        if trouble.code != NO_DISPLAY:
            raise
        sys.stderr.write(
            f"{trouble.message}演示已完成，在桌面环境里运行 villageapp --data-dir {data_dir.root} 可以打开。\n"
        )
        return 0


def _perform(demo: _Demo, server: DemoServer) -> tuple[dict[str, Any], bool]:
    with ExitStack() as stack:
        village, workbook = _make_village(demo)
        first = stack.enter_context(_first_laptop(demo, village, workbook))
        with demo.phase("server", "已在本机启动省级同步服务器（内嵌 PostgreSQL）"):
            server.start()
        with demo.phase("enrol", "甲机已登记并上传全部内容"):
            workspace = _enrol(server, first, village, village.cadres[0])
            sync_now(first)
        with demo.phase("laptop_b", "乙机已登记并取回全部内容"):
            second = steps.new_laptop(demo.folder / "laptop-b", village, steps.SECOND_USER)
            stack.enter_context(second)
            _enrol(server, second, village, steps.SECOND_USER)
            sync_now(second)
        with demo.phase("offline", "服务器停机时两台电脑各登记一次走访，内容都在本机"):
            _visit_offline(server, first, second)
        with demo.phase("sync", "服务器恢复后两台电脑已同步"):
            server.start()
            steps.sync_until_equal(first, second)
        with demo.phase("cards", "已打印全部明白卡"):
            printed = print_cards(first, None, Privacy.P1, demo.folder / "cards.pdf", demo.console.progress())
        with demo.phase("compare", "已核对两台电脑和服务器"):
            return _compare(demo, server, workspace, (first, second), printed)


def _make_village(demo: _Demo) -> tuple[DemoVillage, Path]:
    workbook = demo.folder / "国家系统导出名单.xlsx"
    with demo.phase("village", f"已生成虚构村 {demo.households} 户和国家系统格式名单 {workbook.name}"):
        village = build(demo.households, today=dates.local_day(datetime.now(UTC)))
        write_workbook(village, workbook)
    return village, workbook


def _first_laptop(demo: _Demo, village: DemoVillage, workbook: Path) -> Workspace:
    with demo.phase("laptop_a", "甲机已建加密数据库"):
        work = steps.new_laptop(demo.folder / "laptop-a", village, village.cadres[0])
    try:
        with demo.phase("import", "甲机已导入名单"):
            steps.import_workbook(work, workbook, demo.console.progress())
        with demo.phase("records", "甲机已登记干部、详细情况、措施和一年的走访"):
            steps.record_village(work, village)
            people = steps.record_cadres(work, village)
            steps.record_year(work, village, people, demo.console.progress())
        with demo.phase("work", "甲机已登记务工、公益岗、项目资产、监测案卷和工作队日志"):
            steps.record_work(work, village, people, demo.console.progress())
    except BaseException:
        work.close()
        raise
    return work


def _enrol(server: DemoServer, work: Workspace, village: DemoVillage, cadre: Any) -> str:
    code = server.enrol_code(village.village["code"], cadre["name"], cadre["role"])
    return steps.enrol(work, server.url, code).workspace


def _visit_offline(server: DemoServer, first: Workspace, second: Workspace) -> None:
    server.stop()
    ids = list_ids(first)
    steps.offline_visit(first, ids[0], "入户水管冻裂，已停水两天")
    steps.offline_visit(second, ids[1], "水质发黄，需取样化验")


def _compare(
    demo: _Demo,
    server: DemoServer,
    workspace: str,
    laptops: tuple[Workspace, Workspace],
    printed: PrintReport,
) -> tuple[dict[str, Any], bool]:
    held = [steps.figures(name, work) for name, work in zip(("laptop-a", "laptop-b"), laptops, strict=True)]
    entities = server.counts(workspace)
    at_server = {key: entities.get(entity, 0) for key, entity in _COUNTED.items()}
    hashes = {server.state_hash(workspace), *(one.state_hash for one in held)}
    counts = [{key: getattr(one, key) for key in _COUNTED} for one in held]
    equal = len(hashes) == 1 and all(count == at_server for count in counts)
    result = {
        "laptops": [asdict(one) for one in held],
        "server": at_server,
        "equal": equal,
        "cards_pdf": str(printed.file),
        "card_pages": printed.pages,
        "data_dir": str(demo.folder),
        "passphrase": steps.PASSPHRASE,
        "seconds": demo.seconds,
    }
    return result, equal


def _closing_lines(result: dict[str, Any], equal: bool) -> Iterator[str]:
    server = result["server"]
    yield ""
    for one in (*result["laptops"], {"name": "server", **server}):
        yield (
            f"{one['name']:<9} 农户 {one['households']} 户，成员 {one['members']} 人，"
            f"走访 {one['visits']} 次，措施 {one['measures']} 条"
        )
    yield "两台电脑和服务器的数据完全一致。" if equal else "两台电脑和服务器的数据不一致，请看上面的数字。"
    yield f"明白卡：{result['cards_pdf']}（{result['card_pages']} 页）"
    yield f"数据在 {result['data_dir']}（laptop-a、laptop-b、server），演示口令：{result['passphrase']}"


def _make_room(folder: Path) -> None:
    """An empty folder for the demo; only an earlier demo is replaced. Raises NotAllowed and Trouble."""
    try:
        if folder.exists() and any(folder.iterdir()):
            if not (folder / MARKER).is_file():
                raise NotAllowed(
                    f"{folder} 不是空文件夹，也不是以前的演示，没有改动。",
                    remedy="请用 --data-dir 另选位置。",
                    code="demo_folder",
                )
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        marker = {"made_by": "villageapp demo", "version": villageapp.__version__}
        (folder / MARKER).write_text(json.dumps(marker), encoding="utf-8")
    except OSError as error:
        raise Trouble(
            f"无法使用文件夹 {folder}：{os_reason(error)}。",
            remedy="请用 --data-dir 另选位置。",
            code="demo_folder",
        ) from error


@contextmanager
def _termination_is_cancellation() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, so that its server is stopped too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
