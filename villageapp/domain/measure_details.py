"""What some measures carry beside the measure itself: loans, posts, training, insurance, 雨露, coupons (domain.md 2.4)."""

from __future__ import annotations

from villageapp.domain.fields import Field, Form, Kind

_MOST = 10_000_000_00


def _detail(entity: str, title: str, *fields: Field) -> Form:
    """A form of records that belong to one measure of one household."""
    return Form(
        entity,
        title,
        (
            Field("measure_id", "所属措施", Kind.REF),
            Field("household_id", "所在户", Kind.REF, required=True),
            Field("member_id", "享受人", Kind.REF),
            *fields,
            Field("note", "备注", Kind.NOTE, max_length=2000),
        ),
    )


LOAN = _detail(
    "loan",
    "小额信贷",
    Field("bank", "贷款银行", required=True, max_length=60),
    Field("contract_no", "合同编号", max_length=40),
    Field("principal", "本金", Kind.MONEY, required=True, minimum=1, maximum=_MOST, unit="元"),
    Field("outstanding", "未还本金", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
    Field("rate_bp", "年利率（万分之）", Kind.INTEGER, minimum=0, maximum=5000),
    Field("start_on", "放款日期", Kind.DATE, required=True),
    Field("due_on", "到期日期", Kind.DATE, required=True),
    Field("purpose", "用途", required=True, max_length=60),
    Field("subsidised_principal", "贴息本金", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
    Field("extra", "超 5 万元追加", Kind.YES_NO),
    Field("extra_reason", "追加理由", max_length=200),
    Field("extension", "续贷展期", Kind.CODE, choices="CL_LOAN_EXTENSION"),
    Field("status", "贷款状态", Kind.CODE, required=True, choices="CL_LOAN_STATUS"),
)

PUBLIC_POST = _detail(
    "public_post",
    "公益岗位",
    Field("post_kind", "岗位", Kind.CODE, required=True, choices="CL_MEASURE_ITEM"),
    Field("fund_source", "资金来源", Kind.CODE, required=True, choices="CL_POST_FUND"),
    Field("agreement_start", "协议开始", Kind.DATE, required=True),
    Field("agreement_end", "协议结束", Kind.DATE, required=True),
    Field("month_pay", "月工资", Kind.MONEY, required=True, minimum=0, maximum=100_000_00, unit="元"),
    Field("duty", "岗位职责", max_length=200),
    Field("override_reason", "一户多岗理由", max_length=200),
    Field("attended", "出勤与发放", Kind.ROWS, help="每行：month、days、paid（分）"),
)

TRAINING = _detail(
    "training",
    "技能培训",
    Field("course", "培训内容", required=True, max_length=60),
    Field("start_on", "开始日期", Kind.DATE),
    Field("hours", "学时", Kind.INTEGER, minimum=0, maximum=10_000, unit="学时"),
    Field("certificate", "证书", max_length=60),
)

INSURANCE = _detail(
    "insurance",
    "保险",
    Field("kind", "保险类别", Kind.CODE, required=True, choices="CL_INSURANCE_KIND"),
    Field("insurer", "承保公司", max_length=60),
    Field("start_on", "起保日期", Kind.DATE),
    Field("end_on", "终保日期", Kind.DATE),
    Field("sum_insured", "保额", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
    Field("premium", "保费", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
    Field("household_share", "农户自缴", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
    Field("claim", "赔付", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
)

RAIN_DEW = _detail(
    "rain_dew",
    "雨露计划",
    Field("school", "学校", required=True, max_length=60),
    Field("school_year", "学年", required=True, max_length=9),
    Field("semester", "学期", Kind.CODE, required=True, choices="CL_SEMESTER"),
    Field("amount", "补助金额", Kind.MONEY, required=True, minimum=0, maximum=100_000_00, unit="元"),
    Field("paid_on", "发放日期", Kind.DATE),
)

COUPON = _detail(
    "coupon",
    "爱心消费券",
    Field("round", "轮次", Kind.INTEGER, required=True, minimum=1, maximum=20),
    Field("face_value", "面额", Kind.MONEY, required=True, minimum=1, maximum=100_000_00, unit="元"),
    Field("received_on", "领取日期", Kind.DATE, required=True),
    Field("signed_on_paper", "已签字", Kind.YES_NO),
)

EMERGENCY_GRANT = _detail(
    "emergency_grant",
    "应急救助",
    Field("applied_on", "申请日期", Kind.DATE, required=True),
    Field("reason", "申请事由", required=True, max_length=200),
    Field("requested", "申请金额", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
    Field("approved_on", "审批日期", Kind.DATE),
    Field("approver", "审批人", max_length=20),
    Field("amount", "救助金额", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
    Field("paid_on", "发放日期", Kind.DATE),
)

SALE = _detail(
    "sale",
    "消费帮扶销售",
    Field("product", "产品", required=True, max_length=40),
    Field("qty", "数量", Kind.DECIMAL, minimum=0, maximum=1_000_000),
    Field("qty_unit", "单位", max_length=10),
    Field("amount", "金额", Kind.MONEY, required=True, minimum=0, maximum=_MOST, unit="元"),
    Field("household_share", "农户所得", Kind.MONEY, minimum=0, maximum=_MOST, unit="元"),
    Field("buyer", "采购方", max_length=60),
    Field("channel", "销售渠道", Kind.CODE, required=True, choices="CL_SALE_CHANNEL"),
    Field("sold_on", "销售日期", Kind.DATE, required=True),
)
