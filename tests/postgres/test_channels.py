"""What offices publish reaches every laptop below them, the same everywhere, and changes what the rules say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.helpers.laptops import laptop
from tests.helpers.servers import ServerProcess, fresh_database, running_server
from tests.helpers.sticks import give, take
from tests.postgres.laptops import RawLaptop
from villageapp.domain.parameters import UnsetParameter
from villageapp.errors import NotAllowed, NotFound, Trouble, ValidationFailed
from villageapp.models.log import Replica
from villageapp.server import accounts, audit_trail, channels, restoration
from villageapp.server.admin import at_console
from villageapp.server.bundles import import_bundle
from villageapp.server.channels import Draft
from villageapp.server.opening import Province, open_province
from villageapp.services import channel_items, policies, today
from villageapp.services.enrolling import enrol
from villageapp.services.syncing import state_hash, sync_now
from villageapp.services.workspace import Workspace
from villageapp.sync import channels as wire
from villageapp.sync.chain import Signed
from villageapp.sync.channels import Item, Kind

VILLAGE = "149901100201"
PACK = """
pack = "training"
[[policy]]
policy_no = "{number}"
title = "{title}"
level = "省"
category = "产业"
effective_from = 2023-01-01
standard_text = "按人补助"
"""
LINE = '[MON_LINE]\nsource = "{source}"\nvalues = [{{ from = {year}-01-01, value = {value} }}]\n'


@pytest.fixture
def own(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of this test's own: what is published concerns every village."""
    with running_server(tmp_path_factory.mktemp("channels"), fresh_database(postgres_dsn)) as running:
        yield running


@contextmanager
def opened(server: ServerProcess) -> Iterator[Province]:
    with open_province(server.data_dir, server.dsn) as province:
        yield province


def publish(server: ServerProcess, division: str, kind: Kind, text: str, **more: object) -> int:
    draft = Draft(kind, text.encode(), "file.toml", **more)  # type: ignore[arg-type]
    with opened(server) as province:
        return int(channels.publish(province, division, draft, at_console())["number"])


def pack(number: str, title: str = "补助") -> str:
    return PACK.format(number=number, title=title)


def line(year: int, value: int, source: str = "文号") -> str:
    return LINE.format(year=year, value=value, source=source)


@contextmanager
def team(server: ServerProcess, folder: Path, *names: str) -> Iterator[list[Workspace]]:
    works = [laptop(folder, name, certified=False) for name in names]
    try:
        for work in works:
            with work.transaction() as session:
                session.get_one(Replica, 1).village_code = VILLAGE
            enrol(work, server.url, server.enrol_code(VILLAGE, work.data_dir.root.name))
        yield works
    finally:
        for work in works:
            work.close()


def titles(work: Workspace) -> list[str]:
    return [item.title for item in channel_items.unread(work)]


def test_a_line_of_the_province_holds_on_every_laptop_from_its_day_on_with_its_source(
    own: ServerProcess, tmp_path: Path
) -> None:
    with team(own, tmp_path, "甲", "乙") as works:
        for work in works:
            sync_now(work)
            with pytest.raises(UnsetParameter):
                work.parameters.find("MON_LINE", date(2023, 6, 1), VILLAGE)
        assert publish(own, "14", Kind.PARAMETERS, line(2023, 690000, "晋乡振发 5 号")) == 1
        for work in works:
            report = sync_now(work)
            assert report.receipt
            assert report.changes.everything
            assert any("上级发布" in note for note in report.notes)
            found = work.parameters.find("MON_LINE", date(2023, 6, 1), VILLAGE)
            assert (found.value, found.source) == (690000, "晋乡振发 5 号")
            assert work.parameters.find("MON_LINE", date(2021, 6, 1)).value == 600000
        assert state_hash(works[0]) == state_hash(works[1])
        assert sync_now(works[0]).notes == ()


def test_a_correction_is_a_new_item_and_a_nearer_office_wins(own: ServerProcess, tmp_path: Path) -> None:
    publish(own, "14", Kind.PARAMETERS, line(2023, 690000))
    publish(own, "14", Kind.PARAMETERS, line(2023, 700000, "更正"))
    with team(own, tmp_path, "甲") as [work]:
        sync_now(work)
        assert work.parameters.integer("MON_LINE", date(2023, 6, 1), VILLAGE) == 700000
        assert publish(own, "149901", Kind.PARAMETERS, line(2023, 720000)) == 1
        sync_now(work)
        assert work.parameters.integer("MON_LINE", date(2023, 6, 1), VILLAGE) == 720000
        assert work.parameters.integer("MON_LINE", date(2023, 6, 1), "140105001001") == 700000


