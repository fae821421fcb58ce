"""Everything a running server or an administration command needs, opened once and handed down."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from nacl.exceptions import ValueError as NaclValueError
from nacl.signing import SigningKey
from sqlalchemy import Connection, Engine, insert, select

from villageapp.errors import Trouble
from villageapp.models.server_tables import server_state
from villageapp.server import restoration
from villageapp.server.postgres import postgres
from villageapp.server.private_files import make_folder, read_or_create
from villageapp.server.schema import bring_up_to_date


@dataclass(slots=True)
class Province:
    """An opened server: its database, its signing key, and the token of its administration.

    ``epoch`` alone changes while the server runs, when it learns that it was restored.
    """

    engine: Engine
    key: SigningKey = field(repr=False)
    epoch: str
    admin_token: str = field(repr=False)
    folder: Path

    def settle(self) -> bool:
        """Look whether the database was restored, and remember how it stands; whether the epoch changed.

        Raises Trouble.
        """
        with self.engine.begin() as connection:
            epoch = restoration.settle(connection, self.folder)
        changed, self.epoch = epoch != self.epoch, epoch
        return changed

    @property
    def public_key(self) -> bytes:
        """What laptops check certificates and receipts with."""
        return self.key.verify_key.encode()


@contextmanager
def open_province(data_dir: Path, dsn: str | None) -> Iterator[Province]:
    """Open the server in ``data_dir``, making keys and schema the first time.

    The province key is a file of its own (0600), not a row: dumps and replicas of the database go
    through more hands than may sign for the province. Raises Trouble.
    """
    make_folder(data_dir)
    with postgres(data_dir, dsn) as engine:
        bring_up_to_date(engine)
        with engine.begin() as connection:
            key = _identity(connection, data_dir / "province.key")
            epoch = restoration.settle(connection, data_dir)
        yield Province(engine, key, epoch, read_or_create(data_dir / "admin.token", _new_token), data_dir)


def _identity(connection: Connection, key_file: Path) -> SigningKey:
    """The province key; the file and the database must belong together."""
    connection.exec_driver_sql("LOCK TABLE server_state IN EXCLUSIVE MODE")
    known = connection.execute(select(server_state.c.province_key)).one_or_none()
    if known is not None and not key_file.exists():
        raise Trouble(
            f"缺少省级签名密钥文件 {key_file}，服务器没有启动，数据没有改动。",
            remedy="请把安装时的 province.key 放回数据文件夹（应另有备份）。",
            code="province_key_missing",
        )
    key = _read_key(key_file)
    if known is None:
        state = {"epoch": secrets.token_hex(8), "created_at": datetime.now(UTC)}
        connection.execute(insert(server_state).values(id=1, province_key=key.verify_key.encode(), **state))
        return key
    if known.province_key != key.verify_key.encode():
        raise Trouble(
            f"签名密钥文件 {key_file} 与数据库不是同一套，服务器没有启动，数据没有改动。",
            remedy="请核对 --data-dir 与 --dsn 是否属于同一台服务器。",
            code="province_key_differs",
        )
    return key


def _read_key(path: Path) -> SigningKey:
    text = read_or_create(path, lambda: SigningKey.generate().encode().hex())
    try:
        return SigningKey(bytes.fromhex(text))
    except (ValueError, NaclValueError) as error:
        raise Trouble(
            f"省级签名密钥文件 {path} 已损坏，服务器没有启动。",
            remedy="请从备份恢复该文件。",
            code="province_key_damaged",
        ) from error


def _new_token() -> str:
    return secrets.token_urlsafe(32)
