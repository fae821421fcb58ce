"""Own changes under another number mean the same as before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from villageapp.sync.change import DELETE, DELETED, SET, Change, Clock
from villageapp.sync.digest import fast_canonical
from villageapp.sync.registers import Record, canonical, merge
from villageapp.sync.renumbering import common_length, copies, echoes, is_same, renumber

OLD, NEW, OTHER = "old-replica", "new-replica", "other"
RECORDS = ("a", "b")
steps = st.lists(
    st.tuples(
        st.sampled_from([OLD, OLD, OTHER]),
        st.sampled_from(RECORDS),
        st.sampled_from(["income", "phone", DELETED]),
        st.integers(0, 3),
        st.booleans(),
    ),
    max_size=14,
)


def history(written: list[Any]) -> list[tuple[str, Change]]:
    """Changes as laptops make them, each seeing all before it (or, now and then, not)."""
    records: dict[str, Record] = {}
    seqs: dict[str, int] = {}
    made: list[tuple[str, Change]] = []
    for number, (replica, record_id, name, value, saw) in enumerate(written, 1):
        record = records.setdefault(record_id, Record())
        deletes = name == DELETED
        bases = record.shown_clocks(name) if saw else ()
        fields: dict[str, Any] = {name: dict(seqs) if deletes else value}
        seqs[replica] = seqs.get(replica, 0) + 1
        kind = DELETE if deletes else SET
        given = {name: bases} if bases else {}
        change = Change(seqs[replica], number << 16, "who", "household", record_id, kind, fields, given)
        merge(record, change, replica, lambda _: True)
        made.append((replica, change))
    return made


def merged(changes: list[tuple[str, Change]]) -> dict[str, Record]:
    records: dict[str, Record] = {}
    vector: dict[str, int] = {}
    for replica, change in changes:
        known = lambda c: c.seq <= vector.get(c.replica_id, 0)  # noqa: E731
        merge(records.setdefault(change.record_id, Record()), change, replica, known)
        vector[replica] = change.seq
    return records


def with_new_number(value: Any, common: int) -> Any:
    """What a canonical record looks like when clocks after ``common`` are those of the new log."""
    if isinstance(value, dict) and OLD in value:
        seq = value[OLD]
        seen = {k: v for k, v in value.items() if k != OLD}
        seen |= {OLD: min(seq, common)} if min(seq, common) else {}
        return seen | ({NEW: seq - common} if seq > common else {})
    if isinstance(value, list) and len(value) == 4 and value[1] == OLD and value[2] > common:
        return [value[0], NEW, value[2] - common, with_new_number(value[3], common)]
    return [with_new_number(item, common) for item in value] if isinstance(value, list) else value


@given(written=steps, common=st.integers(0, 6))
def test_the_merge_of_renumbered_changes_is_the_same_with_other_names(
    written: list[Any], common: int
) -> None:
    made = history(written)
    own = [change for replica, change in made if replica == OLD]
    common = min(common, len(own))
    moved = iter(renumber(own[common:], OLD, NEW))
    after = [
        (NEW, next(moved)) if replica == OLD and change.seq > common else (replica, change)
        for replica, change in made
        if replica == OLD  # what others wrote over our forked changes is not rewritten
    ]
    before = [(replica, change) for replica, change in made if replica == OLD]
    expected = {i: with_new_number(canonical(r), common) for i, r in merged(before).items()}
    assert {i: canonical(r) for i, r in merged(after).items()} == expected
    assert {i: r.deleted for i, r in merged(after).items()} == {
        i: r.deleted for i, r in merged(before).items()
    }


@given(written=steps)
def test_the_quick_canonical_form_is_the_canonical_form(written: list[Any]) -> None:
    for record in merged(history(written)).values():
        assert fast_canonical(record) == canonical(record)


def change(seq: int, value: Any = 1, hlc: int = 0) -> Change:
    return Change(seq, hlc or seq << 16, "who", "household", "a", SET, {"income": value})


def test_logs_are_common_as_far_as_every_change_is_the_same() -> None:
    ours = [change(1), change(2), change(3), change(4)]
    assert common_length(ours, [change(1), change(2), change(3, hlc=99)]) == 2
    assert common_length(ours, ours[:3]) == 3
    assert common_length([], ours) == 0
    assert not is_same(change(1, True), change(1, 1))
    assert is_same(change(1), replace(change(1), schema=99))
    assert not is_same(change(1), replace(change(1), bases={"income": (Clock(1, OTHER, 1),)}))


def test_numbers_go_on_from_the_first_that_is_free() -> None:
    moved = renumber(
        [change(5), replace(change(6), bases={"income": (Clock(5 << 16, OLD, 5),)})], OLD, NEW, 3
    )
    assert [c.seq for c in moved] == [3, 4]
    assert moved[1].bases == {"income": (Clock(5 << 16, NEW, 3),)}
    assert renumber([], OLD, NEW) == []


@given(written=steps, cut=st.integers(0, 14))
def test_what_a_twin_has_said_under_its_new_number_is_not_said_again(written: list[Any], cut: int) -> None:
    own = [change for replica, change in history(written) if replica == OLD]
    twin = renumber(own[:cut], OLD, "twin")
    known = copies(own, OLD, [("twin", change) for change in twin])
    assert len(known) == len(twin)
    moved = renumber(own, OLD, NEW, known=known)
    assert [c.seq for c in moved] == list(range(1, len(own) - len(twin) + 1))
    alone = {i: canonical(r) for i, r in merged([(OLD, c) for c in own]).items()}
    both = {
        i: canonical(r) for i, r in merged([*(("twin", c) for c in twin), *((NEW, c) for c in moved)]).items()
    }
    assert {i: with_two_numbers(value, len(twin)) for i, value in alone.items()} == both


def with_two_numbers(value: Any, cut: int) -> Any:
    """What a canonical record looks like when clocks up to ``cut`` are the twin's and the others those of the new log."""
    if isinstance(value, dict) and OLD in value:
        seen = {k: v for k, v in value.items() if k != OLD}
        seen |= {"twin": min(value[OLD], cut)} if cut else {}
        return seen | ({NEW: value[OLD] - cut} if value[OLD] > cut else {})
    if isinstance(value, list) and len(value) == 4 and value[1] == OLD:
        place = ("twin", value[2]) if value[2] <= cut else (NEW, value[2] - cut)
        return [value[0], *place, with_two_numbers(value[3], cut)]
    return [with_two_numbers(item, cut) for item in value] if isinstance(value, list) else value


