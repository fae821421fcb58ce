"""Whatever the lists of several months say: no spell doubles, nothing moves twice, and all can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import workbooks as w
from tests.helpers.stores import VILLAGE_NAME, StoreTemplate
from villageapp.errors import ValidationFailed
from villageapp.services.imports import apply_import, preview_import, undo_import
from villageapp.services.workspace import Workspace

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PEOPLE = (("张示范", w.ZHANG), ("李样例", w.LI), ("张小样", w.XIAO), ("外村人", w.ZHAO))
"""The last is not in the village."""

rows = st.builds(
    lambda who, **given: w.spell(姓名=who[0], 证件号码=who[1], **given),
    st.sampled_from(PEOPLE),
    是否已务工=st.sampled_from(["是", "否", ""]),
    就业渠道=st.sampled_from(["外出务工", "公益岗位", "务农", ""]),
    务工企业名称=st.sampled_from(["示例建筑公司", "另一家公司", ""]),
    开始时间=st.sampled_from(["2023年03月", "202306", "2023-09", "", "说不清"]),
    结束时间=st.sampled_from(["", "", "2023年12月", "2023年01月", "至今"]),
    年度交通费补助=st.sampled_from(["", "600", "1200元"]),
)
months = st.lists(st.lists(rows, min_size=1, max_size=6), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def village(empty_template: StoreTemplate, tmp_path_factory: pytest.TempPathFactory) -> StoreTemplate:
    """A store with one household of three."""
    folder = tmp_path_factory.mktemp("months")
    with empty_template.open_copy(folder / "store") as work:
        people = [
            w.person(姓名=name, 证件号码=number, 行政村=VILLAGE_NAME, 与户主关系=relation)
            for (name, number), relation in zip(PEOPLE, ("户主", "配偶", "之子"), strict=False)
        ]
        apply_import(work, w.write_list(folder / "名单.xlsx", *people))
    return StoreTemplate(folder / "store", empty_template.key, empty_template.recovery_code)


def live(work: Workspace) -> list[tuple[Any, ...]]:
    """All spells that are here, whole."""
    statement = (
        "SELECT member_id, start_ym, end_ym, working, channel, employer, transport_subsidy FROM employment "
        "WHERE deleted = 0 ORDER BY member_id, start_ym"
    )
    with work.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


@FEW
@given(lists=months)
def test_months_in_any_order(village: StoreTemplate, lists: Sequence[Sequence[dict[str, Any]]]) -> None:
    with TemporaryDirectory() as folder, village.open_copy(Path(folder) / "laptop") as work:
        states, batches = [live(work)], []
        for number, people in enumerate(lists):
            book = w.write_list(Path(folder) / f"{number}.xlsx", *people, headings=w.AWAY)
            foreseen = preview_import(work, book) if _has_rows(work, book) else None
            if foreseen is None:
                continue
            report = apply_import(work, book)
            assert (report.employment, report.rejected) == (foreseen.employment, foreseen.rejected)
            not_taken = {r.row for r in report.rejected} | {d.row for d in report.duplicates}
            assert not_taken >= {row for row, person in enumerate(people, 2) if person["姓名"] == "外村人"}
            keys = [(row[0], row[1]) for row in live(work)]
            assert len(keys) == len(set(keys)), "one spell per person and start month"
            assert not preview_import(work, book).writes, "the same list again has nothing to say"
            states.append(live(work))
            batches.append(report.batch)
        for batch, before in zip(reversed(batches), reversed(states[:-1]), strict=True):
            assert undo_import(work, batch).left_alone == ()
            assert live(work) == before


def _has_rows(work: Workspace, book: Path) -> bool:
    """Whether anything in the list can be taken: a list of nothing but bad rows is refused as a whole."""
    try:
        preview_import(work, book)
    except ValidationFailed as refusal:
        assert refusal.code == "import_rejected"
        return False
    return True
