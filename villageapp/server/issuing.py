"""Handing out one-time codes, and the workspaces that they are for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import uuid_utils
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.domain.village import place_of
from villageapp.errors import AlreadyDone, NotFound, Trouble
from villageapp.models.server_tables import enrol_code, projection, workspace
from villageapp.server import audit_trail, codes
from villageapp.server.accounts import Office
from villageapp.server.opening import Province

CODE_DAYS = 7
_ATTEMPTS = 10


def issue_code(province: Province, village_code: str, name: str, role: str, who: str = "") -> str:
    """A one-time code for a person of a village team; makes the village's workspace when it is new.

    Raises NotFound for a code that is no village of the province.
    """
    county, now = place_of(village_code).county_code, datetime.now(UTC)
    with province.engine.begin() as connection:
        home = _workspace_of(connection, county, village_code, now)
        for _ in range(_ATTEMPTS):
            code = codes.new_code()
            plain = codes.plain_code(code)
            values: dict[str, Any] = {
                "county_code": county,
                "code_id": codes.code_id(plain),
                "workspace": home,
                "code_hash": codes.code_hash(plain, province.key),
                "user_name": name,
                "role": role,
                "tries": 0,
                "created_at": now,
                "expires_at": now + timedelta(days=CODE_DAYS),
            }
            entry = upsert(enrol_code).values(values).on_conflict_do_nothing()
            if connection.execute(entry.returning(enrol_code.c.code_id)).one_or_none() is not None:
                audit_trail.note(connection, county, "enrol_code", home, values["code_id"], who)
                return code
    raise Trouble("没有找到空闲的登记码，没有发放。", remedy="请稍后再试。", code="no_free_code")


def _workspace_of(connection: Connection, county: str, village_code: str, now: datetime) -> str:
    """The workspace of a village, made when it is new."""
    key = {"county_code": county, "workspace": str(uuid_utils.uuid7())}
    row = {**key, "village_code": village_code, "kind": "village", "last_arrived": 0, "created_at": now}
    entry = (
        upsert(workspace).values(row).on_conflict_do_nothing(index_elements=["county_code", "village_code"])
    )
    if connection.execute(entry.returning(workspace.c.workspace)).one_or_none() is not None:
        connection.execute(insert(projection).values(**key, arrived=0, vector={}, failure=""))
        return key["workspace"]
    known = select(workspace.c.workspace).where(
        workspace.c.county_code == county, workspace.c.village_code == village_code
    )
    return str(connection.execute(known).scalar_one())


def recode(province: Province, old_code: str, new_code: str, office: Office) -> None:
    """Give a village's workspace the code that the village has now; the id of the workspace stays.

    Raises NotFound (no such village), NotAllowed, AlreadyDone (the new code has a workspace: merge them instead),
    Trouble (another county: its records lie elsewhere, so they are moved by merging).
    """
    old, new = place_of(old_code).county_code, place_of(new_code).county_code
    office.check_acts(old_code)
    office.check_acts(new_code)
    if old != new:
        raise Trouble(
            "新代码属于另一个县，没有改动。",
            remedy="请给新代码发登记码建立新村，再用 server merge-village 迁移。",
            code="other_county",
        )
    columns = workspace.c
    with province.engine.begin() as connection:
        taken = connection.execute(
            select(columns.workspace).where(columns.county_code == new, columns.village_code == new_code)
        ).scalar_one_or_none()
        if taken is not None:
            raise AlreadyDone(
                "新代码已经有工作区，没有改动。", remedy="两个村合并请用 server merge-village。"
            )
        home = connection.execute(
            update(workspace)
            .where(columns.county_code == old, columns.village_code == old_code)
            .values(village_code=new_code)
            .returning(columns.workspace)
        ).scalar_one_or_none()
        if home is None:
            raise NotFound(f"村 {old_code} 还没有在服务器登记，没有改动。", remedy="请核对代码。")
        audit_trail.note(connection, old, "village_recoded", home, f"{old_code} {new_code}", office.who)
