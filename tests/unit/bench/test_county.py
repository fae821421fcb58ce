"""Several villages together have as many households as asked for, and no number twice."""

from __future__ import annotations

import pytest

from villageapp.bench import county


def test_villages_have_the_households_together_and_no_number_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(county, "MOST_HOUSEHOLDS", 20)
    made = list(county.villages(50))
    homes = [home for village in made for home in village.households]
    persons = [member for home in homes for member in home.members]
    assert len(homes) == 50
    assert len(made) >= 3
    assert len({home.number for home in homes}) == 50
    assert len({home.number[:12] for home in homes}) == len(made)
    assert len({member["id_no"] for member in persons}) == len(persons)
    assert all(
        member["national_member_no"].startswith(home.number) for home in homes for member in home.members
    )
