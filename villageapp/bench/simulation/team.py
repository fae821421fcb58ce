"""The team before the first exchange: its laptops' disks, enrolled for real, made once and copied per schedule."""

from __future__ import annotations

import base64
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from nacl.public import PrivateKey
from nacl.signing import SigningKey

import villageapp
from villageapp.bench.simulation.centre import VILLAGE, Centre, Snapshot, encoded
from villageapp.bench.simulation.laptops import open_store
from villageapp.bench.simulation.ruled import START_MS
from villageapp.models.log import Certificate as CertificateRow
from villageapp.models.log import Replica
from villageapp.paths import DataDir
from villageapp.sync import protocol
from villageapp.sync.chain import Signed
from villageapp.sync.change import SCHEMA
from villageapp.sync.protocol import EnrolRequest

NAMES = ("zhou", "li", "zhao")
PEOPLE = {"zhou": "周队员", "li": "李队员", "zhao": "赵队员", "future": "新版队员"}
"""Nobody real. The last one works with a newer program."""
URL = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Newer:
    """A laptop with a program from the future, reduced to its log."""

    replica_id: str
    key: SigningKey
    token: str


@dataclass(frozen=True, slots=True)
class Team:
    """Closed disks by name, the server's rows, and the laptop from the future."""

    disks: dict[str, Path]
    dump: Snapshot
    newer: Newer


def make_team(centre: Centre, folder: Path) -> Team:
    """Make disks under ``folder`` and enrol them."""
    blank = folder / "blank"
    DataDir(blank).create()
    work, _ = open_store(blank, lambda: START_MS)
    work.database.settle()
    work.close()
    disks = {name: _enrolled(centre, blank, folder / name, number) for number, name in enumerate(NAMES, 1)}
    key = SigningKey(bytes([9]) * 32)
    request = request_of(_replica_id(9), _replica_id(99), key, PrivateKey(bytes([8]) * 32))
    newer = Newer(_replica_id(9), key, centre.enrol(request, PEOPLE["future"]).token)
    return Team(disks, centre.snapshot(), newer)


def _replica_id(number: int) -> str:
    return str(uuid.UUID(int=(START_MS << 80) | (7 << 76) | (2 << 62) | number))


def _enrolled(centre: Centre, blank: Path, disk: Path, number: int) -> Path:
    shutil.copytree(blank, disk)
    work, _ = open_store(disk, lambda: START_MS)
    key, box = SigningKey(bytes([number]) * 32), PrivateKey(bytes([number + 100]) * 32)
    request = request_of(_replica_id(number), _replica_id(number + 90), key, box)
    answer = centre.enrol(request, PEOPLE[disk.name])
    with work.transaction() as session:
        session.add(_replica(request, key, box, answer))
        signed = signed_of(answer)
        session.add(
            CertificateRow(replica_id=request.replica_id, body=signed.body, signature=signed.signature)
        )
    work.database.settle()
    work.close()
    return disk


def _replica(
    request: EnrolRequest, key: SigningKey, box: PrivateKey, answer: protocol.EnrolAnswer
) -> Replica:
    return Replica(
        id=1,
        replica_id=request.replica_id,
        workspace=answer.workspace,
        village_code=VILLAGE,
        user_id=request.user_id,
        sign_key=bytes(key),
        box_key=bytes(box),
        enrolled=1,
        server_url=URL,
        token=answer.token,
        server_epoch=answer.epoch,
        province_key=base64.b64decode(answer.province_key),
    )


def request_of(replica_id: str, user_id: str, key: SigningKey, box: PrivateKey) -> EnrolRequest:
    """What a laptop asks with; the code is filled in by ``Centre.enrol``."""
    keys = encoded(bytes(key.verify_key)), encoded(bytes(box.public_key))
    return EnrolRequest(
        "", replica_id, VILLAGE, user_id, *keys, protocol.PROTOCOL, SCHEMA, villageapp.__version__
    )


def signed_of(answer: protocol.EnrolAnswer) -> Signed:
    """The certificate in an answer."""
    parts = (answer.certificate, answer.certificate_signature)
    return Signed(*(base64.b64decode(text) for text in parts))
