"""Nobody is locked out in the field, and nobody without a secret reads what lies on the disk.

Real encrypted stores, real key slots, real files; nothing here has a network (no address is ever asked).
"""

from __future__ import annotations

import hashlib
import io
import logging
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NoReturn

import msgspec
import pytest
from PIL import Image

from tests.helpers import laptops
from tests.helpers.stores import PASSPHRASE, PLACE, ZHANG, StoreTemplate, add_family, family_id
from villageapp import log
from villageapp.errors import NotAllowed, ValidationFailed
from villageapp.models import keys
from villageapp.models.log import Certificate, Replica
from villageapp.paths import DataDir
from villageapp.services import (
    attachments,
    backups,
    bundles,
    drafts,
    households,
    records,
    staged_photos,
    visits,
)
from villageapp.services import workspace as workspaces
from villageapp.services.attachments import Where
from villageapp.services.workspace import Workspace, open_workspace
from villageapp.sync import chain
from villageapp.sync.clock import HybridClock

HOME = family_id(ZHANG)
NEW = "山里的新口令-二〇二六"
WRONG_TRIES = 12


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files_below(*roots: Path) -> dict[Path, bytes]:
    """Every file and its bytes."""
    found = (path for root in roots for path in ([root] if root.is_file() else sorted(root.rglob("*"))))
    return {path: path.read_bytes() for path in found if path.is_file()}


# The recovery code --------------------------------------------------------------------------------------------------


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mountain without signal: who asks for an address or a connection fails."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
def test_the_recovery_code_sets_a_new_passphrase_and_the_database_is_not_touched(
    template: StoreTemplate, tmp_path: Path
) -> None:
    data_dir = template.copy_to(tmp_path / "store")
    before = files_below(data_dir.root)
    as_copied_down = template.recovery_code.lower().replace("-", " ")
    keys.change_passphrase(data_dir.key_slots, as_copied_down, NEW)
    after = files_below(data_dir.root)
    assert [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)] == [
        data_dir.key_slots
    ]
    with pytest.raises(NotAllowed) as refused:
        open_workspace(data_dir, PASSPHRASE)
    assert refused.value.code == "wrong_passphrase"
    for secret in (NEW, template.recovery_code):
        with open_workspace(data_dir, secret) as work:
            assert households.page(work, HOME).values["phone"] == "13800000001"


@pytest.mark.usefixtures("no_network")
def test_a_passphrase_is_changed_while_the_store_is_open_and_written_to(
    template: StoreTemplate, tmp_path: Path
) -> None:
    data_dir = template.copy_to(tmp_path / "store")
    with open_workspace(data_dir, template.recovery_code) as work:
        before = digest(data_dir.database)
        keys.change_passphrase(data_dir.key_slots, template.recovery_code, NEW)
        assert digest(data_dir.database) == before
        households.change(work, HOME, {"phone": "13900000001"})
    with open_workspace(data_dir, NEW) as work:
        assert households.page(work, HOME).values["phone"] == "13900000001"


def test_a_refused_new_passphrase_leaves_the_old_one(template: StoreTemplate, tmp_path: Path) -> None:
    data_dir = template.copy_to(tmp_path / "store")
    before = files_below(data_dir.root)
    with pytest.raises(NotAllowed):
        keys.change_passphrase(data_dir.key_slots, template.recovery_code[:-1] + "?", NEW)
    assert files_below(data_dir.root) == before


# Wrong tries --------------------------------------------------------------------------------------------------------


def test_a_dozen_wrong_tries_alter_nothing_and_the_right_passphrase_opens(
    template: StoreTemplate, tmp_path: Path
) -> None:
    data_dir = template.copy_to(tmp_path / "store")
    before = files_below(data_dir.root)
    code = template.recovery_code
    almost = (PASSPHRASE + "x", code[:-1], code[::-1], "", "A" * 28, "' OR 1=1 --", "口" * 200)
    for number in range(WRONG_TRIES):
        typed = almost[number] if number < len(almost) else f"wrong words {number}"
        with pytest.raises(NotAllowed) as refused:
            open_workspace(data_dir, typed)
        assert refused.value.code == "wrong_passphrase"
    assert files_below(data_dir.root) == before
    with open_workspace(data_dir, PASSPHRASE) as work:
        assert records.count(work, "household") == 4


# Clocks and certificates --------------------------------------------------------------------------------------------

