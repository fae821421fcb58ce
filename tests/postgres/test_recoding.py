"""A village that gets another code: its laptops learn of it from the server and go by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from tests.helpers.servers import ServerProcess, fresh_database, running_server
from tests.helpers.sticks import give, take
from villageapp.paths import DataDir
from villageapp.server import channels, issuing
from villageapp.server.admin import at_console
from villageapp.server.bundles import import_bundle
from villageapp.server.channels import Draft
from villageapp.server.opening import open_province
from villageapp.services import channel_items, villages
from villageapp.services.enrolling import enrol
from villageapp.services.syncing import state_hash, sync_now
from villageapp.services.workspace import Workspace, init_workspace
from villageapp.sync.channels import Kind

OLD, NEW = "140425100201", "140425101201"
LINE = '[MON_LINE]\nsource = "文号"\nvalues = [{{ from = 2023-01-01, value = {value} }}]\n'


@pytest.fixture
def own(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of this test's own: what is published concerns every village."""
    with running_server(tmp_path_factory.mktemp("recoding"), fresh_database(postgres_dsn)) as running:
        yield running


def publish(server: ServerProcess, division: str, kind: Kind, text: str, title: str) -> None:
    with open_province(server.data_dir, server.dsn) as province:
        channels.publish(province, division, Draft(kind, text.encode(), "f.toml", title), at_console())


def recode(server: ServerProcess) -> None:
    with open_province(server.data_dir, server.dsn) as province:
        issuing.recode(province, OLD, NEW, at_console())


def joined(server: ServerProcess, folder: Path, name: str, code: str) -> Workspace:
    data_dir = DataDir(folder / name)
    made = init_workspace(
        data_dir, village_code=code, village_name="羊井底村", user_name=name, passphrase="a good passphrase"
    )
    enrol(made.work, server.url, server.enrol_code(code, name))
    return made.work


@contextmanager
def team(server: ServerProcess, folder: Path, *names: str) -> Iterator[list[Workspace]]:
    works = [joined(server, folder, name, OLD) for name in names]
    try:
        for work in (*works, *works):
            sync_now(work)
        yield works
    finally:
        for work in works:
            work.close()


def titles(work: Workspace) -> list[str]:
    return sorted(item.title for item in channel_items.unread(work))


def test_laptops_follow_and_get_what_the_new_township_publishes(own: ServerProcess, tmp_path: Path) -> None:
    publish(own, "140425100", Kind.NOTICE, "内容", "旧乡镇的通知")
    with team(own, tmp_path, "甲", "乙") as (a, b):
        villages.change_village(a, {"town_phone": "0355-1234567"})
        sync_now(a)
        recode(own)
        publish(own, "140425101", Kind.NOTICE, "内容", "新乡镇的通知")
        publish(own, "140425101", Kind.PARAMETERS, LINE.format(value=720000), "新标准")
        for work in (a, b):
            report = sync_now(work)
            assert report.changes.everything
            assert any(NEW in note for note in report.notes)
            assert not any("没有采用" in note for note in report.notes)
        for work in (a, b, a, b):
            report = sync_now(work)
        assert report.receipt
        assert report.conflicts == 0
        assert state_hash(a) == state_hash(b)
        for work in (a, b):
            assert work.identity.village_code == NEW
            assert titles(work) == ["新乡镇的通知", "新标准", "旧乡镇的通知"]
            assert work.parameters.integer("MON_LINE", date(2023, 6, 1), NEW) == 720000
            shown = villages.this_village(work)
            assert (shown["code"], shown["town_phone"]) == (NEW, "0355-1234567")
            assert sync_now(work).notes == ()
        newcomer = joined(own, tmp_path, "丙", NEW)
        try:
            for work in (newcomer, a, b, newcomer):
                assert sync_now(work).receipt
            assert villages.this_village(newcomer)["town_phone"] == "0355-1234567"
            assert villages.this_village(newcomer) == villages.this_village(a)
        finally:
            newcomer.close()


def test_a_laptop_that_only_has_sticks_follows_and_an_old_reply_changes_nothing_back(
    own: ServerProcess, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with team(own, tmp_path, "甲") as [a]:
        give(a, stick / "before.zcb", "server")
        import_bundle(own.data_dir, own.dsn, stick / "before.zcb", stick / "old.zcb")
        recode(own)
        publish(own, "140425101", Kind.NOTICE, "内容", "新乡镇的通知")
        give(a, stick / "after.zcb", "server")
        import_bundle(own.data_dir, own.dsn, stick / "after.zcb", stick / "new.zcb")
        report = take(a, stick / "new.zcb")
        assert report.refused == ()
        assert a.identity.village_code == NEW
        assert titles(a) == ["新乡镇的通知"]
        take(a, stick / "old.zcb")
        assert a.identity.village_code == NEW
        assert sync_now(a).receipt
