"""The description of the interface (OpenAPI 3.1), served at ``/openapi.json``.

Paths and parameters come from the routes; what goes in and out comes from the types that are really encoded and
decoded, so a description cannot fall behind what it describes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi

from villageapp import __version__
from villageapp.server import answers
from villageapp.server.routes.admin import SHEET, CodeWanted
from villageapp.sync import blob_protocol, protocol
from villageapp.sync.identity import MEDIA_TYPE as MSGPACK

PATH = "/openapi.json"
_JSON = "application/json"
_BYTES = "application/octet-stream"
_BINARY: dict[str, Any] = {"type": "string", "format": "binary"}
_LAPTOP, _OFFICE, _PASSWORD = "laptop", "office", "account"
_HOME = "/sync/v1/workspaces/{workspace}"
_NOT_DESCRIBED = (f"{_HOME}/uploads/",)
"""Paths that are no operations of their own: a second spelling."""
_INTERNAL = "post_request"
"""A parameter by which parts of the upload library talk to each other."""
_SCHEMES = {
    _LAPTOP: {"type": "http", "scheme": "bearer", "description": "电脑登记时得到的令牌，只在本村有效"},
    _OFFICE: {"type": "http", "scheme": "bearer", "description": "admin.token，或 login 得到的会话令牌"},
    _PASSWORD: {"type": "http", "scheme": "basic", "description": "账号（县代码/名字）和口令"},
}
_REFUSALS = {
    "4XX": "没有接受；error.code 是稳定的代码",
    "503": "正忙，按 Retry-After 再来",
    "507": "服务器磁盘已满，按 Retry-After 再来",
}


@dataclass(frozen=True, slots=True)
class _Body:
    """Content of one media type; ``kind`` is the type that is encoded, None for bytes."""

    media: str = _JSON
    kind: Any = None


@dataclass(frozen=True, slots=True)
class _Operation:
    summary: str
    security: tuple[str, ...] = (_OFFICE, _PASSWORD)
    takes: _Body | None = None
    gives: _Body | None = None
    status: tuple[str, ...] = ("200",)


def _gives(kind: Any) -> _Body:
    return _Body(_JSON, kind)


_OPERATIONS: Mapping[tuple[str, str], _Operation] = {
    ("get", protocol.GREETING_PATH): _Operation("谁在这个地址应答", (), None, _gives(protocol.Greeting)),
    ("post", protocol.ENROL_PATH): _Operation(
        "用一次性登记码登记一台电脑", (), _gives(protocol.EnrolRequest), _gives(protocol.EnrolAnswer)
    ),
    ("post", f"{_HOME}/exchange"): _Operation(
        "交换一轮：双方各给出对方没有的日志段（帧格式）",
        (_LAPTOP,),
        _Body(protocol.MEDIA_TYPE),
        _Body(protocol.MEDIA_TYPE),
    ),
    ("post", f"{_HOME}/identity"): _Operation(
        "为同一把密钥换一个电脑编号（MessagePack）", (_LAPTOP,), _Body(MSGPACK), _Body(MSGPACK)
    ),
    ("get", f"{_HOME}/log/{{replica_id}}"): _Operation(
        "一台电脑在服务器上的日志段（MessagePack）", (_LAPTOP,), None, _Body(MSGPACK)
    ),
    ("get", f"{_HOME}/digest"): _Operation(
        "服务器由日志整理的记录的校验和，供各电脑对账（MessagePack）", (_LAPTOP,), None, _Body(MSGPACK)
    ),
    ("post", f"{_HOME}/blobs/known"): _Operation(
        "服务器已有哪些照片",
        (_LAPTOP,),
        _gives(blob_protocol.KnownQuestion),
        _gives(blob_protocol.KnownAnswer),
    ),
    ("post", f"{_HOME}/blobs/small"): _Operation(
        "几份小内容（缩略图）一次取", (_LAPTOP,), _gives(blob_protocol.KnownQuestion), _Body(_BYTES)
    ),
    ("get", f"{_HOME}/blobs/{{sha256}}"): _Operation(
        "一张照片的内容，可按范围取", (_LAPTOP,), None, _Body(_BYTES), ("200", "206")
    ),
    ("options", f"{_HOME}/uploads"): _Operation("照片上传支持哪些功能", (_LAPTOP,), status=("204",)),
    ("post", f"{_HOME}/uploads"): _Operation("开始上传一张照片（tus 1.0）", (_LAPTOP,), status=("201",)),
    ("head", f"{_HOME}/uploads/{{uuid}}"): _Operation("上传到了哪里", (_LAPTOP,)),
    ("patch", f"{_HOME}/uploads/{{uuid}}"): _Operation(
        "接着上传", (_LAPTOP,), _Body(blob_protocol.UPLOAD_TYPE), status=("204",)
    ),
    ("delete", f"{_HOME}/uploads/{{uuid}}"): _Operation("放弃上传", (_LAPTOP,), status=("204",)),
    ("post", "/admin/v1/login"): _Operation(
        "登录，得到会话令牌", (_PASSWORD,), None, _gives(answers.Session)
    ),
    ("get", "/admin/v1/workspaces"): _Operation("管辖范围内的工作区", gives=_gives(list[answers.Workspace])),
    ("get", "/admin/v1/workspaces/{workspace}/counts"): _Operation(
        "一个工作区各类记录的数量", gives=_gives(dict[str, int])
    ),
    ("get", "/admin/v1/workspaces/{workspace}/state"): _Operation(
        "一个工作区的校验值和冲突数", gives=_gives(answers.State)
    ),
    ("post", "/admin/v1/codes"): _Operation(
        "发一次性登记码", takes=_gives(CodeWanted), gives=_gives(answers.Code)
    ),
    ("post", "/admin/v1/replicas/{replica}/revoke"): _Operation(
        "停用一台电脑", gives=_gives(answers.Replica)
    ),
    ("get", "/admin/v1/quarantine"): _Operation("停用电脑的待核实内容", gives=_gives(list[answers.Waiting])),
    ("post", "/admin/v1/quarantine/{replica}/release"): _Operation(
        "放行一台电脑的待核实内容", gives=_gives(answers.Released)
    ),
    ("post", "/admin/v1/quarantine/{replica}/discard"): _Operation(
        "标记为不采用", gives=_gives(answers.Discarded)
    ),
    ("get", "/admin/v1/restoration"): _Operation(
        "从备份恢复以来各电脑补送了什么", gives=_gives(answers.Restoration)
    ),
    ("get", "/admin/v1/findings"): _Operation("有问题的单项修改", gives=_gives(list[dict[str, str | int]])),
    ("get", "/admin/v1/same-devices"): _Operation(
        "从旧备份恢复或整机复制过的电脑", gives=_gives(list[dict[str, str]])
    ),
    ("get", "/admin/v1/channels/{division}"): _Operation(
        "一个区划向下发布过的内容", gives=_gives(list[answers.Publication])
    ),
    ("get", "/admin/v1/bulletin"): _Operation("一个区划一个月的通报", gives=_Body(SHEET)),
    ("get", PATH): _Operation("这份说明", (), None, _gives(dict[str, Any])),
}
_UNDESCRIBED = _Operation("（没有说明）", (_LAPTOP,))


def install(app: FastAPI) -> None:
    """Serve the description; call it when all other routes are there."""

    @app.get(PATH)
    async def described() -> Response:
        """This description."""
        return Response(content, media_type=_JSON)

    content = msgspec.json.encode(description(app))


def description(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the application."""
    schemas, refs = _schemas()
    found = get_openapi(
        title="驻村通省级同步服务器", version=__version__, openapi_version="3.1.0", routes=app.routes
    )
    for path in _NOT_DESCRIBED:
        found["paths"].pop(path, None)
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            _describe(operation, method, _OPERATIONS.get((method, path), _UNDESCRIBED), refs)
            operation["parameters"] = _parameters(path, operation.get("parameters", []))
    found["components"] = {"schemas": schemas, "securitySchemes": _SCHEMES}
    return found


