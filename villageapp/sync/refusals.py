"""What the server's refusals mean here: a plain sentence for each, and what the exchange does next.

A refusal concerns the log of one replica; the others go on. The sender keeps everything that was refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from villageapp.sync.chain import Refused, Sealed
from villageapp.sync.protocol import RefusedSegment

_SENTENCES = {
    Refused.NOT_ENROLLED: "服务器还不认识写这段内容的电脑，没有接收；等那台电脑自己联网同步一次后会自动补上。",
    Refused.REVOKED: "写这段内容的电脑已被停用，内容由服务器单独保管，等县级管理员核实。",
    Refused.WRONG_WORKSPACE: "这段内容属于另一个村，服务器没有接收。",
    Refused.BAD_SIGNATURE: "这段内容的签名核对不符（可能在本机或传输中损坏），服务器没有接收。",
    Refused.GAP: "服务器还缺这台电脑更早的内容，本机也没有；等有这些内容的电脑同步后会自动补上。",
    Refused.FORK: "同一编号在服务器上是别的内容（可能有电脑从旧备份恢复过），没有覆盖任何一方。",
    Refused.MALFORMED: "这段内容格式不对，服务器没有接收。",
    Refused.TOO_LARGE: "这段内容超过服务器的大小上限，没有接收。",
    Refused.UPGRADE_REQUIRED: "这段内容由更新的版本写成，服务器还不能读取，等省里升级服务器。",
    Refused.EXPIRED: "写这段内容的电脑证书已过期，内容由服务器单独保管；那台电脑自己联网同步一次即自动换证补上。",
}
_KEPT_APART = frozenset({Refused.REVOKED, Refused.EXPIRED})
"""The server keeps such segments for review: they need not be sent again."""
_EVERYTHING = 2**62
"""Stands in a vector for "send nothing of this replica"."""


def sentence(refusal: RefusedSegment) -> str:
    """For the person at the laptop: why, where, and that nothing is lost. Unknown codes keep the server's words."""
    try:
        text = _SENTENCES[Refused(refusal.code)]
    except ValueError:
        text = refusal.message or "服务器没有接收这段内容。"
    return f"{text}（编号 {refusal.first_seq} 起，本机保留）"


@dataclass(slots=True)
class Refusals:
    """What the peer refused in the course of one exchange."""

    own: str  # this laptop's replica
    kept: dict[
        str, int
    ]  # up to where the peer keeps segments for review, or (if we are revoked) holds our logs
    sentences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_forked: bool = False  # our number is in use elsewhere
    forks: set[str] = field(default_factory=set)  # colleagues' numbers under which the peer has other content
    revoked: str = ""  # the server's words, if this laptop is
    wants_certificates: bool = False  # the peer lacks one that we may have
    is_confirmed: bool = False  # ``kept`` is what the peer says in this very exchange
    _handed: dict[str, int] = field(default_factory=dict)  # kept apart in this exchange: not sent in it again
    _sent: dict[tuple[str, int], int] = field(default_factory=dict)
    """Segments (replica and first number) that the peer took or keeps, each with its last number."""
    _blocked: set[str] = field(default_factory=set)  # replicas of which the peer takes nothing now
    _seen: set[tuple[str, str, int]] = field(default_factory=set)

    def judge(
        self, sent: Sequence[Sealed], refused: Sequence[RefusedSegment], *, is_whole: bool = True
    ) -> None:
        """Take the refusals of one answer in. ``is_whole``: it was not cut, what it does not refuse was taken."""
        if not refused:
            return
        headers = [segment.read_header() for segment in sent]
        ends = {(header.replica_id, header.first_seq): header.last_seq for header in headers}
        before = frozenset(self._seen)
        for refusal in refused:
            self._judge(refusal, ends.get((refusal.replica_id, refusal.first_seq), 0), before)
        codes = {(refusal.replica_id, refusal.first_seq): refusal.code for refusal in refused}
        taken = _KEPT_APART | {None} if is_whole else _KEPT_APART
        self._sent.update({key: last_seq for key, last_seq in ends.items() if codes.get(key) in taken})

    def wanted(self, theirs: Mapping[str, int]) -> dict[str, int]:
        """The peer's vector, with what it will not take now left out.

        A revoked laptop is told where its logs are held, which may be other ones under the same numbers: then the
        peer's vector says nothing, and the end of a log may have been handed over before its beginning.
        """
        if self.revoked and self.is_confirmed:
            wanted = {replica_id: self._unbroken(replica_id) for replica_id, _ in self._sent}
            wanted |= {replica_id: self._unbroken(replica_id) for replica_id in self.kept}
        else:
            wanted = dict(theirs)
            for replica_id, seq in (*self.kept.items(), *self._handed.items()):
                wanted[replica_id] = max(wanted.get(replica_id, 0), seq)
        return {**wanted, **dict.fromkeys(self._blocked, _EVERYTHING)}

    def _unbroken(self, replica_id: str) -> int:
        """Up to where the peer has a log without a hole: what it says, and what was sent in this exchange."""
        reached = self.kept.get(replica_id, 0)
        while (last_seq := self._sent.get((replica_id, reached + 1))) is not None:
            reached = last_seq
        return reached

    def confirm(self, kept: dict[str, int]) -> None:
        """The peer said what it keeps: what was believed before does not count any more."""
        self.kept, self.is_confirmed = kept, True

    def _judge(self, refusal: RefusedSegment, last_seq: int, before: frozenset[tuple[str, str, int]]) -> None:
        if refusal.code in _KEPT_APART:
            self._keep(refusal, last_seq)
        elif refusal.code == Refused.FORK and refusal.replica_id == self.own:
            self.is_forked = True
        elif self._is_worth_another_try(refusal, before):
            self.wants_certificates |= refusal.code == Refused.NOT_ENROLLED
        elif refusal.replica_id not in self._blocked:
            self._blocked.add(refusal.replica_id)
            if refusal.code == Refused.FORK:
                self.forks.add(refusal.replica_id)
            self.sentences.append(sentence(refusal))

    def _keep(self, refusal: RefusedSegment, last_seq: int) -> None:
        if last_seq:
            for numbers in (self.kept, self._handed):
                numbers[refusal.replica_id] = max(numbers.get(refusal.replica_id, 0), last_seq)
        if refusal.replica_id == self.own and refusal.code == Refused.REVOKED:
            self.revoked = refusal.message or sentence(refusal)
        elif sentence(refusal) not in self.notes:
            self.notes.append(sentence(refusal))

    def _is_worth_another_try(self, refusal: RefusedSegment, before: frozenset[tuple[str, str, int]]) -> bool:
        """Once for each place: from where the gap is, or with the certificates. An answer names a place often."""
        if refusal.code not in (Refused.GAP, Refused.NOT_ENROLLED):
            return False
        key = (refusal.code, refusal.replica_id, refusal.expected)
        self._seen.add(key)
        return key not in before
