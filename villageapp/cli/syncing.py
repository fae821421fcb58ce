"""``villageapp enrol|sync|conflicts|state-hash``: the laptop and the provincial server."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from villageapp.cli.console import Console
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.values import plain
from villageapp.domain import dates
from villageapp.domain.fields import to_wire
from villageapp.errors import AlreadyDone, NotAllowed, NotFound, Problem, ValidationFailed
from villageapp.services import enrolling, records, settling, syncing

if TYPE_CHECKING:
    from villageapp.services.blob_syncing import BlobReport
    from villageapp.services.workspace import Workspace

DELETED = "deleted"
_DELETION = {"删除": True, "保留": False}

_REPORT = (
    "pushed",
    "pulled",
    "conflicts",
    "round_trips",
    "bytes_up",
    "bytes_down",
    "receipt",
    "seconds",
    "refused",
    "notes",
)


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of whichever of the four commands ``parser`` belongs to."""
    _CONFIGURE[parser.prog.split()[-1]](parser, common)


def _enrol(parser: ChineseParser, common: ChineseParser) -> None:
    parser.add_argument(
        "--server", required=True, metavar="网址", help="服务器地址，如 https://zct.example.cn"
    )
    parser.add_argument("--code", required=True, metavar="登记码", help="县里发的一次性登记码")
    parser.set_defaults(run=run_enrol)


def _sync(parser: ChineseParser, common: ChineseParser) -> None:
    parser.add_argument("--server", metavar="网址", help="服务器地址；须是登记过的那一台")
    parser.set_defaults(run=run_sync)


def _conflicts(parser: ChineseParser, common: ChineseParser) -> None:
    group = Group(parser, common)
    group.add("list", "列出有不同值的字段", run_conflicts)
    resolve = group.add("resolve", "选定一个值，各台电脑同步后一致", run_resolve)
    _named(resolve)
    _named(group.add("reopen", "撤销上一次选定，不同的值都恢复，可重新选", run_reopen))
    chosen = resolve.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--value", metavar="值", help="要保留的值，写法同登记时；deleted 写 删除 或 保留")
    chosen.add_argument("--take", type=int, metavar="序号", help="取 conflicts list 里的第几个值，从 1 起")


def _named(parser: ChineseParser) -> None:
    """Which field of which record."""
    for name, metavar, text in (
        ("--entity", "种类", "记录种类，如 household"),
        ("--record", "编号", "记录编号"),
        ("--field", "字段", "字段名；一方删除、一方修改时为 deleted"),
    ):
        parser.add_argument(name, required=True, metavar=metavar, help=text)


def _state_hash(parser: ChineseParser, common: ChineseParser) -> None:
    parser.set_defaults(run=run_state_hash)


_CONFIGURE = {"enrol": _enrol, "sync": _sync, "conflicts": _conflicts, "state-hash": _state_hash}


def run_enrol(console: Console, arguments: Namespace) -> None:
    """Redeem a one-time code."""
    with console.open() as work:
        enrolled = enrolling.enrol(work, arguments.server, arguments.code)
    noted = [enrolled.note] if enrolled.note else []
    console.answer(plain(enrolled), [f"已登记到 {enrolled.server}，可以同步了。", *noted])


def run_sync(console: Console, arguments: Namespace) -> None:
    """One full exchange."""
    with console.open() as work:
        if arguments.server:
            _same_server(work.identity.server_url, arguments.server)
        report = syncing.sync_now(work, console.progress())
    result = {f.name: plain(getattr(report, f.name)) for f in fields(report) if f.name in _REPORT}
    receipt = "服务器已签收" if report.receipt else "服务器尚未签收"
    lines = [
        f"已同步：上传 {report.pushed} 条，收到 {report.pulled} 条，{report.seconds:.1f} 秒，{receipt}。",
        *([f"有 {report.conflicts} 项不同的值，请用 conflicts list 查看。"] if report.conflicts else []),
        *report.notes,
        *(f"未接收：{line}" for line in report.refused),
        *_photo_lines(report.blobs),
    ]
    console.answer(result, lines)


