"""Items of channels on a laptop: taken in order, once, only what the province signed for this village."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from tests.helpers.laptops import PROVINCE, PROVINCE_KEY, VILLAGE_CODE, Quiet, certify, laptop
from tests.helpers.peers import MemoryServer, hasty
from villageapp.errors import SyncError
from villageapp.services import channel_items
from villageapp.services.workspace import Workspace
from villageapp.sync import chain, channels, protocol
from villageapp.sync.chain import Signed
from villageapp.sync.channels import Item, Kind
from villageapp.sync.exchange import Outcome, exchange
from villageapp.sync.protocol import Message, RefusedSegment

NOW = "2023-06-01T00:00:00Z"
LINE = '[MON_LINE]\nsource = "5"\nvalues = [{ from = 2023-01-01, value = 690000 }]\n'


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    one = laptop(tmp_path, "甲")
    certify(one)
    yield one
    one.close()


def item(
    number: int, channel: str = "14", kind: str = Kind.NOTICE, text: str = "内容", **more: object
) -> Item:
    made = Item(channels.VERSION, channel, number, kind, f"第{number}份", text, "山西省", 1_690_000_000_000)
    return msgspec.structs.replace(made, **more)


def signed(*items: Item, key: SigningKey = PROVINCE) -> list[Signed]:
    return [channels.sign(one, key) for one in items]


def take(work: Workspace, items: list[Signed]) -> channels.Taken:
    with work.database.writing() as connection:
        return channels.take(connection, items, PROVINCE_KEY, VILLAGE_CODE, NOW)


def have(work: Workspace) -> dict[str, int]:
    with work.reading() as connection:
        return channels.have(connection)


@dataclass
class Publisher(MemoryServer):
    """A server that offers these items whatever the laptop has."""

    items: list[Signed] = field(default_factory=list)
    back: list[Signed] = field(default_factory=list)
    last: dict[str, int] | None = None
    more: bool = False

    def answer(self, message: Message, refusals: list[RefusedSegment]) -> Message:
        """With items."""
        self.back += message.items
        answer = super().answer(message, refusals)
        hello = msgspec.structs.replace(answer.hello, channels=self.last, more=self.more)
        return Message(hello, answer.segments, [], refusals, answer.receipt, self.items)


def meet(work: Workspace, server: Publisher) -> Outcome:
    return exchange(work.database, work.clock, server, {}, "test", Quiet(), hasty())


def test_items_come_with_an_exchange_once(work: Workspace) -> None:
    server = Publisher({}, items=signed(item(1), item(2), item(1, "149901")))
    assert meet(work, server).items == 3
    again = meet(work, server)
    assert (again.items, again.notes) == (0, [])
    assert have(work) == {"14": 2, "149901": 1}


def test_what_does_not_belong_here_is_left_out_and_the_rest_stays(work: Workspace) -> None:
    stranger = signed(item(2), key=SigningKey.generate())
    elsewhere, gap = signed(item(1, "140105")), signed(item(5))
    huge = [Signed(bytes(channels.MAX_ITEM + 1), bytes(64))]
    outcome = meet(
        work, Publisher({}, items=[*signed(item(1)), *stranger, *elsewhere, *gap, *huge, *signed(item(2))])
    )
    assert outcome.items == 2
    assert have(work) == {"14": 2}
    for words in ("签名", "别处", "缺第", "过大"):
        assert any(words in note for note in outcome.notes), words
    assert outcome.receipt is not None


def test_a_published_item_never_changes(work: Workspace) -> None:
    take(work, signed(item(1)))
    other = take(work, signed(item(1, text="另一份")))
    assert other.new == 0
    assert "不同" in other.refused[0]
    assert channel_items.one(work, "14", 1).text == "内容"


def test_a_certificate_or_receipt_is_no_item_and_an_item_no_receipt(work: Workspace) -> None:
    receipt = chain.sign(chain.Receipt("w", {}, "e", 0), PROVINCE)
    as_item = msgspec.msgpack.encode(item(1))
    plain = Signed(as_item, PROVINCE.sign(as_item).signature)
    assert take(work, [receipt, plain]).new == 0
    with pytest.raises(SyncError):
        chain.read_receipt(signed(item(1))[0], PROVINCE_KEY)


def test_a_server_that_always_has_more_does_not_hold_a_laptop(work: Workspace) -> None:
    server = Publisher({}, items=signed(item(9)), more=True)
    outcome = meet(work, server)
    assert server.requests <= 5
    assert any("缺第" in note for note in outcome.notes)


def test_a_server_that_lost_items_is_given_them_once(work: Workspace) -> None:
    kept = signed(item(1), item(2), item(3))
    take(work, kept)
    server = Publisher({}, last={"14": 1})
    meet(work, server)
    assert server.back == kept[1:]
    assert server.requests <= 5, "it does not take them: they are not offered without end"


def test_what_is_kept_is_found_again_after_a_newer_program_or_an_unknown_kind(work: Workspace) -> None:
    assert take(work, signed(item(1, v=99), item(2, kind="songs"), item(3))).new == 3
    channel_items.refresh(work)
    shown = {found.number: found for found in channel_items.listing(work)}
    assert shown[1].troubles
    assert shown[2].troubles
    assert not shown[3].troubles
    assert [p.number for p in channel_items.unread(work)]


def test_a_pack_that_does_not_parse_holds_up_no_other(work: Workspace) -> None:
    bad = item(1, kind=Kind.POLICIES, text="[[policy]]\npolicy_no = 1")
    partly = item(2, kind=Kind.PARAMETERS, text=LINE + "[NO_SUCH]\nsource = '1'\nvalues = []\n")
    take(work, signed(bad, partly, item(3, kind=Kind.PARAMETERS, text="no toml")))
    channel_items.refresh(work)
    assert work.parameters.integer("MON_LINE", date(2023, 6, 1)) == 690000
    troubles = work.published.troubles
    assert set(troubles) == {("14", 1), ("14", 2), ("14", 3)}
    assert "NO_SUCH" in troubles["14", 2][0]
    assert {p.number: bool(p.troubles) for p in channel_items.listing(work)} == {1: True, 2: True, 3: True}


def test_times_and_days_that_are_none_are_shown_without(work: Workspace) -> None:
    take(work, signed(item(1, issued_ms=2**62, from_day="soon", to_day="2020-13-01")))
    [shown] = channel_items.unread(work)
    assert (shown.issued_at, shown.from_day, shown.to_day) == (None, None, None)


def test_an_older_peer_skips_items_and_an_answer_carries_them_over_the_wire() -> None:
    hello = protocol.Hello("w", "", {}, 0, 1, "test", channels={"14": 1})
    decoded = protocol.decode(protocol.encode(Message(hello, items=signed(item(1)))))
    assert decoded.items == signed(item(1))
    assert decoded.hello.channels == {"14": 1}
    older = msgspec.msgpack.encode(
        {"workspace": "w", "replica_id": "", "vector": {}, "time_ms": 0, "schema": 1, "app": ""}
    )
    assert msgspec.msgpack.decode(older, type=protocol.Hello).channels is None


_BODIES = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda number, channel, kind, text: msgspec.msgpack.encode(item(number, channel, kind, text)),
        st.integers(-3, 2**63),
        st.sampled_from(["14", "1499", "149901", "149901100", "140105", "", "x"]),
        st.sampled_from([*Kind, "other"]),
        st.one_of(st.text(max_size=100), st.just(LINE)),
    ),
    st.dictionaries(st.text(max_size=8), st.integers(0, 9), max_size=4).map(msgspec.msgpack.encode),
)


@given(st.lists(st.tuples(_BODIES, st.booleans()), max_size=12))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_numbers_stay_without_gaps_and_the_store_opens(
    work: Workspace, bodies: list[tuple[bytes, bool]]
) -> None:
    items = [
        Signed(body, PROVINCE.sign(channels.SIGNED_AS + body).signature if good else bytes(64))
        for body, good in bodies
    ]
    before = sum(have(work).values())
    taken = take(work, items)
    channel_items.refresh(work)
    with work.reading() as connection:
        rows = connection.exec_driver_sql("SELECT channel, number FROM channel_item ORDER BY 1, 2").all()
    for channel in {row[0] for row in rows}:
        numbers = [number for where, number in rows if where == channel]
        assert numbers == list(range(1, len(numbers) + 1))
        assert channel in channels.above(VILLAGE_CODE)
    assert len(rows) == before + taken.new
    assert len(channel_items.listing(work)) == len(rows)
