"""Who did what to the server, without personal data."""

from __future__ import annotations

from datetime import UTC, datetime

import uuid_utils
from sqlalchemy import Connection, insert

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
