"""Who did what to the server, without personal data."""

from __future__ import annotations

from datetime import UTC, datetime

import uuid_utils
from sqlalchemy import Connection, insert

from villageapp.models.server_tables import audit


def note(connection: Connection, county_code: str, action: str, workspace: str | None, subject: str) -> None:
    """Write one line in the caller's transaction; ``subject`` is an id, never a name."""
    line = {"id": str(uuid_utils.uuid7()), "at": datetime.now(UTC), "action": action}
    connection.execute(
        insert(audit).values(county_code=county_code, workspace=workspace, subject=subject, **line)
    )
