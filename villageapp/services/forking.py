"""Going on under a new number when this laptop's data came from an old backup or were copied to a second machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from villageapp.sync import foreign_fork, fork

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


def settle(work: Workspace, server: fork.Asked) -> fork.Settled:
    """Ask the server for a new number and move unsent work to it. Raises SyncError; nothing has changed then.

    ``Settled.sentence`` is for the person, ``Settled.touched`` for the screens; the token is another one.
    """
    settled = fork.settle(work.database, work.clock, server)
    forget_actions(work)
    return settled


def adopt(work: Workspace, server: fork.Asked, replica_id: str) -> foreign_fork.Adopted:
    """Take the server's log of a colleague whose number was used twice. Raises SyncError; nothing has changed then."""
    return foreign_fork.adopt(work.database, work.clock, server, replica_id)


def forget_actions(work: Workspace) -> None:
    """What could be undone is named by numbers of the old log: it cannot be any more."""
    work.journal.done.clear()
    work.journal.undone.clear()
