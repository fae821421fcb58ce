"""Who did what to the server, without personal data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import uuid_utils
from sqlalchemy import Connection, insert, select

from villageapp.models.server_tables import audit

PROVINCE = "140000"
"""County code of what concerns the whole province."""


def note(
    connection: Connection,
    county_code: str,
    action: str,
    workspace: str | None,
    subject: str,
    who: str = "",
) -> None:
    """Write one line in the caller's transaction; ``subject`` is an id, never a name.

    ``who`` is the login of an office or the system user at the console; empty for what a laptop did itself.
    """
    line = {"id": str(uuid_utils.uuid7()), "at": datetime.now(UTC), "action": action}
    connection.execute(
        insert(audit).values(county_code=county_code, workspace=workspace, subject=subject, who=who, **line)
    )


def latest(connection: Connection, most: int, county_code: str | None = None) -> list[dict[str, Any]]:
    """The last lines, newest first; of one county, or of all."""
    query = select(audit).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(most)
    if county_code is not None:
        query = query.where(audit.c.county_code == county_code)
    return [
        {**row, "at": row["at"].isoformat(timespec="seconds")} for row in connection.execute(query).mappings()
    ]