def test_only_the_same_words_of_the_same_person_are_copies() -> None:
    mine = [change(5), change(6)]
    others = [
        replace(change(1), hlc=mine[0].hlc, fields={"income": True}),
        replace(change(2), hlc=mine[0].hlc, actor="else"),
        replace(change(3), hlc=mine[1].hlc, bases={"income": (Clock(1, OTHER, 1),)}),
    ]
    assert copies(mine, OLD, [("twin", other) for other in others]) == {
        Clock(6 << 16, OLD, 6): Clock(6 << 16, "twin", 3)
    }


def test_what_a_rescue_said_again_is_found_in_the_true_log() -> None:
    """The same time and record, and no value that the true change has not; whatever its number and author."""

    def change(
        seq: int, hlc: int, record: str = "a", kind: str = SET, who: str = "who", **fields: Any
    ) -> Change:
        return Change(seq, hlc, who, "household", record, kind, fields)

    true = [
        change(5, 50, phone="1", note="x"),
        change(6, 60, kind=DELETE, **{DELETED: {OLD: 5}}),
        change(7, 70, phone="2"),
    ]
    again = [
        change(3, 50, who="another", phone="1"),
        change(4, 60, kind=DELETE, **{DELETED: {OLD: 3}}),
        change(5, 70, phone="3"),
        change(6, 70, "b", phone="2"),
        change(7, 71, phone="2"),
        change(8, 50, phone="1", address="y"),
    ]
    assert echoes(again, OLD, true) == {
        Clock(50, OLD, 3): Clock(50, OLD, 5),
        Clock(60, OLD, 4): Clock(60, OLD, 6),
    }
