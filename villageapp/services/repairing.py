"""Making this laptop's records again from its log, and comparing them with the server's."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from villageapp.domain import dates
from villageapp.domain.changes import ChangeSet
from villageapp.domain.forms import FORMS
from villageapp.errors import SyncError
from villageapp.services import quarantined
from villageapp.sync import comparing
from villageapp.sync.client import HttpPeer
from villageapp.sync.comparing import Difference, Mended
from villageapp.sync.exchange import Outcome
from villageapp.sync.fork import Asked

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

EVERY = timedelta(days=1)
_CHECK = "check:records"
"""Row of ``peer`` that says when our records were last compared with the server's."""
_log = logging.getLogger(__name__)
EQUAL, DIFFERENT, WAITING, OFFLINE, ALONE = "equal", "different", "waiting", "offline", "alone"


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was not as the log says and has been made again; ``server``: how we stand to the server now.

    ``server`` is EQUAL, DIFFERENT (its records are not what the same log gives here), WAITING (one of us has
    changes that the other lacks: sync first), OFFLINE, or ALONE (not enrolled).
    """

    differences: tuple[Difference, ...]
    merged: int  # changes that had been in quarantine
    server: str


def repair(work: Workspace) -> Repaired:
    """Make everything again from the log, try quarantined changes again, and compare with the server.

    Takes some seconds for a large village. Local work is never lost: the log has it.
    """
    waiting = len(quarantined.listed(work))
    with work.database.writing() as connection:
        found = comparing.remake(connection, None)
    return Repaired(tuple(found), waiting - len(quarantined.listed(work)), standing(work))


def standing(work: Workspace) -> str:
    """How our records stand to the server's, as ``Repaired.server`` says."""
    identity = work.identity
    if not identity.enrolled:
        return ALONE
    try:
        with closing(HttpPeer(identity.server_url, identity.token)) as server:
            found = comparing.compare(work.database, server)
    except SyncError:
        return OFFLINE
    if not found.comparable:
        return WAITING
    return EQUAL if found.equal else DIFFERENT


def check_if_due(work: Workspace, server: Asked, outcome: Outcome) -> Outcome:
    """Once a day, after an exchange with a full receipt: compare with the server and mend what differs.

    Reads every record (a second for 20,000 visits), which is too much for each exchange. What is found is told in
    the outcome, which is returned. A server that does not answer is asked the next time.
    """
    if outcome.receipt is None or not _is_due(work):
        return outcome
    with work.reading() as connection:
        agrees = comparing.agrees(connection, outcome.receipt.state, outcome.receipt.state_version)
    if agrees:
        _remember(work)
        return outcome
    try:
        mended = comparing.mend(work.database, server)
    except SyncError as error:
        _log.info("records were not compared: %s", error.code)
        return outcome
    if not mended.compared:
        return outcome
    _remember(work)
    if mended.differences:
        _log.warning("%d records differed from the log and were made again", len(mended.differences))
        outcome.touched.append(ChangeSet.of((d.entity, d.record_id) for d in mended.differences))
        outcome.say(_found(mended))
    outcome.state_differs = bool(mended.still)
    return outcome


def _found(mended: Mended) -> str:
    first = sentence(mended.differences[0])
    return f"与服务器对账时发现 {len(mended.differences)} 条记录与同步日志不符，已由日志改正（如{first}）。"


def _is_due(work: Workspace) -> bool:
    with work.reading() as connection:
        text = connection.exec_driver_sql(
            "SELECT last_success_at FROM peer WHERE url = ?", (_CHECK,)
        ).scalar_one_or_none()
    if not text:
        return True
    since = work.now() - dates.parse_instant(text)
    return not timedelta(0) <= since < EVERY


def _remember(work: Workspace) -> None:
    now = dates.instant_text(work.now())
    with work.database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO peer (url, kind, name, last_try_at, last_success_at, ended, message, vector, receipt)"
            " VALUES (?, 'check', '', ?, ?, '', '', '{}', '')",
            (_CHECK, now, now),
        )


def sentence(difference: Difference) -> str:
    """What differed, for people: kind of record and fields, no values."""
    form = FORMS.get(difference.entity)
    title = form.title if form is not None else difference.entity
    if not difference.fields:
        return f"{title} {difference.record_id}：整条记录"
    known = form.by_name if form is not None else {}
    labels = [known[name].label if name in known else name for name in difference.fields]
    return f"{title} {difference.record_id}：{'、'.join(labels)}"
