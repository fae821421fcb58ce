"""Any history of edits, backups, clones and sticks: what survived on some disk is never lost."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.helpers.servers import ServerProcess
from tests.helpers.teams import Diary, Team
from villageapp.models.ids import new_id

NAMES = ("甲", "乙")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["write", "write", "write", "remove", "sync", "sync", "backup", "restore", "clone", "carry"]
        ),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    min_size=4,
    max_size=22,
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_any_history_with_backups_clones_and_sticks_loses_nothing(
    server: ServerProcess, tmp_path: Path, steps: list[tuple[str, int, int]]
) -> None:
    in_a_new_village(server, tmp_path, steps)


TWINS = [("write", 1, 0), ("write", 1, 1), ("sync", 1, 0), ("sync", 0, 0), ("clone", 1, 0)]
"""甲 writes, both sync, 甲 is cloned: from here on the laptops are the clone, 乙, 甲."""
STICKS = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "write", "remove", "sync", "carry", "carry", "destroy"]),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    min_size=5,
    max_size=16,
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STICKS)
@example(
    [("write", 0, 0), ("write", 0, 2), ("carry", 0, 1), ("write", 2, 0), ("sync", 2, 0), ("destroy", 0, 0)]
)
@example([("write", 0, 0), ("carry", 0, 1), ("write", 1, 0), ("write", 2, 1), ("sync", 2, 0), ("sync", 1, 0),
          ("write", 0, 0), ("carry", 0, 1)])  # fmt: skip
@example(
    [("remove", 0, 0), ("write", 0, 1), ("carry", 0, 1), ("write", 2, 0), ("sync", 2, 0), ("remove", 1, 1)]
)
def test_twins_whose_work_is_carried_about_by_stick_lose_nothing(
    server: ServerProcess, tmp_path: Path, steps: list[tuple[str, int, int]]
) -> None:
    in_a_new_village(server, tmp_path, [*TWINS, *steps])


def in_a_new_village(server: ServerProcess, tmp_path: Path, steps: list[tuple[str, int, int]]) -> None:
    folder = tmp_path / new_id()
    folder.mkdir()
    team = Team(server, f"149901{int(new_id()[-6:], 16) % 10**6:06d}", folder)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        stack.callback(team.close)
        run(team, steps)


def run(team: Team, steps: list[tuple[str, int, int]]) -> None:
    diary = Diary(team)
    for name in NAMES:
        team.join(name)
        diary.on_disk[name] = set()
    backups: dict[str, str] = {}
    for number, (what, who, which) in enumerate(steps):
        present = sorted(team.works)
        name = present[who % len(present)]
        if what == "write":
            diary.write(name, which)
        elif what == "remove":
            diary.remove(name, which)
        elif what == "sync":
            diary.sync(name)
        elif what == "backup":
            backups[name] = f"backup-{number}"
            team.copy(name, backups[name])
            diary.on_disk[backups[name]] = set(diary.on_disk[name])
        elif what == "restore" and name in backups:
            team.restore(name, backups[name])
            diary.on_disk[name] = set(diary.on_disk[backups[name]])
        elif what == "clone" and len(present) < 4:
            team.copy(name, f"clone-{number}")
            team.start(f"clone-{number}")
            diary.on_disk[f"clone-{number}"] = set(diary.on_disk[name])
        elif what == "destroy" and len(present) > 2:
            team.destroy(name)
        elif what == "carry":
            other = present[which % len(present)]
            if other != name:
                diary.carry(name, other)
    team.settle()
    for name in team.works:
        diary.sync(name)
    team.check()
    diary.check()
