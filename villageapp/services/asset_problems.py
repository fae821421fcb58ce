"""An asset that is not 正常 opens a problem item, as domain.md 2.8 wants; one open item per asset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain.problem import OPEN_STATES
from villageapp.models.records import ProblemItem
from villageapp.services.problems import OpenedProblem, open_item, opened

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

NORMAL, DISPOSED = "正常", "处置"
"""CL_ASSET_STATUS: neither opens an item, a disposal is a decision of its own."""
CUSTODY = "11"
"""CL_PROBLEM_CAT 资产管护/光伏."""
FOUND_BY_CADRES = "20"
_item = ProblemItem.__table__.c


def follow(
    work: Workspace, session: Session, asset_id: str, values: Mapping[str, Any]
) -> OpenedProblem | None:
    """The item that the asset's status opens (or that stands open for it); None for a sound asset."""
    if values["status"] in (NORMAL, DISPOSED):
        return None
    session.flush()
    standing = session.scalars(
        select(ProblemItem)
        .where(_item.asset_id == asset_id, _item.state.in_(OPEN_STATES), _item.deleted.is_(False))
        .order_by(_item.reported_on, _item.id)
        .limit(1)
    ).first()
    if standing is not None:
        return opened(standing, existing=True)
    title = f"资产{values['status']}：{values['asset_no']} {values['name']}"[:100]
    clean = {
        "scope": "项目",
        "asset_id": asset_id,
        "source": FOUND_BY_CADRES,
        "category": CUSTODY,
        "title": title,
        "description": f"{title}，位置：{values['place']}，管护人：{values['custodian']}。",
        "reported_on": work.today(),
    }
    return opened(open_item(work, session, clean))
