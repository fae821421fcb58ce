"""Cut off at every commit, every file that is opened for writing, every rename and every fsync: whatever was under
way is either done or not begun, and doing it again leads to the same end. The same with a full disk and I/O errors.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import event, exc

from tests.simulation.points import Points, listening
from villageapp.bench.simulation import checking, deeds
from villageapp.bench.simulation.disks import FragileDatabase, Killed
from villageapp.bench.simulation.laptops import Laptop
from villageapp.bench.simulation.oracle import heads_of
from villageapp.bench.simulation.schedule import Stage
from villageapp.bench.simulation.world import World
from villageapp.errors import AppError
from villageapp.models.records import Household
from villageapp.services.bundles import FOR_COLLEAGUE, export_bundle, import_bundle
from villageapp.sync import states

Step = Callable[["Scene"], None]


@dataclass
class Scene:
    """Two laptops that have met once, each with something new; a stick from the second; everything can be put back."""

    stage: Stage
    root: Path
    world: World
    points: Points

    @property
    def first(self) -> Laptop:
        return self.world.laptops["zhou"]

    @property
    def second(self) -> Laptop:
        return self.world.laptops["li"]

    @property
    def stick(self) -> Path:
        return self.root / "stick.zcb"

    @property
    def written(self) -> Path:
        return self.root / "written"


@pytest.fixture
def scene(shared_stage: Stage, world: World, tmp_path: Path) -> Scene:
    """A scene; its laptops are closed at the end."""
    (tmp_path / "written").mkdir()
    made = Scene(shared_stage, tmp_path, world, Points(tmp_path / "zhou", tmp_path / "written"))
    prepare(made)
    return made


def prepare(scene: Scene) -> None:
    """Both have the workbook; then each edits, and the second writes a stick."""
    world = scene.world
    deeds.import_workbook(world, scene.first)
    for _ in range(2):
        for laptop in world.laptops.values():
            world.sync(laptop, [])
    edit(scene.second, "note", "second")
    export_bundle(scene.second.work, FOR_COLLEAGUE, scene.stick, everything=True, with_blobs=False)
    world.sync(scene.second, [])
    edit(scene.first, "phone", "13900000001")


def edit(laptop: Laptop, name: str, value: str) -> None:
    with laptop.work.transaction() as session:
        session.get_one(Household, deeds.household_id(2)).assign({name: value})


def save(scene: Scene) -> None:
    edit(scene.first, "group_name", "一组")


def sync(scene: Scene) -> None:
    scene.world.exchange(scene.first, [])


def export(scene: Scene) -> None:
    target = scene.written / "out.zcb"
    export_bundle(scene.first.work, FOR_COLLEAGUE, target, replace=True, with_blobs=False)


def read_stick(scene: Scene) -> None:
    import_bundle(scene.first.work, scene.stick)


STEPS: dict[str, tuple[Step, int]] = {
    "save": (save, 1),
    "sync": (sync, 3),
    "export": (export, 4),
    "read": (read_stick, 3),
}
"""What is cut off, and the least number of points that it passes."""


class Cut:
    """Puts a scene back to how it was before a step, as often as wanted."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.dump = scene.world.centre.snapshot()
        self.disks = {name: scene.root / f"kept-{name}" for name in scene.world.laptops}
        for name, laptop in scene.world.laptops.items():
            laptop.copy_to(self.disks[name])

    def put_back(self) -> None:
        self.scene.world.centre.restore(self.dump)
        for name, laptop in self.scene.world.laptops.items():
            laptop.close()
            laptop.put_back(self.disks[name])
            laptop.seen = {}
        shutil.rmtree(self.scene.written)
        self.scene.written.mkdir()

    def run(self, step: Step, at: int | None) -> BaseException | None:
        """Do the step up to a point; what it ended with."""
        points = self.scene.points
        points.at = at
        attach(self.scene.first.database, points)
        try:
            with listening(points), points.watched():
                step(self.scene)
        except (Killed, AppError) as error:
            return error
        return None


def attach(database: FragileDatabase, points: Points) -> None:
    """Commits of this store are points, before and after."""
    if getattr(database, "points", None) is points:
        return
    database.points = points  # type: ignore[attr-defined]
    before, after = database._committing, database._committed

    def committing(connection: object) -> None:
        points.reach("before commit")
        before(connection)  # type: ignore[arg-type]

    def committed() -> None:
        points.reach("after commit")
        after()

    event.listen(database._engine, "commit", committing)
    database._committed = committed  # type: ignore[method-assign]


def comes_to_rest(scene: Scene, step: Step) -> None:
    """Done again, and with everybody's exchanges, all is there and equal."""
    step(scene)
    for _ in range(2):
        for laptop in scene.world.laptops.values():
            scene.world.sync(laptop, [])
    server = scene.world.centre
    server.project()
    assert scene.first.log() == scene.second.log() == server.log()
    assert scene.first.state_hash() == scene.second.state_hash()
    assert heads_of(server.records()) == expected_heads(scene)
    with scene.first.work.transaction() as session:
        home = session.get_one(Household, deeds.household_id(2))
        assert (home.note, home.phone) == ("second", "13900000001")


def expected_heads(scene: Scene) -> checking.Expected:
    with scene.first.work.reading() as connection:
        return heads_of(states.load_all(connection))


def kill(scene: Scene) -> None:
    """What a killed process leaves is what lies on the disk at that moment, whatever the unwinding would tidy up."""
    left = scene.root / "left"
    shutil.rmtree(left, ignore_errors=True)
    shutil.copytree(scene.written, left / "written")
    scene.first.copy_to(left / "disk")


def start_again(scene: Scene) -> None:
    left = scene.root / "left"
    scene.first.work.close()
    scene.first.put_back(left / "disk")
    shutil.rmtree(scene.written)
    shutil.copytree(left / "written", scene.written)


@pytest.mark.parametrize("name", STEPS)
def test_killed_at_every_commit_and_file_operation(scene: Scene, name: str) -> None:
    step, least = STEPS[name]
    cut = Cut(scene)
    assert cut.run(step, None) is None
    names = list(scene.points.passed)
    assert len(names) >= least, names
    scene.points.before_effect = lambda: kill(scene)
    for number in range(len(names)):
        cut.put_back()
        ended = cut.run(step, number)
        assert isinstance(ended, Killed), f"point {number} of {names}"
        start_again(scene)
        comes_to_rest(scene, step)
    assert not [path for path in scene.written.iterdir() if path.name != "out.zcb"], "no drafts are left"


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_and_an_io_error_at_every_commit_and_file_operation(
    scene: Scene, name: str, number: int
) -> None:
    step, _ = STEPS[name]
    words = {errno.ENOSPC: "database or disk is full", errno.EIO: "disk I/O error"}[number]
    cut = Cut(scene)
    cut.run(step, None)
    names = list(scene.points.passed)
    for place, what in enumerate(names):
        if what == "after commit":
            continue  # the commit has happened: nothing fails any more
        scene.points.effect = (
            (lambda: exc.OperationalError("COMMIT", None, sqlcipher.OperationalError(words)))
            if what == "before commit"
            else (lambda: OSError(number, words))
        )
        cut.put_back()
        ended = cut.run(step, place)
        assert isinstance(ended, AppError), f"{what} ({place} of {names}) ended with {ended!r}"
        assert ended.message
        for left in scene.written.iterdir():  # whole, or not there
            import_bundle(scene.second.work, left)
        comes_to_rest(scene, step)