def _parameters(path: str, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parameters of an operation, with those of its path that only its guards look at."""
    kept = [parameter for parameter in known if parameter["name"] != _INTERNAL]
    names = {parameter["name"] for parameter in kept}
    text = {"type": "string"}
    return kept + [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in re.findall(r"{(\w+)}", path)
        if name not in names
    ]


def _describe(operation: dict[str, Any], method: str, known: _Operation, refs: Mapping[int, Any]) -> None:
    operation["summary"] = known.summary
    operation["security"] = [{scheme: []} for scheme in known.security]
    operation.pop("requestBody", None)
    if known.takes is not None:
        operation["requestBody"] = {"required": True, "content": _content(known.takes, refs)}
    done: dict[str, Any] = {"description": "完成"}
    if known.gives is not None:
        done["content"] = _content(known.gives, refs)
    refused = {"schema": {"$ref": "#/components/schemas/Refused"}}
    bare = method in ("head", "options")
    operation["responses"] = {
        **dict.fromkeys(known.status, done),
        **{
            status: {"description": text, **({} if bare else {"content": {_JSON: refused}})}
            for status, text in _REFUSALS.items()
        },
    }


def _content(body: _Body, refs: Mapping[int, Any]) -> dict[str, Any]:
    return {body.media: {"schema": _BINARY if body.kind is None else refs[id(body)]}}


def _schemas() -> tuple[dict[str, Any], dict[int, Any]]:
    """Schemas by name, and what refers to them by body."""
    bodies = [body for body in _bodies() if body.kind is not None]
    kinds = [*(body.kind for body in bodies), answers.Refused]
    made, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return dict(schemas), {id(body): schema for body, schema in zip(bodies, made, strict=False)}


def _bodies() -> Iterable[_Body]:
    for operation in _OPERATIONS.values():
        yield from (body for body in (operation.takes, operation.gives) if body is not None)
