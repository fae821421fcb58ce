"""Bad input on the command line: exit 1, one Chinese line that says what and what to do, nothing half-done."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.program import villageapp
from tests.helpers import workbooks
from tests.helpers.servers import roomy_folder, running_server

VILLAGE = "149901001001"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one new store in ``laptop``, to copy from."""
    folder = tmp_path_factory.mktemp("new")
    made = villageapp(*_init("laptop"), home=folder)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def home(new_store: Path) -> Iterator[Path]:
    """A home of this test's own with one new store in ``laptop``."""
    with roomy_folder() as folder:
        shutil.copytree(new_store, folder, dirs_exist_ok=True)
        yield folder


def _init(name: str) -> tuple[str, ...]:
    return ("init", "--village", VILLAGE, "--village-name", "示例村", "--user", "周队员", "--data-dir", name)


def run(home: Path, *arguments: str | Path, **more: str) -> tuple[int, str]:
    ended = villageapp(*arguments, "--data-dir", "laptop", home=home, **more)
    return ended.returncode, ended.stderr.strip()


def state(home: Path) -> str:
    return villageapp("state-hash", "--json", "--data-dir", "laptop", home=home).stdout


def _missing(folder: Path) -> Path:
    return folder / "不存在.xlsx"


def _wrong_layout(folder: Path) -> Path:
    return workbooks.write_xlsx(folder / "a.xlsx", [["菜名", "价格"], ["莜面", 12]])


def _numeric_number(folder: Path) -> Path:
    return workbooks.write_list(folder / "a.xlsx", workbooks.person(户编号=1499000000000001))


def _wrong_check_digit(folder: Path) -> Path:
    return workbooks.write_list(folder / "a.xlsx", workbooks.person(证件号码="149901196203150011"))


def _bomb(folder: Path) -> Path:
    return workbooks.bomb(folder / "a.xlsx", 400)


def _too_many_rows(folder: Path) -> Path:
    rows = [["姓名"], *([["甲"]] * 200_000)]
    return workbooks.write_xlsx(folder / "a.xlsx", rows)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_missing, "不存在"),
        (_wrong_layout, "表头"),
        (_numeric_number, "户编号"),
        (_wrong_check_digit, "校验码"),
        (_bomb, "a.xlsx"),
        (_too_many_rows, "行"),
    ],
)
def test_workbooks(home: Path, make: Callable[[Path], Path], says: str) -> None:
    before = state(home)
    code, said = run(home, "import", make(home))
    assert code == 1
    assert len(said.splitlines()) == 1
    assert says in said
    assert CHINESE.search(said)
    assert state(home) == before


def test_wrong_passphrase_and_damaged_store(home: Path) -> None:
    code, said = run(home, "find", "张", passphrase="not-the-passphrase")
    assert (code, "口令不对" in said) == (1, True)
    store = home / "laptop" / "village.db"
    whole = store.read_bytes()
    store.write_bytes(whole[:2000] + bytes(3000) + whole[5000:])
    code, said = run(home, "state-hash")
    assert code == 1
    assert "损坏" in said
    store.write_bytes(whole)
    assert run(home, "state-hash")[0] == 0


def test_a_second_store_in_the_same_place_is_refused(home: Path) -> None:
    before = (home / "laptop" / "keys.json").read_bytes()
    ended = villageapp(*_init("laptop"), home=home)
    assert ended.returncode == 1
    assert (home / "laptop" / "keys.json").read_bytes() == before


def test_sync_and_enrolment(home: Path) -> None:
    code, said = run(home, "sync")
    assert (code, "登记" in said) == (1, True)
    code, said = run(home, "enrol", "--server", "http://127.0.0.1:9", "--code", "ABCD-EFGH-JKLM")
    assert (code, "连不上服务器" in said) == (1, True)
    code, said = run(home, "enrol", "--server", "http://sync.example.cn", "--code", "ABCD-EFGH-JKLM")
    assert (code, "https" in said) == (1, True)
    with running_server(home / "server") as server:
        code, said = run(home, "enrol", "--server", server.url, "--code", "ABCD-EFGH-JKLM")
        assert (code, "登记码" in said) == (1, True)
        good = server.enrol_code(VILLAGE)
        assert run(home, "enrol", "--server", server.url, "--code", good)[0] == 0
        ended = villageapp("sync", "--json", "--data-dir", "laptop", home=home)
        assert ended.returncode == 0, ended.stdout
        assert json.loads(ended.stdout)["receipt"] is True
    before = state(home)
    code, said = run(home, "sync")
    assert code == 1
    assert "连不上服务器" in said
    assert state(home) == before


def test_usage_is_exit_2_and_json_errors_are_json(home: Path) -> None:
    assert villageapp("nonsense", home=home).returncode == 2
    ended = villageapp("import", "没有.xlsx", "--json", "--data-dir", "laptop", home=home)
    assert ended.returncode == 1
    error = json.loads(ended.stdout)["error"]
    assert set(error) == {"code", "message", "remedy"}
    assert ended.stderr == ""