EMPTY_BATTERY = datetime(1980, 1, 1, 0, 0, 7, tzinfo=UTC)
NINE_YEARS_ON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9 * 366)


@pytest.fixture(params=[EMPTY_BATTERY, NINE_YEARS_ON], ids=["1980", "nine years ahead"])
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The clock of the laptop, from before the store is opened."""
    moment: datetime = request.param
    now_ms = int(moment.timestamp() * 1000)
    monkeypatch.setattr(workspaces, "HybridClock", lambda: HybridClock(lambda: now_ms))
    return moment


def enrol(work: Workspace, colleague: Workspace, *, valid_to: str = "2099-12-31") -> None:
    """Both are certified laptops of one team; the certificate of ``work`` ends on that day."""
    with work.transaction() as session:
        replica = session.get_one(Replica, 1)
        replica.workspace, replica.enrolled = laptops.WORKSPACE, 1
        replica.server_url, replica.province_key = "http://127.0.0.1:1", laptops.PROVINCE_KEY
    laptops.certify(work, colleague)
    with work.transaction() as session:
        held = session.get_one(Certificate, work.identity.replica_id)
        content = chain.read_certificate(chain.Signed(held.body, held.signature), laptops.PROVINCE_KEY)
        signed = chain.sign(msgspec.structs.replace(content, valid_to=valid_to), laptops.PROVINCE)
        held.body, held.signature = signed.body, signed.signature


def a_days_work(work: Workspace) -> str:
    """What a team does in a village; the id of the visit."""
    households.change(work, HOME, {"phone": "13900000009"})
    started = work.now()
    draft = {"kind": "01", "result": "见到户主", "water_ok": False, "started_at": started}
    drafts.save(work, "visit", HOME, draft)
    if started == EMPTY_BATTERY:
        with pytest.raises(ValidationFailed) as refused:
            visits.record_visit(work, HOME, draft)
        assert [(p.field, "电脑时间" in p.message) for p in refused.value.problems] == [("started_at", True)]
        assert drafts.load(work, "visit", HOME) is not None
        draft["started_at"] = datetime(2026, 3, 6, 2, 0, tzinfo=UTC)
    return visits.record_visit(work, HOME, draft).ids[0]


def test_signing_in_and_local_work_do_not_depend_on_the_clock(
    template: StoreTemplate, tmp_path: Path, wrong_clock: datetime
) -> None:
    data_dir = template.copy_to(tmp_path / "store")
    with open_workspace(data_dir, PASSPHRASE) as work:
        assert work.now() == wrong_clock
        visit = a_days_work(work)
    with open_workspace(data_dir, template.recovery_code) as work:
        assert records.one(work, "visit", visit)["result"] == "见到户主"
        assert households.page(work, HOME).values["phone"] == "13900000009"


def test_an_enrolled_laptop_whose_certificate_ran_out_works_on_and_gives_to_colleagues(
    template: StoreTemplate, tmp_path: Path
) -> None:
    data_dir = template.copy_to(tmp_path / "store")
    ended = (date.today() - timedelta(days=400)).isoformat()
    colleague = laptops.laptop(tmp_path, "colleague")
    with colleague, open_workspace(data_dir, PASSPHRASE) as work:
        enrol(work, colleague, valid_to=ended)
    with open_workspace(data_dir, PASSPHRASE) as work:
        assert work.identity.enrolled
        visit = a_days_work(work)
        stick = bundles.export_bundle(work, "colleague", tmp_path / "stick.zcb")
        assert stick.changes > 0
    with open_workspace(data_dir, template.recovery_code) as work:
        assert records.one(work, "visit", visit)["result"] == "见到户主"


# Nothing readable on the disk ---------------------------------------------------------------------------------------

NAME, ID_NO, PHONE = "钱无此人", "14990119700101003X", "13987650001"
NOTE = "屋后榆树旁第三口井水泵坏了"
DRAFTED = "还没有保存的诉求是接通西沟水管"
FILE_WORDS = "photo-words-that-nobody-else-writes"
TEXTS = (NAME, ID_NO, PHONE, NOTE, DRAFTED, FILE_WORDS)
ENCODINGS = ("utf-8", "utf-16-le", "gb18030")


def readable(files: dict[Path, bytes], texts: tuple[str, ...] = TEXTS) -> list[tuple[str, str, str]]:
    """Which of the texts lie in which file, in which encoding."""
    wanted = [(text, encoding, text.encode(encoding)) for text in texts for encoding in ENCODINGS]
    return [
        (path.name, text, encoding)
        for path, content in files.items()
        for text, encoding, raw in wanted
        if raw in content
    ]


def photo() -> bytes:
    """A picture with words in its file (the camera's comment)."""
    buffer = io.BytesIO()
    shown: Any = Image.Exif()
    shown[0x010E] = FILE_WORDS
    noise = Random(12).randbytes(3 * 640 * 480)
    picture = Image.frombytes("RGB", (640, 480), noise)
    picture.save(buffer, "JPEG", exif=shown, comment=NOTE.encode())
    return buffer.getvalue()


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[DataDir]:
    """A data folder with the program's log running."""
    data_dir = DataDir(tmp_path / "store")
    data_dir.create()
    handler = log.start_file_log(data_dir.log)
    yield data_dir
    log.stop_file_log(handler)


def fill(work: Workspace) -> str:
    """A family, a visit, a photo, one more of a draft, and a failure in the log; the hash of the kept photo."""
    family = add_family(
        work,
        {**PLACE, "national_hh_no": "1499000000000099", "household_type": "1", "phone": PHONE},
        ({"name": NAME, "id_no": ID_NO, "relation": "户主"},),
    )
    started = work.now() - timedelta(hours=1)
    values = {"kind": "01", "started_at": started, "result": "见到户主", "note": NOTE}
    visit = visits.record_visit(work, family.id, values).ids[0]
    kept = attachments.add(work, photo(), "visit", visit, caption=NOTE)
    staged = staged_photos.stage(work, photo(), caption=NOTE)
    rows = {staged_photos.PHOTOS: [staged.as_row()], "demand": DRAFTED}
    drafts.save(work, "visit", family.id, rows)
    try:
        raise ValueError(f"{NAME} {ID_NO} {PHONE} {NOTE}")
    except ValueError:
        logging.getLogger(log.ROOT).exception("could not do it")
    assert attachments.of(work, "visit", visit)[0].where is Where.LOCAL
    return str(kept.detail)


def test_without_a_secret_no_byte_on_the_disk_is_readable(
    logged: DataDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    made = workspaces.init_workspace(
        logged, village_code="149901001001", village_name="示例村", user_name="周队员", passphrase=PASSPHRASE
    )
    backup, stick = tmp_path / "one.zcbak", tmp_path / "stick.zcb"
    with laptops.laptop(tmp_path, "colleague") as colleague, made.work as work:
        enrol(work, colleague)
        content = attachments.content(work, fill(work))
        pixels = content[len(content) // 2 :][:64]
        backups.create(work, backup)
        given = bundles.export_bundle(work, "colleague", stick, everything=True)
        assert given.changes > 0
        assert given.blobs > 0
        wal = logged.root / "village.db-wal"
        while_open = files_below(logged.root, scratch)
        assert while_open[wal], "the write-ahead log is looked at as it is in use"
    closed = files_below(logged.root, scratch, backup, stick)
    names = {path.name for path in closed}
    assert {"village.db", "keys.json", "villageapp.log", "one.zcbak", "stick.zcb"} <= names
    assert len([path for path in closed if logged.blobs in path.parents]) >= 3, "photo, preview, staged photo"
    secrets = (PASSPHRASE, NEW, made.recovery_code, made.recovery_code.replace("-", ""))
    for files in (while_open, closed):
        assert readable(files, (*TEXTS, *secrets)) == []
        assert [path.name for path, content in files.items() if pixels in content] == []
    with open_workspace(logged, made.recovery_code) as work:  # all of it was in there
        kept = records.list_records(work, "visit")
        assert [visit["note"] for visit in kept] == [NOTE]
        assert [one.form for one in drafts.all_drafts(work)] == ["visit"]
    (logged.blobs / "plain").write_text(f"{NAME} {PHONE}", encoding="utf-8")
    found = readable(files_below(logged.root))
    assert {(name, text) for name, text, _encoding in found} == {("plain", NAME), ("plain", PHONE)}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_scan_would_find_a_plain_text(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "deep").mkdir()
    plain = tmp_path / "deep" / "notes"
    plain.write_bytes(b"\x00" * 4097 + " ".join(TEXTS).encode(encoding) + b"\xff")
    found = readable(files_below(tmp_path))
    assert {text for _name, text, how in found if how == encoding} == set(TEXTS)
