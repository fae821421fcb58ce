"""The index of a large store finds what a scan of the store finds, whatever was written since it was made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from tests.helpers import workbooks
from tests.helpers.laptops import certify, household, laptop, meet
from tests.helpers.stores import SHAN, VILLAGE_NAME, ZHANG, ZHAO, add_family, family_id, member_id
from villageapp.domain import pinyin
from villageapp.errors import Cancelled
from villageapp.models import summaries
from villageapp.models.records import Household
from villageapp.progress import SILENT
from villageapp.services import households, members, search, search_index, undoing
from villageapp.services.household_lists import list_ids
from villageapp.services.imports import apply_import, undo_import
from villageapp.services.search_index import SearchIndex
from villageapp.services.workspace import Workspace
from villageapp.sync import capture

_SAVE = "INSERT INTO search_entry (record_id, household_id, kind, name, text) VALUES (?, ?, ?, ?, ?)"
_NEWCOMERS = (
    {"national_hh_no": "1499000000000009", "group_name": "一组"},
    ({"name": "仇新户", "id_no": "149901196507080049", "relation": "户主"},),
)
_RARE = "𠮷𡈽😀"
_NAMES = (
    "张三",
    "张三丰",
    "单于",
    "仇小查",
    "解盖",
    "A某",
    "ab",
    "阿 不都",
    "𠮷田",
    "王😀",
    "李_4",
    "o'neil",
    "ÄÖ",
    "",
)
_WORDS = (
    "一组",
    "第3组",
    "12号",
    "柳林村12号",
    "100%",
    "a_b",
    "\\",
    "“十组”",
    "x",
    "1x",
    "1499",
    "14990119620315001x",
)
_QUERIES = st.one_of(
    st.sampled_from(
        ("z", "zs", "zhang", "1", "14", "149", "01x", "x", "%", "_", "\\", "'", '"', "组", "村12", "掌三")
    ),
    st.text(alphabet="张三单于一组村号0139xaz_%\\'" + _RARE, min_size=1, max_size=4),
    st.sampled_from((*_NAMES, *_WORDS)),
    st.text(max_size=5),
)


@pytest.fixture
def indexed(work: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The small village with an index, as a large store has one."""
    return _with_index(work, monkeypatch)


def _with_index(work: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(search, "LARGE", 0)
    search.prepare(work)
    assert work.search_index is not None
    return work


def names(work: Workspace, text: str) -> list[str]:
    """Who is found with the index; a scan must find the same."""
    index = work.search_index
    assert index is not None
    found, listed = search.find(work, text), list_ids(work, text=text)
    work.search_index = None
    assert found == search.find(work, text)
    assert listed == list_ids(work, text=text)
    work.search_index = index
    return [hit.name for hit in found]


@st.composite
def entries(draw: st.DrawFn, prefix: str) -> list[tuple[str, str, str, str, str]]:
    """Households and members, some of one name, as ``models.summaries`` writes them."""
    made = []
    for number in range(draw(st.integers(0, 12))):
        name = draw(st.one_of(st.sampled_from(_NAMES), st.text(alphabet="张三单aZ " + _RARE, max_size=3)))
        words = draw(st.lists(st.sampled_from(_WORDS), max_size=4))
        is_member = draw(st.booleans())
        keys = [name, pinyin.search_keys(name)] if is_member else []
        text = "\n".join(part for part in (*keys, *words) if part).lower()
        home = f"{prefix}{number % 4}"
        made.append((f"{prefix}-{number}", home, "member" if is_member else "household", name, text))
    return made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=entries("a"),
    later=entries("b"),
    gone=st.sets(st.sampled_from(["a0", "a1", "a2", "a3"])),
    queries=st.lists(_QUERIES, min_size=1, max_size=6),
    most=st.integers(1, 6),
    ranked=st.integers(0, 6),
)
def test_the_index_finds_what_a_scan_finds(
    work: Workspace,
    before: Sequence[tuple[str, ...]],
    later: Sequence[tuple[str, ...]],
    gone: set[str],
    queries: list[str],
    most: int,
    ranked: int,
) -> None:
    with pytest.MonkeyPatch.context() as patched, work.database.writing() as connection:
        patched.setattr(search_index, "_RANKED", ranked)  # so that few entries are already very many
        point = connection.begin_nested()
        _write(connection, before)
        index = SearchIndex(connection, SILENT)
        for home in gone:
            connection.exec_driver_sql("DELETE FROM search_entry WHERE household_id = ?", (home,))
        _write(connection, later)
        for query in queries:
            scanned = search._search(connection, query, most, None)
            assert search._search(connection, query, most, index) == scanned
            ranks = search.matching_households(connection, query)
            assert search.matching_households(connection, query, index) == ranks
        point.rollback()


