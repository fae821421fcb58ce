"""R-MON-8: each risk and the measures that answer it; reminders where risk and family do not fit."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.codes import code_list
from villageapp.domain.parameters import shipped
from villageapp.domain.risk_measures import MeasureTaken, Workforce, consistency, matching

DAY = date(2023, 6, 1)
NONE: frozenset[str] = frozenset()


def unanswered(risks: list[str], *items: str, status: str = "实施中") -> list[str]:
    taken = [MeasureTaken(item, status) for item in items]
    return [reason.message for reason in matching(risks, taken, NONE, DAY, shipped()).reasons]


@pytest.mark.parametrize(
    ("risk", "fitting", "other"),
    [
        ("01", "M0703", "M0901"),
        ("01", "M1001", "M0101"),
        ("02", "M0901", "M0703"),
        ("02", "M1101", "M1001"),
        ("03", "M1005", "M0401"),
        ("04", "M1003", "M1001"),
        ("05", "M0305", "M0701"),
        ("06", "M0301", "M0401"),
        ("07", "M0401", "M0101"),
        ("08", "M1001", "M0201"),
        ("09", "M0501", "M0601"),
        ("09", "M1202", "M1301"),
        ("10", "M0601", "M0501"),
        ("11", "M0801", "M0901"),
    ],
)
def test_the_table_of_risks_and_measures(risk: str, fitting: str, other: str) -> None:
    assert unanswered([risk], fitting) == []
    (message,) = unanswered([risk], other)
    assert message.startswith(f"风险“{code_list('CL_RISK').label(risk)}”没有实施中或已完成的措施，应有：")


def test_a_planned_measure_does_not_count_yet() -> None:
    assert unanswered(["10"], "M0601", status="计划") == [
        "风险“因安全饮水”没有实施中或已完成的措施，应有：饮水安全保障"
    ]
    assert unanswered(["10"], "M0601", status="已完成") == []


def test_a_risk_without_an_entry_wants_a_measure_that_names_it() -> None:
    named = [MeasureTaken("M0202", "实施中", risk_code="12")]
    assert matching(["12"], named, NONE, DAY, shipped()).allowed
    assert unanswered(["12"], "M0202") == ["风险“因疫情”没有登记对应的措施"]


def test_an_asset_dividend_answers_the_lack_of_labour() -> None:
    assert matching(["08"], [], frozenset({"C1"}), DAY, shipped()).allowed
    refused = matching(["08"], [], frozenset({"C2"}), DAY, shipped())
    assert refused.missing == ("measure",)
    assert refused.used[0].key == "RISK_MEASURES"


def test_a_case_without_risks_is_not_covered() -> None:
    assert matching([], [], NONE, DAY, shipped()).missing == ("risk_1",)


@given(st.sets(st.sampled_from(sorted(code_list("CL_RISK").labels)), min_size=1, max_size=5))
def test_every_risk_without_a_measure_is_named_once(risks: set[str]) -> None:
    judged = matching([*risks, *risks], [], NONE, DAY, shipped())
    assert len(judged.reasons) == len(risks)


def test_every_measure_of_the_table_exists() -> None:
    groups, items = code_list("CL_MEASURE_GROUP").labels, code_list("CL_MEASURE_ITEM").labels
    for entry in shipped().find("RISK_MEASURES", DAY).value:
        assert entry["risk"] in code_list("CL_RISK").labels
        assert all(code in groups or code in items for code in entry["measures"])


@pytest.mark.parametrize(
    ("risk", "workforce", "word"),
    [
        ("08", Workforce(("1", "2")), "没有成员登记为丧失或无劳动力"),
        ("08", Workforce(("1", "2", "5")), "3 人中 2 人有劳动力，超过 25%"),
        ("07", Workforce(("4", "5"), True), "全家没有劳动力"),
        ("07", Workforce(("1",), False), "没有任何务工登记"),
    ],
)
def test_a_risk_that_does_not_fit_the_family_is_a_reminder(
    risk: str, workforce: Workforce, word: str
) -> None:
    judged = consistency([risk], workforce, DAY, shipped())
    assert judged.allowed
    assert [word in warning.message for warning in judged.warnings] == [True]


@pytest.mark.parametrize(
    ("risk", "workforce"),
    [
        ("08", Workforce(("3", "4", "5", "5"))),
        ("08", Workforce(("1", None))),
        ("07", Workforce(("5", None), None)),
        ("07", Workforce(("1",), True)),
        ("01", Workforce(("1",), False)),
    ],
)
def test_what_fits_or_is_unknown_gives_no_reminder(risk: str, workforce: Workforce) -> None:
    assert consistency([risk], workforce, DAY, shipped()).warnings == ()
