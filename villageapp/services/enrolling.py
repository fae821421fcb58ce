"""Tying this laptop to the provincial server with a one-time code."""

from __future__ import annotations

import base64
import uuid
from contextlib import closing
from dataclasses import dataclass

from nacl.public import PrivateKey
from nacl.signing import SigningKey

import villageapp
from villageapp.errors import AlreadyDone, NotAllowed, SyncError, SyncKind, ValidationFailed
from villageapp.models.log import Certificate, Replica
from villageapp.services.forking import forget_actions
from villageapp.services.workspace import Workspace
from villageapp.sync import chain, fork, protocol
from villageapp.sync.chain import Signed
from villageapp.sync.change import SCHEMA
from villageapp.sync.client import HttpPeer, check_url
from villageapp.sync.protocol import EnrolAnswer, EnrolRequest
from villageapp.sync.store import Identity

MAX_CODE = 40
_NUMBER_LOST = frozenset({"revoked", "replica_exists"})
"""The number that this laptop has is no longer to be used; a person with a valid code may have another."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the laptop belongs to now."""

    server: str
    workspace: str
    replica_id: str
    note: str = ""
    """What to tell the person when the laptop had to take a new number."""


def enrol(work: Workspace, server_url: str, code: str) -> Enrolled:
    """Redeem a one-time code at the server.

    A laptop whose data were restored from a backup, or that had been stopped, goes on under a new number; what
    it had not sent yet comes along. Raises ValidationFailed (address or code), AlreadyDone (enrolled and well),
    NotAllowed (another village or province), SyncError (server not there, wrong or used code, other version).
    Nothing changes on the laptop then.
    """
    url = check_url(server_url)
    if not code.strip() or len(code) > MAX_CODE:
        raise ValidationFailed([], "请填写县里发的一次性登记码。")
    held = work.identity
    with closing(HttpPeer(url, held.token)) as peer:
        peer.greet()
        if held.enrolled and _is_well(work, peer, held):
            raise AlreadyDone(f"这台电脑已登记到 {held.server_url}，没有改动。", code="already_enrolled")
        if not held.enrolled:
            try:
                return _enrol_first(work, peer, code.strip())
            except SyncError as error:
                if error.code not in _NUMBER_LOST:
                    raise
        return _enrol_again(work, peer, code.strip())


def _is_well(work: Workspace, peer: HttpPeer, held: Identity) -> bool:
    """Whether the server still takes this laptop for what it is, with the same log under its number."""
    with work.reading() as connection:
        ends = fork.boundaries(connection, held.replica_id)
    try:
        return fork.is_current(peer, held.workspace, held.replica_id, ends)
    except SyncError as error:
        if error.kind is SyncKind.AUTH:
            return False
        raise


def _enrol_first(work: Workspace, peer: HttpPeer, code: str) -> Enrolled:
    with work.transaction() as session:
        replica = session.get_one(Replica, 1)
        request = _request(replica, code, replica.replica_id)
        sign_key = bytes(SigningKey(replica.sign_key).verify_key)
    answer = peer.enrol(request)
    signed, province_key = _checked(answer, request.replica_id, sign_key)
    with work.transaction() as session:
        replica = session.get_one(Replica, 1)
        replica.workspace, replica.token = answer.workspace, answer.token
        replica.server_url, replica.server_epoch = peer.url, answer.epoch
        replica.province_key, replica.enrolled = province_key, 1
        session.merge(
            Certificate(replica_id=replica.replica_id, body=signed.body, signature=signed.signature)
        )
    return Enrolled(peer.url, answer.workspace, request.replica_id)


def _enrol_again(work: Workspace, peer: HttpPeer, code: str) -> Enrolled:
    """Under a new number that follows from the old one and the code, so that a lost answer can be asked again."""
    with work.transaction() as session:
        replica = session.get_one(Replica, 1)
        sign_key = bytes(SigningKey(replica.sign_key).verify_key)
        request = _request(replica, code, _next_number(replica.replica_id, code))
    answer = peer.enrol(request)
    signed, province_key = _checked(answer, request.replica_id, sign_key)
    held = work.identity
    if held.enrolled and (answer.workspace, province_key) != (held.workspace, held.province_key):
        raise NotAllowed(
            "登记码属于另一个村或另一个省的服务器，没有登记；本机内容没有改动。",
            remedy="请向本县要发给本村的登记码。",
            code="other_workspace",
        )
    place = (answer.token, answer.epoch, peer.url)
    admission = fork.Admission(request.replica_id, answer.workspace, signed, province_key, *place)
    with closing(HttpPeer(peer.url, answer.token)) as admitted:
        settled = fork.go_on_as(work.database, work.clock, admitted, admission)
    forget_actions(work)
    return Enrolled(peer.url, answer.workspace, request.replica_id, settled.sentence)


def _next_number(replica_id: str, code: str) -> str:
    return str(uuid.uuid5(uuid.UUID(replica_id), code))


def _request(replica: Replica, code: str, replica_id: str) -> EnrolRequest:
    return EnrolRequest(
        code=code,
        replica_id=replica_id,
        village_code=replica.village_code,
        user_id=replica.user_id,
        sign_key=base64.b64encode(bytes(SigningKey(replica.sign_key).verify_key)).decode(),
        box_key=base64.b64encode(bytes(PrivateKey(replica.box_key).public_key)).decode(),
        protocol=protocol.PROTOCOL,
        schema=SCHEMA,
        app=villageapp.__version__,
    )


def _checked(answer: EnrolAnswer, replica_id: str, sign_key: bytes) -> tuple[Signed, bytes]:
    """The certificate must be signed by the key that came with it and speak of us."""
    try:
        province_key = base64.b64decode(answer.province_key, validate=True)
        signed = Signed(
            base64.b64decode(answer.certificate, validate=True),
            base64.b64decode(answer.certificate_signature, validate=True),
        )
    except ValueError as error:
        raise chain.malformed("登记答复无法识别") from error
    certificate = chain.read_certificate(signed, province_key)
    ours = (certificate.replica_id, certificate.sign_key, certificate.workspace)
    if ours != (replica_id, sign_key, answer.workspace) or not answer.token:
        raise SyncError(SyncKind.AUTH, "服务器发来的证书不是给这台电脑的，没有登记。", code="bad_certificate")
    return signed, province_key
