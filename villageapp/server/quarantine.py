"""Segments that a revoked laptop wrote after its revocation: kept, not applied, until a person decides.

A revocation counts from a sequence number: what the laptop had delivered by then stays, and whoever brings
the same segments again is right to do so. Everything later is kept here, whoever brings it. Releasing puts
the segments at the end of the log, verified again; discarding only marks them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.errors import NotFound, SyncError
from villageapp.models.server_tables import certificate, quarantine, replica, server_state, vector, workspace
from villageapp.server import audit_trail, releasing
from villageapp.server.access import Laptop
from villageapp.server.accounts import Office
from villageapp.server.appending import locked_end
from villageapp.server.opening import Province
from villageapp.server.releasing import Branch, Release, does_not_fit
from villageapp.sync import chain
from villageapp.sync.chain import Certificate, Header, Refusal, Refused, Sealed, Signed

_WAITING = (quarantine.c.released_at.is_(None), quarantine.c.discarded_at.is_(None))
MAX_BYTES = 64 * 1024 * 1024
"""Of one laptop's segments in quarantine: a stolen laptop must not fill the disk."""


def limits(connection: Connection, laptop: Laptop) -> Mapping[str, int]:
    """Revoked laptops of the workspace, each with the last sequence number that is still taken from anybody.

    A segment of such a laptop that ends after that number belongs to ``keep``. The number is what it had
    delivered when it was revoked (which a restored server may lack again), or what was released since.
    """
    same = (
        (vector.c.county_code == replica.c.county_code)
        & (vector.c.workspace == replica.c.workspace)
        & (vector.c.replica_id == replica.c.replica_id)
    )
    delivered = func.greatest(func.coalesce(vector.c.last_seq, 0), func.coalesce(replica.c.revoked_seq, 0))
    rows = connection.execute(
        select(replica.c.replica_id, delivered)
        .outerjoin(vector, same)
        .where(
            replica.c.county_code == laptop.county_code,
            replica.c.workspace == laptop.workspace,
            replica.c.revoked_at.is_not(None),
        )
    )
    return {row[0]: row[1] for row in rows}


def keep(connection: Connection, laptop: Laptop, sealed: Sealed, header: Header) -> bool:
    """Keep a segment of a revoked laptop, brought by itself or a colleague; False when it is kept already.

    Workspace, author and signature are checked; continuity is when it is released, for segments may come
    in any order. Raises Refusal: wrong_workspace, not_enrolled, bad_signature, too_large.
    """
    author = _certificate(connection, laptop.county_code, laptop.workspace, header.replica_id)
    chain.judge(sealed, header, laptop.workspace, author, header.first_seq - 1, header.prev_hash)
    _check_room(connection, laptop, header.replica_id, len(sealed.body))
    row = {
        "county_code": laptop.county_code,
        "workspace": laptop.workspace,
        "replica_id": header.replica_id,
        "first_seq": header.first_seq,
        "last_seq": header.last_seq,
        "hash": sealed.hash,
        "header": sealed.header,
        "body": sealed.body,
        "signature": sealed.signature,
        "received_at": datetime.now(UTC),
    }
    entry = upsert(quarantine).values(row).on_conflict_do_nothing()
    return connection.execute(entry.returning(quarantine.c.first_seq)).one_or_none() is not None


def kept_apart(header: Header) -> Refusal:
    """What whoever brought it is told about a segment in quarantine."""
    return Refusal(
        Refused.REVOKED,
        "写这段内容的电脑已被停用，内容由服务器单独保管，等管理员核实后放行。",
        header.first_seq,
    )


def listing(connection: Connection, prefix: str = "") -> list[dict[str, Any]]:
    """Per laptop with segments waiting: their number, changes, bytes and instants of arrival.

    ``prefix``: only of villages whose code begins with it.
    """
    columns = quarantine.c
    place = (columns.county_code, columns.workspace, columns.replica_id)
    query = (
        select(
            *place,
            workspace.c.village_code,
            func.count().label("segments"),
            func.sum(columns.last_seq - columns.first_seq + 1).label("changes"),
            func.sum(func.octet_length(columns.body)).label("bytes"),
            func.min(columns.received_at).label("first_received"),
            func.max(columns.received_at).label("last_received"),
        )
        .join(
            workspace,
            (workspace.c.county_code == columns.county_code) & (workspace.c.workspace == columns.workspace),
        )
        .where(*_WAITING, workspace.c.village_code.startswith(prefix, autoescape=True))
        .group_by(*place, workspace.c.village_code)
        .order_by(*place)
    )
    return [_shown(connection, dict(row)) for row in connection.execute(query).mappings()]


