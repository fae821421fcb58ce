"""A household moves to another village: its records go to the other workspace, and so does what somebody who did
not know of it writes about them afterwards.

Two steps, each in a transaction of its own and each harmless when repeated: a copy there, written by the server
with the original times and persons, then a deletion here that has seen all of it. The two workspaces may lie
in different counties, so no transaction spans both. A courier (``carry_late_work``) then looks through what
arrives here: an edit of a moved record, or a new visit to a moved household, is written there with its author's
name, and deleted here again.
"""

from __future__ import annotations

import logging
from typing import Any

import uuid_utils
from sqlalchemy import Engine, insert, or_, select

from villageapp.domain.village import place_of
from villageapp.errors import AlreadyDone, NotFound
from villageapp.models.server_tables import projection, record, transfer, workspace
from villageapp.server import audit_trail, project
from villageapp.server.accounts import Office
from villageapp.server.opening import Province
from villageapp.server.records import Place
from villageapp.server.transfer_changes import HOUSEHOLD, Carried
from villageapp.server.transfer_rows import (
    EVERYBODY,
    IN,
    NOBODY,
    OUT,
    Move,
    carried_by,
    lies_in,
    row_of,
)
from villageapp.server.transfer_steps import finish

_log = logging.getLogger(__name__)


def move_household(
    province: Province, household_no: str, from_village: str, to_village: str, office: Office
) -> dict[str, Any]:
    """Move a household (by its 16-digit number) and all that belongs to it; ``{"transfer_id", "records"}``.

    Repeating it after an interruption goes on with the same transfer. Raises NotFound (village, household),
    AlreadyDone (it is there already), NotAllowed.
    """
    here, there = _places(province, from_village, to_village, office)
    move = _unfinished(province.engine, here, there, household_no)
    if move is None:
        project.project_all(province.engine, here.workspace)
        household_id = _household(province.engine, here, household_no)
        move = _begin(province.engine, here, there, (household_id, household_no), office)
    return _finished(province, move)


def merge_village(province: Province, from_village: str, to_village: str, office: Office) -> dict[str, Any]:
    """Move every household of a village that has been merged into another one, now and in time to come.

    What belongs to the old village as such (its assets, its team's work logs) stays in its log. Answers and
    raises as ``move_household`` does.
    """
    here, there = _places(province, from_village, to_village, office)
    move = _unfinished(province.engine, here, there, EVERYBODY)
    if move is None:
        move = _begin(province.engine, here, there, (NOBODY, EVERYBODY), office)
    return _finished(province, move)


def _places(province: Province, from_village: str, to_village: str, office: Office) -> tuple[Place, Place]:
    here, there = (_workspace_of(province.engine, village) for village in (from_village, to_village))
    for village in (from_village, to_village):
        office.check_acts(village)
    if here == there:
        raise AlreadyDone("迁出村和迁入村相同，没有改动。")
    return here, there


def _finished(province: Province, move: Move) -> dict[str, Any]:
    finish(province, move)
    with province.engine.connect() as connection:
        carried = carried_by(connection, move)
    return {"transfer_id": move.transfer_id, "records": len(carried.records)}


def carry_late_work(province: Province) -> int:
    """Carry over what has arrived for moved records since; how many changes. Finishes interrupted transfers."""
    carried = 0
    for move in _waiting(province.engine):
        moved = finish(province, move)
        if moved:
            _log.info("transfer %s: %d late changes carried over", move.transfer_id, moved)
        carried += moved
    return carried


def _workspace_of(engine: Engine, village_code: str) -> Place:
    """Raises NotFound."""
    county = place_of(village_code).county_code
    columns = workspace.c
    query = select(columns.workspace).where(
        columns.county_code == county, columns.village_code == village_code, columns.kind == "village"
    )
    with engine.connect() as connection:
        found = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound(
            f"村 {village_code} 还没有在服务器登记，没有改动。", remedy="请先给该村发登记码并登记电脑。"
        )
    return Place(county, found)


def _household(engine: Engine, here: Place, household_no: str) -> str:
    columns = record.c
    query = select(columns.record_id).where(
        *lies_in(record, here),
        columns.entity == HOUSEHOLD,
        columns.deleted.is_(False),
        columns.doc["national_hh_no"].astext == household_no,
    )
    with engine.connect() as connection:
        found = connection.execute(query).scalars().all()
    if len(found) != 1:
        what = "没有" if not found else "有几户"
        raise NotFound(
            f"迁出村{what}户编号为 {household_no[:20]} 的农户，没有改动。", remedy="请核对户编号。"
        )
    return str(found[0])


def _unfinished(engine: Engine, here: Place, there: Place, household_no: str) -> Move | None:
    columns = transfer.c
    query = select(columns.transfer_id, columns.household_id).where(
        *lies_in(transfer, here),
        columns.side == OUT,
        columns.other_workspace == there.workspace,
        columns.household_no == household_no,
        columns.done_at.is_(None),
    )
    with engine.connect() as connection:
        row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else Move(row.transfer_id, here, there, row.household_id, household_no)


def _begin(engine: Engine, here: Place, there: Place, household: tuple[str, str], office: Office) -> Move:
    move = Move(str(uuid_utils.uuid7()), here, there, *household)
    with engine.begin() as connection:
        connection.execute(insert(transfer).values(row_of(move, OUT, here, there, 0, Carried())))
        audit_trail.note(
            connection, here.county_code, "household_moved", here.workspace, move.transfer_id, office.who
        )
    return move


def _waiting(engine: Engine) -> list[Move]:
    """Transfers with a step undone, or with something new to look through where the household left."""
    columns, old = transfer.c, projection.c
    incoming = transfer.alias().c
    query = (
        select(
            columns.transfer_id,
            columns.county_code,
            columns.workspace,
            columns.other_county,
            columns.other_workspace,
            columns.household_id,
            columns.household_no,
        )
        .join(projection, (old.county_code == columns.county_code) & (old.workspace == columns.workspace))
        .outerjoin(
            incoming.transfer_id.table,
            (incoming.county_code == columns.other_county)
            & (incoming.transfer_id == columns.transfer_id)
            & (incoming.side == IN),
        )
        .where(columns.side == OUT, or_(columns.done_at.is_(None), old.arrived > incoming.looked))
    )
    with engine.connect() as connection:
        return [
            Move(
                row.transfer_id,
                Place(row.county_code, row.workspace),
                Place(row.other_county, row.other_workspace),
                row.household_id,
                row.household_no,
            )
            for row in connection.execute(query)
        ]