def _photo_lines(report: BlobReport | None) -> list[str]:
    """What became of photos and scans, if there was anything to carry."""
    if report is None:
        return []
    cut = [f"照片没有传完：{report.interrupted.line()}"] if report.interrupted is not None else []
    refused = [f"照片未接收：{line}" for line in report.refused]
    if not (report.uploaded or report.downloaded or report.waiting):
        return [*cut, *refused]
    waiting = f"，还有 {report.waiting} 份待传" if report.waiting else ""
    return [f"照片：上传 {report.uploaded} 份，下载 {report.downloaded} 份{waiting}。", *cut, *refused]


def _same_server(enrolled: str, named: str) -> None:
    if enrolled and named.rstrip("/") != enrolled.rstrip("/"):
        raise NotAllowed(
            f"这台电脑登记在 {enrolled}，不能与 {named[:100]} 同步。",
            remedy="请去掉 --server,或先向县里申请改登记。",
            code="other_server",
        )


def run_conflicts(console: Console, arguments: Namespace) -> None:
    """Fields with more than one value."""
    with console.open() as work:
        found = syncing.conflicts(work)
    lines = [line for conflict in found for line in _lines(conflict)] or ["没有不同的值。"]
    console.answer({"rows": [plain(conflict) for conflict in found]}, lines)


def run_resolve(console: Console, arguments: Namespace) -> None:
    """Settle one conflict."""
    entity, record_id, name = arguments.entity, arguments.record, arguments.field
    with console.open() as work:
        if arguments.take is not None:
            wire = _taken(work, (entity, record_id, name), arguments.take)
        else:
            wire = _typed(entity, name, arguments.value)
        settling.settle(work, entity, record_id, name, wire)
    result = {"settled": True, "entity": entity, "record_id": record_id, "field": name, "value": plain(wire)}
    console.answer(result, ["已选定，下次同步后各台电脑一致。"])


def run_reopen(console: Console, arguments: Namespace) -> None:
    """Undo a choice."""
    entity, record_id, name = arguments.entity, arguments.record, arguments.field
    with console.open() as work:
        settling.reopen(work, entity, record_id, name)
    result = {"reopened": True, "entity": entity, "record_id": record_id, "field": name}
    console.answer(result, ["已撤销选定，不同的值都恢复了；请用 conflicts list 查看。"])


def _taken(work: Workspace, wanted: tuple[str, str, str], number: int) -> Any:
    """The value with this number among those in conflict. Raises NotFound, AlreadyDone."""
    found = [c for c in syncing.conflicts(work) if (c.entity, c.record_id, c.field) == wanted]
    if not found:
        raise AlreadyDone("这一处已经没有不同的值。", code="settled")
    values = found[0].values
    if not 1 <= number <= len(values):
        raise NotFound(f"没有第 {number} 个值，共 {len(values)} 个。", remedy="请用 conflicts list 查看。")
    value = values[number - 1].value
    return bool(value) if wanted[2] == DELETED else value


def _typed(entity: str, name: str, text: str) -> Any:
    """What a person wrote, as it travels. Raises NotFound, ValidationFailed."""
    form = records.form_of(entity)
    if name != DELETED:
        return to_wire(form.check({name: text}, complete=False)[name])
    if text not in _DELETION:
        raise ValidationFailed([Problem(name, "请写 删除 或 保留")])
    return _DELETION[text]


def _lines(conflict: Any) -> list[str]:
    head = f"{conflict.entity} {conflict.record_id} {conflict.label}（{conflict.field}）："
    said = (f"“{v.value}” {v.by} {dates.local_text(v.at)} {v.replica_id}" for v in conflict.values)
    return [head, *(f"  {number}. {line}" for number, line in enumerate(said, 1))]


def run_state_hash(console: Console, arguments: Namespace) -> None:
    """Hash over everything synced."""
    with console.open() as work:
        state = syncing.state_hash(work)
    console.answer(plain(state), [f"{state.hash}  {state.records} 条记录，{state.changes} 次修改"])
