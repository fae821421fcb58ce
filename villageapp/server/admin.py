"""Administration of the server, as functions that the command line calls. Each works beside a running server.

``data_dir`` is the server's data folder; ``dsn`` names its PostgreSQL, None the embedded one.
"""

from __future__ import annotations

import getpass
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, String, cast, collate, func, select, update

from villageapp.domain.village import place_of
from villageapp.errors import NotFound, Problem, ValidationFailed
from villageapp.models.server_tables import record, replica, workspace
from villageapp.server import accounts, audit_trail, issuing, project, records, restoration
from villageapp.server.accounts import Office
from villageapp.server.appending import locked_end
from villageapp.server.opening import Province, open_province
from villageapp.sync.chain import SERVER_ROLE
from villageapp.sync.digest import digest
from villageapp.sync.registers import Record

MAX_NAME = 40
DEFAULT_ROLE = "工作队员"


def init(data_dir: Path, dsn: str | None = None) -> None:
    """Make keys and schema; harmless when they are there. Raises Trouble."""
    with open_province(data_dir, dsn):
        pass


def enrol_code(
    data_dir: Path, dsn: str | None, village_code: str, name: str, role: str = DEFAULT_ROLE
) -> str:
    """A one-time code for a person (``name``) of a village team, valid for seven days.

    Makes the village's workspace when it is the first. Raises NotFound (no such village code),
    ValidationFailed (name or role), Trouble.
    """
    with open_province(data_dir, dsn) as province:
        return enrol_code_as(province, village_code, name, role, at_console())


def enrol_code_as(province: Province, village_code: str, name: str, role: str, office: Office) -> str:
    """As ``enrol_code``, on an opened server, in the name of an office. Raises NotAllowed too."""
    for value, label in ((name, "姓名"), (role, "角色")):
        if not value.strip() or len(value) > MAX_NAME or not value.isprintable():
            raise ValidationFailed([Problem("name", f"{label}应为 1 至 {MAX_NAME} 个字，没有发放登记码。")])
    if role.strip() == SERVER_ROLE:
        raise ValidationFailed([Problem("role", f"“{SERVER_ROLE}”不能作为队员的角色，没有发放登记码。")])
    place_of(village_code)
    office.check_acts(village_code)
    return issuing.issue_code(province, village_code, name.strip(), role.strip(), office.who)


def revoke(data_dir: Path, dsn: str | None, replica_id: str) -> None:
    """Trust this laptop no more; what it has sent stays. Raises NotFound, Trouble."""
    with open_province(data_dir, dsn) as province:
        revoke_as(province, replica_id, at_console())


def revoke_as(province: Province, replica_id: str, office: Office) -> None:
    """As ``revoke``, on an opened server, in the name of an office. Raises NotFound, NotAllowed.

    What it has delivered by now stays valid, whoever brings it; everything later goes to quarantine.
    """
    wanted = as_uuid(replica_id, "电脑编号")
    with province.engine.begin() as connection:
        for place in _enrolled(connection, wanted, office):
            end = locked_end(connection, place.county_code, place.workspace)
            delivered = end.heads.get(wanted, (0, b""))[0]
            columns = replica.c
            connection.execute(
                update(replica)
                .where(
                    columns.county_code == place.county_code,
                    columns.workspace == place.workspace,
                    columns.replica_id == wanted,
                )
                .values(revoked_at=datetime.now(UTC), revoked_seq=delivered)
            )
            audit_trail.note(connection, place.county_code, "revoked", place.workspace, wanted, office.who)


def _enrolled(connection: Connection, replica_id: str, office: Office) -> Sequence[Any]:
    """County and workspace where a laptop is enrolled and in use. Raises NotFound, NotAllowed."""
    columns = replica.c
    same = (workspace.c.county_code == columns.county_code) & (workspace.c.workspace == columns.workspace)
    found = connection.execute(
        select(columns.county_code, columns.workspace, workspace.c.village_code)
        .join(workspace, same)
        .where(columns.replica_id == replica_id, columns.revoked_at.is_(None))
    ).all()
    if not any(office.covers(row.village_code) for row in found):
        raise NotFound(f"没有编号为 {replica_id} 且在用的电脑。", remedy="请核对编号，可能已经停用。")
    for row in found:
        office.check_acts(row.village_code)
    return found


def restored(data_dir: Path, dsn: str | None) -> str:
    """Say that the database was restored from a backup; the new epoch. Raises Trouble."""
    with open_province(data_dir, dsn) as province, province.engine.begin() as connection:
        return restoration.restored_by_hand(connection, data_dir, at_console().who)


