"""One exchange with the server, under as many numbers as it takes, and the connection that it uses."""

from __future__ import annotations

import villageapp
from villageapp.errors import SyncError, SyncKind
from villageapp.progress import Progress
from villageapp.services import forking, repairing
from villageapp.services.workspace import Workspace
from villageapp.sync import receipts, store
from villageapp.sync.client import HttpPeer
from villageapp.sync.exchange import Outcome, exchange

QUICKLY_COMPARED = 2_000
"""Changes up to which comparing with the server is not felt."""
MOST_FORKS = 3
"""New numbers taken in one sync: more would mean that something else is wrong."""


def open_road(work: Workspace) -> HttpPeer:
    """A connection to the server for one or several exchanges; the caller closes it."""
    identity = work.identity
    return HttpPeer(identity.server_url, identity.token)


def _would_wait(outcome: Outcome) -> bool:
    """Whether somebody waits for this exchange and comparing all records would take a while: an idle one does it."""
    known = sum(outcome.receipt.vector.values()) if outcome.receipt is not None else 0
    return known > QUICKLY_COMPARED and bool(outcome.pushed or outcome.pulled)


class Run:
    """One exchange with the server, and another one under a new number whenever this laptop's is in use elsewhere."""

    def __init__(self, work: Workspace, peer: HttpPeer, progress: Progress) -> None:
        self._work, self._progress = work, progress
        self._peer = peer
        self._opened: list[HttpPeer] = []  # under new numbers
        self._before = peer.bytes_up, peer.bytes_down

    @property
    def bytes_moved(self) -> tuple[int, int]:
        """Bytes of messages up and down."""
        peers = [self._peer, *self._opened]
        up, down = sum(p.bytes_up for p in peers), sum(p.bytes_down for p in peers)
        return up - self._before[0], down - self._before[1]

    def exchange(self) -> Outcome:
        """Exchange. Raises SyncError, Cancelled."""
        try:
            return self._until_settled()
        finally:
            for peer in self._opened:
                peer.close()

    def _until_settled(self) -> Outcome:
        peer, earlier = self._peer, Outcome()
        while (outcome := self._once(peer)).forked:
            if len(self._opened) >= MOST_FORKS:
                raise SyncError(
                    SyncKind.PROTOCOL,
                    "换了新编号以后编号仍与服务器不符，已停止；本机内容都保留。",
                    remedy="请联系县里技术人员。",
                    code="fork",
                )
            settled = forking.settle(self._work, peer)
            earlier.say(settled.sentence)
            earlier.touched += [*outcome.touched, settled.touched]
            earlier.pulled += outcome.pulled + settled.returned
            earlier.round_trips += outcome.round_trips
            peer = open_road(self._work)  # the new number has a token of its own
            self._opened.append(peer)
        if outcome.forks:
            outcome = self._adopt(peer, outcome)
        outcome = outcome.after(earlier)
        if outcome.receipt is None or _would_wait(outcome):
            return outcome
        return repairing.check_if_due(self._work, peer, outcome)

    def _adopt(self, peer: HttpPeer, before: Outcome) -> Outcome:
        """Take the server's logs of colleagues whose numbers were used twice, and exchange once more."""
        for replica_id in sorted(before.forks):
            adopted = forking.adopt(self._work, peer, replica_id)
            before.say(adopted.sentence)
            before.touched.append(adopted.touched)
            before.pulled += adopted.returned
        return self._once(peer).after(before)

    def _once(self, peer: HttpPeer) -> Outcome:
        work = self._work
        peer.watch = self._progress.check_cancelled
        with work.reading() as connection:
            hint = receipts.read(connection, store.read_identity(connection).server_url).hint
        return exchange(work.database, work.clock, peer, hint, villageapp.__version__, self._progress)