def test_what_was_published_holds_after_the_store_is_opened_again(own: ServerProcess, tmp_path: Path) -> None:
    publish(own, "14", Kind.PARAMETERS, line(2023, 690000))
    publish(own, "149901", Kind.POLICIES, pack("T-1", "县里的补助"))
    with team(own, tmp_path, "甲") as [work]:
        sync_now(work)
        again = Workspace(work.data_dir, work.database, work.clock)
        assert again.parameters.integer("MON_LINE", date(2023, 6, 1)) == 690000
        assert policies.one(again, "T-1")["title"] == "县里的补助"


def test_policies_are_the_same_everywhere_and_never_conflict(own: ServerProcess, tmp_path: Path) -> None:
    with team(own, tmp_path, "甲", "乙") as (a, b):
        own_pack = tmp_path / "own.toml"
        own_pack.write_text(pack("T-1", "村里先装的"), encoding="utf-8")
        policies.load_pack(a, own_pack)
        publish(own, "149901", Kind.POLICIES, pack("T-1", "县里发布的"))
        for _ in range(2):
            for work in (a, b):
                report = sync_now(work)
        assert report.conflicts == 0
        assert state_hash(a) == state_hash(b)
        assert state_hash(a).records == 1, "what was published is no record"
        for work in (a, b):
            found = policies.one(work, "T-1")
            assert found["title"] == "县里发布的"
            assert "第 1 号" in found["source"]


def test_notices_stand_in_today_s_work_until_read(own: ServerProcess, tmp_path: Path) -> None:
    publish(own, "14", Kind.NOTICE, "旧的已过期", title="过期", to_day=date(2020, 1, 1))
    publish(own, "14", Kind.NOTICE, "请于月底前完成集中排查。", title="集中排查", to_day=date(2099, 1, 1))
    with team(own, tmp_path, "甲") as [work]:
        from tests.helpers.laptops import household

        with work.transaction() as session:
            session.add(household(1))
        sync_now(work)
        assert titles(work) == ["集中排查"]
        [shown] = [item for item in today.work_list(work) if item.kind == "channel"]
        assert shown.target == "14/2"
        assert "集中排查" in shown.title
        saved = channel_items.read(work, "14", 2)
        assert saved.changes.touches("channel_item")
        assert titles(work) == []
        assert len(channel_items.listing(work)) == 2
        with pytest.raises(NotFound):
            channel_items.read(work, "14", 99)


def test_a_new_laptop_gets_large_channels_piece_by_piece(own: ServerProcess, tmp_path: Path) -> None:
    long = "，" * 19_000
    for number in range(1, 41):
        publish(own, "14", Kind.NOTICE, long, title=f"第{number}份")
    with team(own, tmp_path, "甲") as [work]:
        report = sync_now(work)
        assert report.receipt
        assert report.round_trips > 2, "more than one answer's worth"
        assert len(channel_items.listing(work)) == 40


def test_an_old_laptop_is_sent_nothing_and_a_huge_number_is_taken_calmly(own: ServerProcess) -> None:
    publish(own, "14", Kind.NOTICE, "内容", title="标题")
    old = RawLaptop(own.url, VILLAGE)
    old.enrol(own.enrol_code(VILLAGE))
    assert old.send().items == []
    assert old.send().hello.channels is None
    answer = old.send(channels={})
    assert len(answer.items) == 1
    assert answer.hello.channels == {"14": 1, "1499": 0, "149901": 0, "149901100": 0}
    assert old.send(channels={"14": 2**64 - 1, "x": -5, "1499": -(2**62)}).items == []


def test_a_restored_server_gets_back_what_it_lost(own: ServerProcess, tmp_path: Path) -> None:
    publish(own, "14", Kind.NOTICE, "一", title="一")
    publish(own, "14", Kind.NOTICE, "二", title="二")
    with team(own, tmp_path, "甲", "乙") as (a, b):
        sync_now(a)
        assert own.dsn is not None
        with psycopg.connect(own.dsn, autocommit=True) as connection:
            connection.execute("DELETE FROM channel_item")
        sync_now(a)
        sync_now(b)
        assert sorted(titles(b)) == ["一", "二"]
        assert publish(own, "14", Kind.NOTICE, "三", title="三") == 3
        rows = own.ask("channels/14")
        assert [(row["number"], row["title"]) for row in rows] == [(3, "三"), (2, "二"), (1, "一")]