def rebuild(data_dir: Path, dsn: str | None, workspace_id: str | None = None) -> None:
    """Make the records of one workspace, or of all, again from the log. Raises NotFound, Trouble."""
    with open_province(data_dir, dsn) as province:
        home = None if workspace_id is None else _known(province, workspace_id)[1]
        project.rebuild(province.engine, home)
        with province.engine.begin() as connection:
            who = at_console().who
            audit_trail.note(connection, audit_trail.PROVINCE, "rebuilt", home, home or "all", who)


def counts(data_dir: Path, dsn: str | None, workspace_id: str) -> dict[str, int]:
    """Records per entity of a workspace, deleted ones left out. Raises NotFound, Trouble."""
    with open_province(data_dir, dsn) as province:
        return counts_of(province, workspace_id)


def state_hash(data_dir: Path, dsn: str | None, workspace_id: str) -> str:
    """The digest that equals that of every laptop with the same changes. Raises NotFound, Trouble."""
    with open_province(data_dir, dsn) as province:
        return str(state_of(province, workspace_id)["hash"])


def at_console() -> Office:
    """The administration at the server itself, with the name of its system user."""
    try:
        user = getpass.getuser()
    except OSError:  # a service account without a name
        user = "unknown"
    return accounts.console(f"console:{user}")


def workspaces(province: Province, prefix: str = "") -> list[dict[str, str]]:
    """Every workspace with its village code; ``prefix``: of villages whose code begins with it."""
    columns = workspace.c
    query = select(columns.workspace, columns.village_code, columns.county_code, columns.kind)
    query = query.where(columns.village_code.startswith(prefix, autoescape=True))
    with province.engine.connect() as connection:
        rows = connection.execute(query.order_by(columns.village_code)).mappings()
        return [dict(row) for row in rows]


def counts_of(province: Province, workspace_id: str, prefix: str = "") -> dict[str, int]:
    """As ``counts``, on an opened server: projects what waits, then counts."""
    county, home = _projected(province, workspace_id, prefix)
    query = (
        select(record.c.entity, func.count())
        .where(record.c.county_code == county, record.c.workspace == home, record.c.deleted.is_(False))
        .group_by(record.c.entity)
    )
    with province.engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def state_of(province: Province, workspace_id: str, prefix: str = "") -> dict[str, str | int]:
    """Digest, number of records and of fields in conflict of a workspace."""
    county, home = _projected(province, workspace_id, prefix)
    with province.engine.connect() as connection:
        total, conflicts = connection.execute(
            select(func.count(), func.coalesce(func.sum(record.c.conflicts), 0)).where(
                record.c.county_code == county, record.c.workspace == home
            )
        ).one()
        return {
            "hash": digest(_records(connection, county, home)),
            "records": total,
            "conflicts": int(conflicts),
        }


def _projected(province: Province, workspace_id: str, prefix: str = "") -> tuple[str, str]:
    """County and canonical id of a workspace whose records are up to date."""
    county, home = _known(province, workspace_id, prefix)
    project.project_all(province.engine, home)
    return county, home


def _known(province: Province, workspace_id: str, prefix: str = "") -> tuple[str, str]:
    """County and canonical id of a workspace of a division. Raises NotFound."""
    home = as_uuid(workspace_id, "工作区编号")
    columns = workspace.c
    query = select(columns.county_code).where(
        columns.workspace == home, columns.village_code.startswith(prefix, autoescape=True)
    )
    with province.engine.connect() as connection:
        county = connection.execute(query).scalar_one_or_none()
    if county is None:
        raise NotFound(f"服务器上没有工作区 {home}。", remedy="请核对编号。")
    return county, home


def _records(connection: Connection, county: str, home: str) -> Iterator[tuple[str, str, Record]]:
    """All records in order of entity and id, streamed."""
    columns = record.c
    query = (
        select(
            columns.entity,
            columns.record_id,
            cast(columns.doc, String),
            columns.state,
            columns.created_hlc,
            columns.created_by,
            columns.updated_hlc,
            columns.updated_by,
        )
        .where(columns.county_code == county, columns.workspace == home)
        .order_by(collate(columns.entity, "C"), columns.record_id)
        .execution_options(yield_per=2000)
    )
    for entity, record_id, doc, state, c_hlc, c_by, u_hlc, u_by in connection.execute(query):
        yield entity, record_id, records.from_row(doc, state, (c_hlc, c_by), (u_hlc, u_by))


def as_uuid(text: str, label: str) -> str:
    """The canonical form of an id that somebody typed. Raises NotFound."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise NotFound(f"{label}“{text[:40]}”格式不对。", remedy="请核对编号。") from error
