"""Sixty people entered twice in a village of 2,000 households: who is warned of, at entry and when laptops meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

import pytest

from tests.helpers.demo_store import fill
from tests.helpers.laptops import certify, household, laptop, meet
from tests.helpers.planted import DIGIT, KINDS, Planted, doubles, newcomers
from villageapp.errors import ValidationFailed
from villageapp.services import duplicates, history, members, merging, syncing
from villageapp.services.demo_village import DemoVillage, build
from villageapp.services.workspace import Workspace

HOUSEHOLDS, NEWCOMERS = 2_000, 200
RECALL, FALSE_ALARMS = 0.95, 0.02
OTHER, NEW = (household(number).id for number in (1, 2))
"""Where people are entered: households that nobody else lives in."""


@dataclass(frozen=True)
class Scene:
    """The village on one laptop; two empty ones of the same team; who will be entered on those."""

    village: DemoVillage
    full: Workspace
    near: Workspace
    far: Workspace
    doubles: list[Planted]
    newcomers: list[dict[str, Any]]

    def registered(self, id_no: str) -> str:
        """The record of a person of the village."""
        with self.full.reading() as connection:
            query = "SELECT id FROM member WHERE id_no = ? AND household_id NOT IN (?, ?)"
            return str(connection.exec_driver_sql(query, (id_no, OTHER, NEW)).scalar_one())


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("village")
    village = replace(build(HOUSEHOLDS, seed=7, today=date(2026, 11, 23)), visits={}, measures={})
    full, near, far = (laptop(folder, name) for name in ("full", "near", "far"))
    certify(full, near, far)
    with full, near, far:
        fill(full, village)
        with far.transaction() as session:
            session.add_all([household(1), household(2)])
        rng = Random(60)
        yield Scene(village, full, near, far, doubles(village, rng), newcomers(village, NEWCOMERS, rng))


def told(work: Workspace, values: Mapping[str, Any], home: str) -> str:
    """What somebody who enters this person reads about people who may be the same; empty when nothing."""
    try:
        saved = members.add_member(work, home, values)
    except ValidationFailed as refused:
        return "".join(problem.message for problem in refused.problems)
    return "".join(problem.message for problem in saved.warnings if "可能已登记" in problem.message)


def test_who_is_entered_twice_is_named_at_entry_and_hardly_anybody_else(scene: Scene) -> None:
    meet(scene.near, scene.full)
    with scene.near.transaction() as session:
        session.add_all([household(1), household(2)])
    names = {m["id_no"]: m["name"] for home in scene.village.households for m in home.members}
    named = Counter(p.kind for p in scene.doubles if names[p.of] in told(scene.near, p.values, OTHER))
    alarms = [text for values in scene.newcomers if (text := told(scene.near, values, NEW))]
    assert set(named) == set(KINDS)
    assert named.total() >= RECALL * len(scene.doubles), named
    assert len(alarms) <= FALSE_ALARMS * NEWCOMERS, alarms


def test_a_digit_mistyped_in_a_number_is_refused_before_anything_is_saved(scene: Scene) -> None:
    mistyped = [{**p.values, "id_no": _spoiled(p.of)} for p in scene.doubles if p.kind == DIGIT]
    for values in mistyped:
        assert "证件号码" in told(scene.far, values, OTHER)


def _spoiled(number: str) -> str:
    return number[:15] + str((int(number[15]) + 1) % 10) + number[16:]


def test_they_are_found_when_two_laptops_first_meet_and_merging_can_be_undone(scene: Scene) -> None:
    twice = {members.add_member(scene.far, OTHER, p.values).id: scene.registered(p.of) for p in scene.doubles}
    for values in scene.newcomers:
        members.add_member(scene.far, NEW, values)
    meet(scene.far, scene.full)
    wanted = {frozenset(pair) for pair in twice.items()}
    pairs = proposed(scene.full)
    assert pairs == proposed(scene.far)
    assert len(pairs & wanted) >= RECALL * len(wanted)
    assert len(pairs - wanted) <= FALSE_ALARMS * (len(wanted) + NEWCOMERS)

    some = dict(list(twice.items())[::12])
    merged = [merging.merge(scene.far, "member", kept, double).detail for double, kept in some.items()]
    meet(scene.far, scene.full)
    rest = pairs - {frozenset(pair) for pair in some.items()}
    assert proposed(scene.full) == proposed(scene.far) == rest
    for double, kept in some.items():
        assert history.of_record(scene.full, double), "both histories stay"
        assert history.of_record(scene.full, kept)
    for one in merged:
        merging.unmerge(scene.full, one)
    meet(scene.far, scene.full)
    assert proposed(scene.full) == proposed(scene.far) == pairs
    assert syncing.state_hash(scene.full) == syncing.state_hash(scene.far)


def proposed(work: Workspace) -> set[frozenset[str]]:
    """Who may be one person."""
    return {frozenset((one.first.id, one.second.id)) for one in duplicates.proposals(work)}
