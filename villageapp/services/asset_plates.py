"""资产标牌: a plate for each asset of the village that is still there; public, so no telephone of a person (R-NOTICE)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from villageapp.domain import notice
from villageapp.domain.asset import ASSET
from villageapp.domain.fields import show
from villageapp.errors import Problem, ValidationFailed
from villageapp.reports.asset_plate import ON_A_PAGE, TITLE, AssetPlate, plate_sheet, plate_texts
from villageapp.services import asset_pages
from villageapp.services.imprints import data_version, village_line
from villageapp.services.paper_files import Papers
from villageapp.services.private_facts import private_facts
from villageapp.services.reminders import DISPOSED
from villageapp.services.villages import this_village

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_LABELS = ("编号", "类别", "资金", "建成", "所有", "管护", "监督")


def plate_papers(work: Workspace, *, blank: bool = False) -> Papers:
    """Plates by asset number; a page of empty ones without any.

    Raises ValidationFailed while they are made (something private would become public), UnsetParameter.
    """
    rows = [] if blank else [row for row in asset_pages.page(work).assets if not _is_gone(row.values)]
    empty = AssetPlate("", 0, village_line(work), "名称：", tuple((label, "") for label in _LABELS))

    def sheets(_measure: object) -> Iterator[Any]:
        yield plate_sheet(list(_plates(work, rows)) or [empty] * ON_A_PAGE)

    return Papers(TITLE, len(rows) or ON_A_PAGE, sheets, 1)


def _is_gone(values: Mapping[str, Any]) -> bool:
    return values["status"] in DISPOSED


def _plates(work: Workspace, rows: list[asset_pages.AssetRow]) -> Iterator[AssetPlate]:
    phone = this_village(work).get("town_phone") or ""
    version, village, private = data_version(work), village_line(work), private_facts(work)
    for row in rows:
        texts = _texts(row.values, phone)
        plate = AssetPlate(
            row.id, version, village, row.values["name"], tuple(zip(_LABELS, texts, strict=True))
        )
        judged = notice.judge_text(plate_texts(plate), private, [phone] if phone else [])
        if not judged.allowed:
            raise ValidationFailed(
                [Problem("", f"资产“{row.values['name']}”：{reason.message}") for reason in judged.reasons]
            )
        yield plate


def _texts(values: Mapping[str, Any], phone: str) -> tuple[str, ...]:
    return (
        values["asset_no"],
        show(ASSET["asset_class"], values["asset_class"]),
        show(ASSET["fund_level"], values["fund_level"]),
        f"{values['built_year']}年",
        values["owner"] or show(ASSET["owner_level"], values["owner_level"]),
        values["custodian"],
        "　".join(part for part in (values["supervisor"] or "", phone) if part),
    )
