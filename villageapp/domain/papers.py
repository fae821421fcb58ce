"""Papers of the trade: policies, consents, signatures, attachments, public notices (domain.md 2.11 – 2.13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from villageapp.domain.fields import Field, Form, Kind
from villageapp.errors import Problem

BY_PROXY, BY_FINGERPRINT = "代签", "按手印"


def _proxy_is_named(values: Mapping[str, Any]) -> Iterable[Problem]:
    if values.get("method") == BY_PROXY:
        for name in ("agent_name", "agent_relation", "agent_reason"):
            if name in values and not values[name]:
                yield Problem(name, f"代签须填写{CONSENT[name].label}")
    if values.get("method") in (BY_PROXY, BY_FINGERPRINT) and "witness" in values and not values["witness"]:
        yield Problem("witness", "按手印或代签须有见证人")


POLICY = Form(
    "policy",
    "政策",
    (
        Field("policy_no", "政策编号", required=True, max_length=40),
        Field("title", "政策名称", required=True, max_length=100),
        Field("level", "政策层级", Kind.CODE, required=True, choices="CL_POLICY_LEVEL"),
        Field("issuer", "发文单位", max_length=60),
        Field("doc_no", "文号", max_length=60),
        Field("issued_on", "发文日期", Kind.DATE),
        Field("effective_from", "生效日期", Kind.DATE, required=True),
        Field("effective_to", "失效日期", Kind.DATE),
        Field("category", "政策类别", Kind.CODE, required=True, choices="CL_POLICY_CAT"),
        Field("target", "适用条件", Kind.ROWS, help="每行：subject、field、op、value"),
        Field("measure_item", "对应措施", Kind.CODE, choices="CL_MEASURE_ITEM"),
        Field("standard_text", "标准", Kind.NOTE, max_length=2000),
        Field("how_to_apply", "办理方式", Kind.NOTE, max_length=2000),
        Field("materials", "所需材料", Kind.NOTE, max_length=2000),
        Field("contact", "咨询电话", max_length=60),
        Field("pocket_text", "口袋书文字", Kind.NOTE, max_length=200),
        Field("superseded_by", "被何政策取代", max_length=40),
        Field("source", "来源", max_length=200),
    ),
)

CONSENT = Form(
    "consent",
    "授权",
    (
        Field("household_id", "所在户", Kind.REF, required=True),
        Field("kind", "授权类别", Kind.CODE, required=True, choices="CL_CONSENT"),
        Field("member_ids", "授权人", Kind.REFS),
        Field("text_version", "文本版本", required=True, max_length=20),
        Field("signed_on", "签字日期", Kind.DATE, required=True),
        Field("method", "签字方式", Kind.CODE, required=True, choices="CL_SIGN_METHOD"),
        Field("agent_name", "代签人", max_length=20),
        Field("agent_relation", "代签人关系", max_length=20),
        Field("agent_reason", "代签原因", max_length=100),
        Field("witness", "见证人", max_length=20),
        Field("withdrawn_on", "撤回日期", Kind.DATE),
        Field("note", "备注", Kind.NOTE, max_length=2000),
    ),
    rules=(_proxy_is_named,),
)

SIGNATURE = Form(
    "signature",
    "签字",
    (
        Field("owner_entity", "所属记录类别", required=True, max_length=40),
        Field("owner_id", "所属记录", Kind.REF, required=True),
        Field("signer", "签字人", required=True, max_length=20),
        Field("role", "签字身份", max_length=20),
        Field("signed_at", "签字时间", Kind.INSTANT, required=True),
        Field("file_id", "签字图像", Kind.REF),
        Field("device", "签字设备", max_length=60),
        Field("content_hash", "所签内容的校验值", required=True, max_length=64),
    ),
)

ATTACHMENT = Form(
    "attachment",
    "附件",
    (
        Field("owner_entity", "所属记录类别", required=True, max_length=40),
        Field("owner_id", "所属记录", Kind.REF, required=True),
        Field("kind", "附件类别", Kind.CODE, required=True, choices="CL_FILE_KIND"),
        Field("taken_at", "拍摄时间", Kind.INSTANT),
        Field("sha256", "校验值", required=True, max_length=64),
        Field("size", "字节数", Kind.INTEGER, required=True, minimum=0, maximum=100_000_000),
        Field("width", "宽", Kind.INTEGER, minimum=0, maximum=100_000),
        Field("height", "高", Kind.INTEGER, minimum=0, maximum=100_000),
        Field("caption", "说明", max_length=100),
        Field("sensitive", "敏感", Kind.YES_NO),
        Field("watermark", "加水印", Kind.YES_NO),
    ),
)

NOTICE = Form(
    "notice",
    "公告公示",
    (
        Field("kind", "公示类别", Kind.CODE, required=True, choices="CL_NOTICE_KIND"),
        Field("subject_entity", "所涉记录类别", max_length=40),
        Field("subject_id", "所涉记录", Kind.REF),
        Field("title", "标题", required=True, max_length=100),
        Field("content", "内容", Kind.NOTE, required=True, max_length=5000),
        Field("place", "张贴地点", required=True, max_length=60),
        Field("start_on", "开始日期", Kind.DATE, required=True),
        Field("end_on", "结束日期", Kind.DATE),
        Field("objections", "异议", Kind.NOTE, max_length=2000),
    ),
)
