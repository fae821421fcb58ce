"""Texts never leave their cell."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from villageapp.reports.text_fit import ELLIPSIS, LEADING, Room, fit, wrap

TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("，。、；（）王䶮山𠮷1234567890AZaz.,- ☑"),
        st.characters(codec="utf-8", exclude_categories=["Cs"]),
    ),
    max_size=120,
)


def ems(text: str) -> float:
    """Half an em for ASCII, one em for the rest."""
    return sum(0.5 if c.isascii() else 1.0 for c in text)


@st.composite
def rooms(draw: st.DrawFn) -> Room:
    floor = draw(st.floats(5, 12))
    size = draw(st.floats(floor, 24))
    one_line = draw(st.floats(floor, size))
    return Room(draw(st.floats(0, 400)), draw(st.floats(0, 60)), size, one_line, floor)


@given(TEXT, rooms())
def test_never_wider_higher_or_smaller_than_allowed(text: str, room: Room) -> None:
    fitted = fit(text, ems, room)
    assert room.floor <= fitted.size <= room.size
    assert all(ems(line) * fitted.size <= room.width + 1e-6 for line in fitted.lines)
    used = fitted.size * (1 + LEADING * (len(fitted.lines) - 1))
    assert len(fitted.lines) <= 1 or used <= room.height + 0.02


@given(TEXT, rooms())
@example("000", Room(width=3.0, height=11.0, size=5.0, one_line=5.0, floor=5.0))
def test_loses_text_only_when_it_says_so(text: str, room: Room) -> None:
    fitted = fit(text, ems, room)
    kept = "".join(fitted.lines).replace(" ", "")
    whole = "".join(text.split())
    if fitted.lines and not fitted.lines[-1].endswith(ELLIPSIS):
        assert "".join(kept.split()) == whole
    elif fitted.lines and ELLIPSIS not in text:
        assert whole.startswith("".join(kept[:-1].split()))


@given(TEXT, st.floats(2, 40))
def test_wrapping_keeps_every_character(text: str, width: float) -> None:
    lines = wrap(text, ems, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(ems(line) <= width for line in lines)


def test_order_is_shrink_wrap_cut() -> None:
    room = Room(width=100, height=30, size=12, one_line=10, floor=8)
    assert fit("一二三四五六七八", ems, room) == fit("一二三四五六七八", ems, room)
    assert fit("一二三四五六七八", ems, room).size == 12
    shrunk = fit("一二三四五六七八九", ems, room)
    assert (shrunk.size, len(shrunk.lines)) == (11.0, 1)
    wrapped = fit("一二三四五六七八九十一二", ems, room)
    assert (wrapped.size, len(wrapped.lines)) == (12, 2)
    cut = fit("一二三四五六七八九十" * 5, ems, room)
    assert cut.size == 8
    assert cut.lines[-1].endswith(ELLIPSIS)


def test_numbers_stay_whole_and_full_stops_do_not_lead() -> None:
    assert wrap("电话13900001234号", ems, 7) == ["电话", "13900001234号"]
    assert wrap("一二三四。五", ems, 4) == ["一二三", "四。五"]


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_gives_no_lines(text: str) -> None:
    assert fit(text, ems, Room(100, 20, 12, 10, 8)).lines == ()
