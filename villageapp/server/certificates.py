"""The certificates of a workspace: checked once, kept in memory while they are the same, renewed before they end.

Validity is judged by the server alone, on its own clock, when a segment first arrives: clocks of laptops lie, so
laptops accept whatever the province has signed and the server has passed on. A laptop that comes itself gets a
new certificate in the same exchange when its old one ends within ``RENEW_DAYS`` or has ended: its token shows
that it is the laptop, and revocation, not expiry, is how somebody is shut out. What a colleague brings of a
laptop whose certificate has ended is kept for review, like that of a revoked one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.errors import SyncError
from villageapp.models.server_tables import certificate
from villageapp.server import audit_trail
from villageapp.server.access import Laptop
from villageapp.server.enrolment import CERTIFICATE_DAYS
from villageapp.server.opening import Province
from villageapp.sync import chain
from villageapp.sync.chain import Certificate, Signed

RENEW_DAYS = 60
RENEWED = "certificate_renewed"
"""Action in the audit; the subject is the replica."""
TAKEN_BACK = "certificate_taken_back"
"""A certificate that the province had signed and a restored database had forgotten."""
WORKSPACES = 2000
"""How many workspaces' certificates are kept in memory (some kilobytes each)."""
Mark = tuple[Any, ...]
"""Changes with every change to a workspace's certificates."""


@dataclass(frozen=True, slots=True)
class Team:
    """The certificates of one workspace."""

    authors: Mapping[str, Certificate]
    signed: tuple[Signed, ...]
    fingerprint: bytes


class Teams:
    """Certificates of the workspaces that were here lately. One per server; any thread."""

    def __init__(self, workspaces: int = WORKSPACES) -> None:
        self._most = workspaces
        self._known: OrderedDict[tuple[str, str], tuple[Mark, Team]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, connection: Connection, province: Province, laptop: Laptop, mark: Mark) -> Team:
        """The team of the laptop; read and checked only if ``mark`` is not the one that is known."""
        key = (laptop.county_code, laptop.workspace)
        with self._lock:
            known = self._known.get(key)
            if known is not None and known[0] == mark:
                self._known.move_to_end(key)
                return known[1]
        team = read_team(connection, province, laptop)
        with self._lock:
            self._known[key] = (mark, team)
            self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return team


def read_team(connection: Connection, province: Province, laptop: Laptop) -> Team:
    """The certificates of a workspace as they are stored now."""
    rows = connection.execute(
        select(certificate.c.body, certificate.c.signature)
        .where(certificate.c.county_code == laptop.county_code, certificate.c.workspace == laptop.workspace)
        .order_by(certificate.c.replica_id)
    )
    signed = tuple(Signed(*row) for row in rows)
    contents = [chain.read_certificate(one, province.public_key) for one in signed]
    return Team({content.replica_id: content for content in contents}, signed, chain.fingerprint(signed))


def has_ended(content: Certificate, today: date) -> bool:
    """Whether a certificate's last day is over."""
    return date.fromisoformat(content.valid_to) < today


def renew(connection: Connection, province: Province, laptop: Laptop, team: Team) -> Team:
    """The team after giving this laptop a new certificate, if its own ends soon or has ended."""
    held, today = team.authors.get(laptop.replica_id), datetime.now(UTC).date()
    if held is None or not has_ended(held, today + timedelta(days=RENEW_DAYS)):
        return team
    content = msgspec.structs.replace(
        held,
        valid_from=today.isoformat(),
        valid_to=(today + timedelta(days=CERTIFICATE_DAYS)).isoformat(),
    )
    _keep(connection, laptop, content, chain.sign(content, province.key))
    audit_trail.note(connection, laptop.county_code, RENEWED, laptop.workspace, laptop.replica_id)
    return read_team(connection, province, laptop)


def take_back(
    connection: Connection, province: Province, laptop: Laptop, team: Team, offered: list[Signed]
) -> Team:
    """The team with certificates that the province signed once and the database lacks (restored from a backup).

    Any other offered certificate is left out.
    """
    taken = False
    for signed in offered:
        try:
            content = chain.read_certificate(signed, province.public_key)
        except SyncError:  # not the province's: nobody's business here
            continue
        if content.workspace != laptop.workspace or content.replica_id in team.authors:
            continue
        _keep(connection, laptop, content, signed)
        audit_trail.note(connection, laptop.county_code, TAKEN_BACK, laptop.workspace, content.replica_id)
        taken = True
    return read_team(connection, province, laptop) if taken else team


def _keep(connection: Connection, laptop: Laptop, content: Certificate, signed: Signed) -> None:
    key = {"county_code": laptop.county_code, "workspace": laptop.workspace, "replica_id": content.replica_id}
    held = {"body": signed.body, "signature": signed.signature, "issued_at": datetime.now(UTC)}
    entry = upsert(certificate).values(**key, **held)
    connection.execute(entry.on_conflict_do_update(index_elements=list(key), set_=held))