def test_a_restored_server_that_publishes_at_once_uses_no_number_twice(
    own: ServerProcess, tmp_path: Path
) -> None:
    publish(own, "14", Kind.NOTICE, "一", title="一")
    publish(own, "14", Kind.PARAMETERS, line(2023, 690000), title="二")
    with team(own, tmp_path, "甲", "乙") as (a, b):
        sync_now(a)
        assert own.dsn is not None
        with psycopg.connect(own.dsn, autocommit=True) as connection:
            connection.execute("DELETE FROM channel_item WHERE number = 2")
        with opened(own) as province, province.engine.begin() as connection:
            restoration.restored_by_hand(connection, province.folder, "test")
        assert publish(own, "14", Kind.PARAMETERS, line(2023, 700000), title="三") == 1
        sync_now(b)
        assert titles(b) == ["三", "一"]
        assert b.parameters.integer("MON_LINE", date(2023, 6, 1)) == 700000
        for _ in range(2):
            for work in (a, b):
                report = sync_now(work)
        assert report.notes == ()
        for work in (a, b):
            assert titles(work) == ["三", "二", "一"]
            assert work.parameters.integer("MON_LINE", date(2023, 6, 1)) == 700000, "the last one counts"
        rows = own.ask("channels/14")
        assert [row["title"] for row in rows] == ["三", "二", "一"]
        assert len({row["shown_number"] for row in rows}) == 3
        with opened(own) as province, province.engine.begin() as connection:
            restoration.restored_by_hand(connection, province.folder, "test")
            connection.exec_driver_sql("DELETE FROM channel_item WHERE channel LIKE '14.%%'")
        assert publish(own, "14", Kind.NOTICE, "四", title="四") == 1, "a series of its own each time"
        for work in (a, b, a):
            report = sync_now(work)
        assert report.notes == ()
        assert titles(b) == titles(a) == ["四", "三", "二", "一"]
        assert len(own.ask("channels/14")) == 4


def test_nobody_brings_items_that_the_province_did_not_sign_or_that_do_not_fit(own: ServerProcess) -> None:
    from nacl.signing import SigningKey

    publish(own, "14", Kind.NOTICE, "一", title="一")
    one = RawLaptop(own.url, VILLAGE)
    one.enrol(own.enrol_code(VILLAGE))
    with opened(own) as province:
        key = province.key
    forged = wire.sign(Item(1, "14", 2, "notice", "假", "假", "省", 0), SigningKey.generate())
    elsewhere = wire.sign(Item(1, "140105", 1, "notice", "别处", "别处", "县", 0), key)
    gap = wire.sign(Item(1, "14", 5, "notice", "跳号", "跳号", "省", 0), key)
    garbage = Signed(b"\xc1", key.sign(wire.SIGNED_AS + b"\xc1").signature)
    from villageapp.sync import protocol
    from villageapp.sync.protocol import Message

    message = Message(one.hello(channels={}), items=[forged, elsewhere, gap, garbage])
    answer = one.send_raw(protocol.encode(message))
    assert answer.status_code == 200
    assert [row["number"] for row in own.ask("channels/14")] == [1]
    assert own.ask("channels/140105") == []


