"""The first landed revision and this one in one team: old and new laptops through old and new servers, with unsent
data on board, and what only the new version knows survives the old one.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.versions.programs import Program, Server

LOOK = ("look",)
SYNC = ("sync",)


@pytest.fixture(params=["first", "present"])
def server_program(request: pytest.FixtureRequest) -> Program:
    program = request.getfixturevalue(request.param)
    assert isinstance(program, Program)
    return program


def look_with(program: Program, folder: Path, scratch: Path) -> dict[str, Any]:
    """How a store stands for a version, asked on a copy: a newer program would upgrade it."""
    copy = scratch / f"{folder.name}-{len(list(scratch.glob('*')))}"
    shutil.copytree(folder, copy)
    (answer,) = program.laptop(copy, LOOK)
    program.fleet.stop(copy)
    return dict(answer)


def equal_everywhere(present: Program, old: Path, new: Path, scratch: Path) -> dict[str, Any]:
    """Both laptops stand alike in the eyes of the new program; how."""
    theirs, ours = look_with(present, old, scratch), look_with(present, new, scratch)
    assert theirs["hash"] == ours["hash"]
    assert theirs["homes"] == ours["homes"]
    assert theirs["conflicts"] == ours["conflicts"]
    return ours


def joined(program: Program, folder: Path, server: Server, *steps: tuple[Any, ...]) -> list[Any]:
    """A laptop that enrols, and what it does next."""
    return program.laptop(folder, ("enrol", server.url, server.code(folder.name)), *steps)[1:]


def settled(programs: list[tuple[Program, Path]]) -> None:
    """Everybody syncs twice; the last time everybody has a receipt."""
    for _ in range(2):
        reports = [program.laptop(folder, SYNC)[0] for program, folder in programs]
    assert all(report["receipt"] and not report["refused"] for report in reports), reports


def test_old_and_new_laptops_share_a_village(
    first: Program,
    present: Program,
    server_program: Program,
    server_folder: Path,
    database: str,
    tmp_path: Path,
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    first.laptop(old, ("add", [1, 2], {"phone": "13800000001"}))
    present.laptop(new, ("add", [2, 3], {"phone": "13800000001", "old_attribute": "1"}))
    with server_program.server(server_folder, database) as server:
        joined(first, old, server, SYNC)
        joined(present, new, server, SYNC)
        settled([(first, old), (present, new)])
        first.laptop(old, ("edit", 3, {"phone": "13900000001"}), ("edit", 1, {"note": "旧版写的"}))
        present.laptop(new, ("edit", 3, {"note": "新版写的"}), ("edit", 1, {"note": "也写了"}))
        settled([(first, old), (present, new)])
    stands = equal_everywhere(present, old, new, tmp_path / "scratch")
    assert [home[0][-1] for home in stands["homes"]] == ["1", "2", "3"]
    assert stands["homes"][2][1:3] == ["13900000001", "新版写的"]
    assert ["household", "note", ["也写了", "旧版写的"]] in stands["conflicts"]


def test_fields_and_entities_of_the_new_version_survive_the_old_laptop(
    first: Program,
    present: Program,
    server_program: Program,
    server_folder: Path,
    database: str,
    tmp_path: Path,
) -> None:
    old, new, third = tmp_path / "old", tmp_path / "new", tmp_path / "third"
    with server_program.server(server_folder, database) as server:
        joined(present, new, server, ("add", [5], {"water_difficulty": True, "old_attribute": "1"}), SYNC)
        joined(first, old, server, SYNC, ("edit", 5, {"phone": "13900000005"}), SYNC)
        settled([(present, new), (first, old)])
        joined(present, third, server, SYNC)
        settled([(present, new), (first, old), (present, third)])
    equal_everywhere(present, old, new, tmp_path / "scratch")
    stands = equal_everywhere(present, third, new, tmp_path / "scratch")
    assert stands["homes"] == [["1499000000000005", "13900000005", None, 0]]
    with_field = present.laptop(old, ("water", 5))
    assert with_field == [[True, "1"]]


def test_an_old_store_upgrades_with_unsent_changes_and_sends_them(
    first: Program,
    present: Program,
    server_program: Program,
    server_folder: Path,
    database: str,
    tmp_path: Path,
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    with server_program.server(server_folder, database) as server:
        joined(first, old, server, ("add", [1, 2, 3], {"phone": "13800000001"}), SYNC)
        joined(present, new, server, SYNC, ("edit", 2, {"phone": "13900000002"}), SYNC)
        (before,) = first.laptop(
            old, ("edit", 1, {"note": "还没有传"}), ("edit", 2, {"phone": "13900000022"}), ("delete", 3), LOOK
        )[-1:]
        assert before["waiting"] > 0
        upgraded = present.laptop(old, LOOK, SYNC)
        assert upgraded[0]["hash"] == before["hash"], "the upgrade changes no value and no register"
        assert upgraded[0]["waiting"] == before["waiting"], "unsent changes are still to be sent"
        assert upgraded[1]["receipt"]
        settled([(present, old), (present, new)])
    stands = equal_everywhere(present, old, new, tmp_path / "scratch")
    homes = {home[0][-1]: home[1:] for home in stands["homes"]}
    assert homes["1"][1] == "还没有传"
    assert homes["3"][2] == 1
    assert ["household", "phone", ["13900000002", "13900000022"]] in stands["conflicts"]


def test_the_server_is_upgraded_under_both_laptops(
    first: Program, present: Program, server_folder: Path, database: str, tmp_path: Path
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    with first.server(server_folder, database) as server:
        port = int(server.url.rpartition(":")[2])
        joined(first, old, server, ("add", [1], {"phone": "13800000001"}), SYNC)
        joined(present, new, server, ("add", [2], {"old_attribute": "1"}), SYNC)
        first.laptop(old, ("edit", 1, {"note": "服务器升级前没有传"}))
    with present.server(server_folder, database, port) as server:
        settled([(first, old), (present, new)])
        settled([(first, old), (present, new)])
        stands = equal_everywhere(present, old, new, tmp_path / "scratch")
        (workspace,) = present.laptop(new, ("workspace",))
        assert server.hash(workspace) == stands["hash"]
    assert stands["homes"][0][2] == "服务器升级前没有传"
