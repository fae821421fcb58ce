"""Coupons of a month as lines of the register that households sign (domain.md 2.4, 4.8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from villageapp.domain.measure_details import COUPON
from villageapp.domain.money import yuan
from villageapp.services import records
from villageapp.services.registers import people

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_SIGNED = "已在纸上签字"


def handed_out(work: Workspace, month: date) -> dict[str, list[tuple[str, ...]]]:
    """By household, a line for each round received in the month: name, value, signature, proxy (left empty), day."""
    rounds: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for coupon in records.list_records(work, COUPON.entity):
        if coupon["received_on"].replace(day=1) == month.replace(day=1):
            rounds[coupon["household_id"], coupon["round"]].append(coupon)
    names = people(work) if rounds else {}
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for household_id, number in sorted(rounds):
        found[household_id].append(_line(number, rounds[household_id, number], names))
    return dict(found)


def _line(number: int, coupons: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> tuple[str, ...]:
    total = f"{yuan(sum(coupon['face_value'] for coupon in coupons))} 元"
    meant_for = dict.fromkeys(names.get(coupon["member_id"] or "", "") for coupon in coupons)
    whose = "、".join(name for name in meant_for if name)
    days = sorted({coupon["received_on"] for coupon in coupons})
    return (
        f"{COUPON.title}第{number}轮" + (f"（{whose}）" if whose else ""),
        total if len(coupons) == 1 else f"{total}（{len(coupons)} 张）",
        _SIGNED if all(coupon["signed_on_paper"] for coupon in coupons) else "",
        "",
        "、".join(map(str, days)),
    )