def _shown(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    times = {name: row[name].isoformat() for name in ("first_received", "last_received")}
    place = (row["county_code"], row["workspace"], row["replica_id"])
    found = [
        {
            "branch": branch.name,
            "segments": len(branch.waiting),
            "changes": sum(one.changes for one in branch.waiting),
            "first_seq": branch.waiting[0].held.header.first_seq,
        }
        for branch in releasing.branches(connection, *place, bodies=False)
    ]
    return {**row, "changes": int(row["changes"]), "bytes": int(row["bytes"]), **times, "branches": found}


def release(province: Province, replica_id: str, office: Office, branch: str = "") -> dict[str, int]:
    """Let the waiting segments of a laptop into the log, in order, as far as they follow each other.

    Of a number that two machines used, one branch: ``branch`` as ``listing`` names it, or the one that came first.
    What stands under numbers that are taken by now gets new ones (server/releasing.py). Gives how many segments and
    changes were taken and how many segments still wait. Raises NotFound when none waits, NotAllowed, Trouble when
    none fits (a gap before them): then they go on waiting.
    """
    with province.engine.begin() as connection:
        taken, changes, left = 0, 0, 0
        for county, home in _places(connection, replica_id, office):
            done = _release_in(connection, province, (county, home, replica_id), branch, office)
            audit_trail.note(connection, county, "quarantine_released", home, replica_id, office.who)
            taken, changes, left = taken + done[0], changes + done[1], left + done[2]
        return {"segments": taken, "changes": changes, "left": left}


def discard(province: Province, replica_id: str, office: Office, branch: str = "") -> dict[str, int]:
    """Mark the waiting segments of a laptop (or of one ``branch``) as not to be taken; the bytes stay.

    Raises NotFound, NotAllowed.
    """
    with province.engine.begin() as connection:
        marked = 0
        for county, home in _places(connection, replica_id, office):
            wanted = [*_mine(county, home, replica_id), *_WAITING]
            if branch:
                found = releasing.branches(connection, county, home, replica_id, bodies=False)
                chosen = [one.held.hash for one in _chosen(found, branch).waiting]
                wanted.append(quarantine.c.hash.in_(chosen))
            change = update(quarantine).where(*wanted)
            marked += connection.execute(change.values(discarded_at=datetime.now(UTC))).rowcount
            audit_trail.note(connection, county, "quarantine_discarded", home, replica_id, office.who)
        return {"segments": marked}


def _chosen(found: Sequence[Branch], name: str) -> Branch:
    """Raises NotFound."""
    for branch in found:
        if not name or branch.name == name:
            return branch
    raise NotFound(f"没有名为 {name} 的待核实分支。", remedy="请用 server quarantine list 核对。")


def _places(connection: Connection, replica_id: str, office: Office) -> list[tuple[str, str]]:
    """County and workspace of what waits of a laptop. Raises NotFound, NotAllowed."""
    columns = quarantine.c
    same = (workspace.c.county_code == columns.county_code) & (workspace.c.workspace == columns.workspace)
    found = connection.execute(
        select(columns.county_code, columns.workspace, workspace.c.village_code)
        .join(workspace, same)
        .where(columns.replica_id == replica_id, *_WAITING)
        .distinct()
    ).all()
    if not any(office.covers(row.village_code) for row in found):
        raise NotFound(
            f"没有电脑 {replica_id} 的待核实内容。", remedy="请用 server quarantine list 核对编号。"
        )
    for row in found:
        office.check_acts(row.village_code)
    return [(row.county_code, row.workspace) for row in found]


def _release_in(
    connection: Connection, province: Province, place: tuple[str, str, str], branch: str, office: Office
) -> tuple[int, int, int]:
    """Segments and changes taken in one workspace, and segments left. ``place``: county, workspace, laptop."""
    end = locked_end(connection, *place[:2])
    author = _certificate(connection, *place)
    found = releasing.branches(connection, *place, bodies=True)
    if not found:
        return 0, 0, 0
    chosen = _chosen(found, branch)
    try:
        changes = Release(province, end, author, office.who).take(chosen)
    except SyncError as error:
        raise does_not_fit(error, chosen.waiting[0].held.header.first_seq) from error
    waiting = {one.held.hash for each in found for one in each.waiting}
    taken = {one.held.hash for one in chosen.waiting}
    return len(taken), changes, len(waiting - taken)


def _mine(county: str, home: str, replica_id: str) -> tuple[Any, Any, Any]:
    columns = quarantine.c
    return columns.county_code == county, columns.workspace == home, columns.replica_id == replica_id


def _certificate(connection: Connection, county: str, home: str, replica_id: str) -> Certificate:
    """The laptop's certificate, checked against the province key. Raises Refusal(not_enrolled)."""
    columns = certificate.c
    row = connection.execute(
        select(columns.body, columns.signature).where(
            columns.county_code == county, columns.workspace == home, columns.replica_id == replica_id
        )
    ).one_or_none()
    if row is None:
        raise Refusal(Refused.NOT_ENROLLED, "同步内容来自未登记的电脑，没有采用。")
    key = connection.execute(select(server_state.c.province_key)).scalar_one()
    return chain.read_certificate(Signed(*row), key)


def _check_room(connection: Connection, laptop: Laptop, replica_id: str, size: int) -> None:
    held = connection.execute(
        select(func.coalesce(func.sum(func.octet_length(quarantine.c.body)), 0)).where(
            *_mine(laptop.county_code, laptop.workspace, replica_id), quarantine.c.released_at.is_(None)
        )
    ).scalar_one()
    if held + size > MAX_BYTES:
        raise Refusal(Refused.TOO_LARGE, "这台停用电脑待核实的内容已达上限，没有再收；请先由管理员处理。")


def unreleased(connection: Connection, laptop: Laptop) -> int:
    """Changes of this laptop that wait here."""
    columns = quarantine.c
    total = func.coalesce(func.sum(columns.last_seq - columns.first_seq + 1), 0)
    mine = _mine(laptop.county_code, laptop.workspace, laptop.replica_id)
    return int(connection.execute(select(total).where(*mine, *_WAITING)).scalar_one())
