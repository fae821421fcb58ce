"""Tying this laptop to the provincial server with a one-time code."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from nacl.public import PrivateKey
from nacl.signing import SigningKey

import villageapp
from villageapp.errors import AlreadyDone, SyncError, SyncKind, ValidationFailed
from villageapp.models.log import Certificate, Replica
from villageapp.services.workspace import Workspace
from villageapp.sync import chain, protocol
from villageapp.sync.chain import Signed
from villageapp.sync.change import SCHEMA
from villageapp.sync.client import HttpPeer, check_url
from villageapp.sync.protocol import EnrolAnswer, EnrolRequest

MAX_CODE = 40


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the laptop belongs to now."""

    server: str
    workspace: str
    replica_id: str


def enrol(work: Workspace, server_url: str, code: str) -> Enrolled:
    """Redeem a one-time code at the server.

    Raises ValidationFailed (address or code), AlreadyDone (enrolled before), SyncError (server not there,
    wrong or used code, other version). Nothing changes on the laptop then.
    """
    url = check_url(server_url)
    if not code.strip() or len(code) > MAX_CODE:
        raise ValidationFailed([], "请填写县里发的一次性登记码。")
    with work.transaction() as session:
        replica = session.get_one(Replica, 1)
        if replica.enrolled:
            raise AlreadyDone(f"这台电脑已登记到 {replica.server_url}，没有改动。", code="already_enrolled")
        request = _request(replica, code.strip())
        sign_key = bytes(SigningKey(replica.sign_key).verify_key)
    peer = HttpPeer(url)
    try:
        peer.greet()
        answer = peer.enrol(request)
    finally:
        peer.close()
    signed, province_key = _checked(answer, request.replica_id, sign_key)
    with work.transaction() as session:
        replica = session.get_one(Replica, 1)
        replica.workspace, replica.token = answer.workspace, answer.token
        replica.server_url, replica.server_epoch = url, answer.epoch
        replica.province_key, replica.enrolled = province_key, 1
        session.merge(
            Certificate(replica_id=replica.replica_id, body=signed.body, signature=signed.signature)
        )
    return Enrolled(url, answer.workspace, request.replica_id)


def _request(replica: Replica, code: str) -> EnrolRequest:
    return EnrolRequest(
        code=code,
        replica_id=replica.replica_id,
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
