"""Certificates on a laptop: the newest of a replica stays, and the server has a name of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from nacl.signing import SigningKey

from tests.helpers.laptops import PROVINCE, PROVINCE_KEY, WORKSPACE, laptop
from villageapp.errors import SyncError
from villageapp.services.workspace import Workspace
from villageapp.sync import chain, store
from villageapp.sync.chain import SERVER_ROLE, Certificate

HELD = Certificate("r1", WORKSPACE, bytes(32), bytes(32), "u", "张三", "工作队员", "2023-01-01", "2024-01-01")


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    one = laptop(tmp_path, "甲")
    yield one
    one.close()


def keep(work: Workspace, certificate: Certificate, key: SigningKey = PROVINCE) -> Certificate:
    with work.database.writing() as connection:
        store.keep_certificates(connection, [chain.sign(certificate, key)], PROVINCE_KEY)
        return store.certificates(connection, PROVINCE_KEY)["r1"]


def test_an_older_certificate_replaces_no_newer_one(work: Workspace) -> None:
    older = msgspec.structs.replace(HELD, valid_to="2023-06-01", role="旧")
    newer = msgspec.structs.replace(HELD, valid_to="2025-01-01", role="新")
    assert keep(work, HELD) == HELD
    assert keep(work, older) == HELD
    assert keep(work, newer) == newer
    assert keep(work, HELD) == newer


def test_one_issued_again_for_the_same_days_is_taken(work: Workspace) -> None:
    keep(work, HELD)
    again = msgspec.structs.replace(HELD, user_name="张三丰")
    assert keep(work, again) == again


def test_a_forged_one_is_refused(work: Workspace) -> None:
    with pytest.raises(SyncError):
        keep(work, HELD, SigningKey.generate())


def test_the_server_is_shown_by_its_name() -> None:
    assert HELD.shown_name == "张三"
    assert msgspec.structs.replace(HELD, role=SERVER_ROLE, user_name="").shown_name == "省级服务器"