def test_what_was_published_also_comes_by_stick(own: ServerProcess, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with team(own, tmp_path, "甲", "乙") as (a, b):
        for work in (a, b, a):
            sync_now(work)
        publish(own, "14", Kind.PARAMETERS, line(2023, 690000))
        publish(own, "14", Kind.NOTICE, "内容", title="通知")
        give(a, stick / "up.zcb", "server")
        import_bundle(own.data_dir, own.dsn, stick / "up.zcb", stick / "back.zcb")
        with opened(own) as province, province.engine.connect() as connection:
            [noted] = [row for row in audit_trail.latest(connection, 20) if row["action"] == "bundle"]
        assert noted["who"] == at_console().who
        assert take(a, stick / "back.zcb").touched.everything
        give(a, stick / "b.zcb")
        assert take(b, stick / "b.zcb").refused == ()
        for work in (a, b):
            assert work.parameters.integer("MON_LINE", date(2023, 6, 1)) == 690000
            assert "通知" in titles(work)
        assert not take(b, stick / "b.zcb").touched.everything, "a second time it brings nothing"
        assert sync_now(b).notes == ()


def test_two_offices_at_once_get_numbers_one_after_the_other(own: ServerProcess) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with opened(own) as province, ThreadPoolExecutor(4) as pool:
        draft = Draft(Kind.NOTICE, "内容".encode(), "n.txt", "标题")
        done = list(
            pool.map(lambda _: channels.publish(province, "149901", draft, at_console())["number"], range(12))
        )
    assert sorted(done) == list(range(1, 13))


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        (Kind.PARAMETERS, b"[NO_SUCH]\nsource='x'\nvalues=[{from=2023-01-01,value=1}]", "NO_SUCH"),
        (Kind.PARAMETERS, b"[MON_LINE]\nsource='x'\nvalues=[{from=2023-01-01,value='a'}]", "MON_LINE"),
        (Kind.PARAMETERS, b"[MON_LINE]\nvalues=[{from=2023-01-01,value=1}]", "source"),
        (
            Kind.PARAMETERS,
            b"[MON_LINE]\nsource='x'\nvalues=[{from=2023-01-01,value=1,region='1401'}]",
            "region",
        ),
        (Kind.POLICIES, b"policy = 1", "没有政策"),
        (Kind.POLICIES, b"\xff", "不能使用"),
        (Kind.PARAMETERS, b"[" * 5000, "不能使用"),
    ],
)
def test_what_a_laptop_could_not_use_is_not_published(
    own_province: Province, kind: Kind, content: bytes, words: str
) -> None:
    with pytest.raises(Trouble) as caught:
        channels.publish(own_province, "149901", Draft(kind, content, "f.toml"), at_console())
    assert words in caught.value.message
    assert channels.listing(own_province, "149901", at_console()) == []


@pytest.fixture(scope="module")
def own_province(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    with open_province(tmp_path_factory.mktemp("province"), fresh_database(postgres_dsn)) as province:
        yield province


def test_drafts_and_divisions_are_checked(own_province: Province) -> None:
    office, good = at_console(), b"words"
    wrong = [
        Draft("x", good, "f", "标题"),
        Draft(Kind.NOTICE, good, "f"),
        Draft(Kind.NOTICE, b" ", "f", "标题"),
        Draft(Kind.NOTICE, b"\xff", "f", "标题"),
        Draft(Kind.NOTICE, good, "f", "长" * 61),
        Draft(Kind.NOTICE, good, "f", "标题", date(2023, 2, 1), date(2023, 1, 1)),
    ]
    for draft in wrong:
        with pytest.raises(ValidationFailed):
            channels.publish(own_province, "14", draft, office)
    with pytest.raises(NotFound):
        channels.publish(own_province, "99", Draft(Kind.NOTICE, good, "f", "标题"), office)


def test_an_office_acts_and_looks_only_in_its_division(own: ServerProcess) -> None:
    publish(own, "149901", Kind.NOTICE, "内容", title="县里的")
    with opened(own) as province:
        login = accounts.add(province, "wang", "查看", "149901", "a good password", "test")
        viewer = accounts.by_password(province, login, "a good password")
        with pytest.raises(NotAllowed):
            channels.publish(province, "149901", Draft(Kind.NOTICE, b"x", "f", "t"), viewer)
        accounts.add(province, "li", "管理员", "1401", "a good password", "test")
        city = accounts.by_password(province, "140100/li", "a good password")
        with pytest.raises(NotAllowed):
            channels.publish(province, "149901", Draft(Kind.NOTICE, b"x", "f", "t"), city)
        assert channels.publish(province, "140105", Draft(Kind.NOTICE, b"x", "f", "t"), city)["who"]

    def seen(login: str, division: str) -> httpx.Response:
        address = f"{own.url}/admin/v1/channels/{division}"
        return httpx.get(address, auth=(login, "a good password"), trust_env=False)

    assert [row["title"] for row in seen("149901/wang", "149901").json()] == ["县里的"]
    assert seen("149901/wang", "14").status_code == 404
    assert seen("140100/li", "149901").status_code == 404
    assert seen("140100/li", "1401x").status_code == 404