def _write(connection: Connection, rows: Sequence[tuple[str, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(_SAVE, [*rows])


@pytest.mark.parametrize("text", ["王", "王一", "wy", "w", "示范", "1499", "0001", "9999"])
def test_among_thousands_the_best_are_found_and_in_order(work: Workspace, text: str) -> None:
    people = [f"王{'一二三四五六七八九十'[n % 10]}{'甲乙丙丁'[n % 4]}"[: 2 + n % 2] for n in range(6_000)]
    with work.database.writing() as connection:
        rows = [
            (f"{n:05d}", f"{n // 3:05d}", "member", name, _text(name, n)) for n, name in enumerate(people)
        ]
        connection.exec_driver_sql(_SAVE, rows)
    with work.reading() as connection:
        index = SearchIndex(connection, SILENT)
        assert len(index) > 6_000
        assert search._search(connection, text, 24, index) == search._search(connection, text, 24, None)
        ranks = search.matching_households(connection, text)
        assert search.matching_households(connection, text, index) == ranks


def _text(name: str, number: int) -> str:
    return f"{name}\n{pinyin.search_keys(name)}\n1499011960{number:07d}x\n139{number:08d}"


def test_a_small_store_gets_no_index(work: Workspace) -> None:
    search.prepare(work)
    assert work.search_index is None


def test_what_is_edited_is_found_by_its_new_words_alone(indexed: Workspace) -> None:
    work, home = indexed, family_id(ZHANG)
    child = member_id(ZHANG, "149901201009160023")
    members.change_member(work, child, {"name": "张改名"})
    households.change(work, home, {"phone": "13900000077"})
    assert names(work, "张小例") == []
    assert names(work, "张改名") == names(work, "zgm") == ["张改名"]
    assert names(work, "0077") == ["张示范"]
    assert names(work, "13800000001") == []
    undoing.undo(work)
    undoing.undo(work)
    assert names(work, "张小例") == ["张小例"]
    assert names(work, "张改名") == names(work, "0077") == []


def test_what_is_deleted_is_gone_and_what_is_added_is_found(indexed: Workspace) -> None:
    work = indexed
    with work.transaction() as session:
        capture.delete(session, session.get_one(Household, family_id(SHAN)))
    assert names(work, "单䶮") == []
    undoing.undo(work)
    assert names(work, "单䶮") == ["单䶮"]
    add_family(work, *_NEWCOMERS)
    assert names(work, "仇新户") == names(work, "qxh") == ["仇新户"]
    undoing.undo(work)
    assert names(work, "仇新户") == []


def test_what_is_imported_is_found_and_gone_when_the_batch_is_undone(
    indexed: Workspace, tmp_path: Path
) -> None:
    work, book = indexed, tmp_path / "名单.xlsx"
    person = workbooks.person(行政村=VILLAGE_NAME, 姓名="盖新来")
    workbooks.write_list(book, person)
    done = apply_import(work, book)
    assert names(work, "盖新来")
    assert names(work, "gxl")
    undo_import(work, done.batch)
    assert names(work, "盖新来") == []


def test_what_a_colleague_wrote_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = laptop(tmp_path, "first"), laptop(tmp_path, "second")
    certify(first, second)
    with first, second:
        _with_index(second, monkeypatch)
        home = household(1, phone="13800000077", group_name="九组")
        with first.transaction() as session:
            session.add(home)
        meet(first, second)
        assert len(names(second, "九组")) == len(names(second, "0077")) == 1
        households.change(first, home.id, {"group_name": "八组"})
        meet(first, second)
        assert names(second, "九组") == []
        assert len(names(second, "八组")) == 1


def test_everything_derived_anew_is_found(indexed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with indexed.database.writing() as connection:
        summaries.refresh_all(connection)
    assert names(indexed, ZHAO) == ["赵演示"]
    monkeypatch.setattr(search, "_USELESS", 3)  # the index knows too little then and is not asked
    assert names(indexed, ZHAO) == ["赵演示"]


def test_an_outdated_index_is_made_anew(indexed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    first = indexed.search_index
    search.prepare(indexed)
    assert indexed.search_index is first
    monkeypatch.setattr(search, "_OUTDATED", 0)
    households.change(indexed, family_id(ZHANG), {"phone": "13900000077"})
    search.prepare(indexed)
    made = indexed.search_index
    assert first is not None
    assert made is not None
    assert made.newest > first.newest
    assert names(indexed, "0077") == ["张示范"]


def test_making_an_index_can_be_cancelled(work: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped:
        def step(self, done: int, total: int, what: str) -> None:
            raise AssertionError("nobody watches")

        def check_cancelled(self) -> None:
            raise Cancelled()

    monkeypatch.setattr(search, "LARGE", 0)
    with pytest.raises(Cancelled):
        search.prepare(work, Stopped())
    assert work.search_index is None


def test_a_number_is_never_given_twice(work: Workspace) -> None:
    def newest() -> int:
        with work.reading() as connection:
            return int(connection.exec_driver_sql("SELECT max(number) FROM search_entry").scalar_one())

    before = newest()
    with work.transaction() as session:
        capture.delete(session, session.get_one(Household, family_id(SHAN)))
    assert newest() < before
    add_family(work, *_NEWCOMERS)
    assert newest() > before + 1
