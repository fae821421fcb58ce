"""Enrolling again when the server has forgotten a laptop, as ``services.enrolling`` does it over HTTP."""

from __future__ import annotations

import base64
import uuid

from nacl.public import PrivateKey
from nacl.signing import SigningKey

from villageapp.bench.simulation.centre import Centre
from villageapp.bench.simulation.laptops import Laptop
from villageapp.bench.simulation.team import PEOPLE, request_of, signed_of
from villageapp.models.log import Replica
from villageapp.services.forking import forget_actions
from villageapp.sync import fork


class _Asking:
    """Small requests with the token of the new number."""

    def __init__(self, centre: Centre, token: str) -> None:
        self._centre, self._token = centre, token

    def ask(self, method: str, path: str, content: bytes = b"", media_type: str = "") -> bytes:
        """As ``fork.Asked``."""
        return self._centre.ask(self._token, path, content)


def enrol_again(centre: Centre, laptop: Laptop) -> None:
    """Take a new number with a new code; what was not sent yet comes along."""
    work = laptop.work
    with work.transaction() as session:
        replica = session.get_one(Replica, 1)
        key, box = SigningKey(replica.sign_key), PrivateKey(replica.box_key)
        number = str(uuid.uuid5(uuid.UUID(replica.replica_id), "code"))
        request = request_of(number, replica.user_id, key, box)
    name = PEOPLE[laptop.name.partition("-")[0]]
    answer = centre.enrol(request, name)
    admission = fork.Admission(
        number,
        answer.workspace,
        signed_of(answer),
        base64.b64decode(answer.province_key),
        answer.token,
        answer.epoch,
        work.identity.server_url,
    )
    fork.go_on_as(laptop.database, work.clock, _Asking(centre, answer.token), admission)
    forget_actions(work)
