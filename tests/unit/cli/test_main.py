"""Exit codes, one line or one JSON object, and what never shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import villageapp
from tests.helpers.stores import PASSPHRASE, ZHANG
from tests.unit.cli.conftest import Run
from villageapp.cli import find as find_command
from villageapp.cli.main import main

Write = Callable[[Any], str]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("find",), "缺少参数：文字"),
        (("fnd", "x"), "不能是“fnd”"),
        (("find", "x", "--colour"), "不认识的参数：--colour"),
        (("find", "x", "--limit", "viele"), "不是整数"),
        (("household",), "缺少参数"),
        (("household", "set", "x", "--field", "phone"), "缺少参数：--value"),
        (("print", "card", "--out", "x.pdf"), "必须给出其中一个参数"),
        (("print", "card", "--all", "--privacy", "P9", "--out", "x.pdf"), "可选：P0, P1, P2"),
        (("visit", "list", "--household"), "后面要写一个值"),
        (("find", "x", "--json=1"), "后面不能写值"),
    ],
)
def test_wrong_usage_is_said_in_chinese(run: Run, argv: tuple[str, ...], words: str) -> None:
    ended = run(*argv)
    assert ended.code == 2
    assert ended.out == ""
    assert words in ended.err
    assert "用法：villageapp" in ended.err
    as_json = run(*argv, "--json")
    assert as_json.code == 2
    assert as_json.json["error"]["code"] == "usage"


def test_options_stand_before_or_after_the_command(run: Run, tmp_path: Path) -> None:
    folder = str(tmp_path / "village")
    for argv in (
        ("--json", "--data-dir", folder, "find", "zsf"),
        ("find", "zsf", "--data-dir", folder, "--json"),
        ("--data-dir", folder, "find", "--json", "zsf"),
    ):
        assert run(*argv).json["hits"][0]["name"] == "张示范"
    assert run("--data-dir", "demo", "find", "zsf", "--json").json["error"]["code"] == "not_found"
    nested = run("--json", "household", "--data-dir", folder, "show", ZHANG)
    assert nested.json["national_hh_no"] == ZHANG


def test_help_is_chinese_and_complete(run: Run) -> None:
    ended = run("--help")
    assert ended.code == 0
    for word in ("用法", "demo", "find", "server", "选项"):
        assert word in ended.out
    for word in ("usage", "options", "positional", "show this help"):
        assert word not in ended.out
    assert "--from" in run("visit", "add", "--help").out


def test_version(run: Run) -> None:
    assert run("--version").out == f"villageapp {villageapp.__version__}\n"


def test_passphrase_sources(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VILLAGEAPP_PASSPHRASE", "falsch-falsch")
    wrong = run("find", "zsf", "--json")
    assert (wrong.code, wrong.json["error"]["code"]) == (1, "wrong_passphrase")
    file = tmp_path / "secret"
    file.write_text(f"{PASSPHRASE}\r\nzweite Zeile\n", encoding="utf-8")
    assert run("find", "zsf", "--passphrase-file", str(file)).code == 0, "the file wins over the environment"
    file.write_text("\n", encoding="utf-8")
    assert (
        run("find", "zsf", "--passphrase-file", str(file), "--json").json["error"]["code"]
        == "passphrase_file"
    )
    assert run("find", "zsf", "--passphrase-file", str(tmp_path / "none")).code == 1
    monkeypatch.delenv("VILLAGEAPP_PASSPHRASE")
    asked = run("find", "zsf", "--json")
    assert asked.json["error"]["code"] == "no_passphrase", "no terminal to ask on"


def test_no_store_is_said(run: Run, tmp_path: Path) -> None:
    missing = run("find", "zsf", "--data-dir", str(tmp_path / "none"))
    assert missing.code == 1
    assert str(tmp_path / "none") in missing.err
    assert not (tmp_path / "none").exists()


def test_init(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    argv = ("init", "--village", "149901001002", "--village-name", "新村", "--user", "孙队员")
    made = run(*argv, "--data-dir", str(folder), "--json").json
    assert made.keys() == {"data_dir", "workspace", "replica_id", "recovery_code"}
    assert made["data_dir"] == str(folder)
    assert not (folder / "village.db").read_bytes().startswith(b"SQLite")
    again = run(*argv, "--data-dir", str(folder), "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "already_done")
    wrong = run(
        "init", "--village", "77", "--village-name", "x", "--user", "y", "--data-dir", str(tmp_path / "z")
    )
    assert wrong.code == 1
    assert not (tmp_path / "z").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"[1]", b"{", b"\xff\xfe", b'{"a":' * 3000, b'"x"', b"{" + b" " * 1_000_001 + b"}"],
    ids=["empty", "list", "broken", "not utf-8", "deep", "text", "too large"],
)
def test_hostile_input_file(run: Run, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "input.json"
    file.write_bytes(content)
    ended = run("visit", "add", "--household", ZHANG, "--from", str(file))
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert str(file) in ended.err
    assert run("visit", "list", "--json").json == {"rows": []}


def test_nothing_is_saved_of_a_refused_visit(run: Run, write: Write) -> None:
    file = write({"kind": "日常走访", "result": "见到户主", "water_ok": False, "herz": 1})
    ended = run("visit", "add", "--household", ZHANG, "--from", file, "--json")
    assert ended.code == 1
    assert ended.json["error"]["code"] == "validation_failed"
    assert "herz" in ended.json["error"]["message"]
    assert run("problem", "list", "--json").json == {"rows": []}


def test_a_bug_is_one_line_and_its_log_names_nobody(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("张示范 14990119620315001X 13800000001")

    monkeypatch.setattr(find_command, "find", broken)
    ended = run("find", "zsf")
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "程序内部错误（ValueError）" in ended.err
    log = tmp_path / "village" / "villageapp.log"
    assert str(log) in ended.err
    written = log.read_text(encoding="utf-8")
    assert "ValueError" in written
    assert "in broken" in written
    for secret in ("张", "1499011962", "1380000"):
        assert secret not in written
        assert secret not in ended.err
    assert run("find", "zsf", "--json").json["error"]["code"] == "internal_error"


def test_interrupt(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(find_command, "find", interrupted)
    ended = run("find", "zsf")
    assert (ended.code, ended.out, ended.err) == (1, "", "已取消。\n")


def test_without_a_display_the_window_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    ended = run()
    assert ended.code == 1
    assert "没有图形界面" in ended.err


def _program(*argv: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "villageapp", *argv],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        **more,
    )


def test_the_program_itself(run: Run, tmp_path: Path) -> None:
    """A real process: exit codes, UTF-8 whatever the locale, a reader that goes away."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = _program("household", "show", ZHANG, env=environment)
    assert done.returncode == 0, done.stderr
    assert "张示范" in done.stdout
    assert _program("household", "show", "无此户", env=environment).returncode == 1
    assert _program("household", "show", env=environment).returncode == 2
    command = f'"{sys.executable}" -m villageapp household show {ZHANG} --json; echo $? >&2'
    piped = subprocess.run(
        ["bash", "-c", f"({command}) | true"], capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in piped.stderr
    assert "Broken" not in piped.stderr


HEAVY = (
    "sqlalchemy",
    "alembic",
    "sqlcipher3",
    "httpx",
    "reportlab",
    "openpyxl",
    "PySide6",
    "msgspec",
    "nacl",
)


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["find", "--colour"]])
def test_start_imports_almost_nothing(argv: list[str]) -> None:
    """Only the chosen command's own needs may be imported; --version and --help need nothing."""
    script = (
        "import sys\n"
        "from villageapp.cli.main import main\n"
        f"main({argv!r})\n"
        f"print('LOADED', [n for n in {HEAVY!r} if n in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    loaded = done.stderr.rpartition("LOADED ")[2].strip()
    expected = "[]" if argv[0].startswith("--") else loaded
    assert loaded == expected


def test_importing_the_entry_imports_nothing_heavy() -> None:
    script = f"import sys, villageapp.__main__, villageapp.cli.main; print([n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_main_returns_a_code_for_help() -> None:
    assert main(["--help"]) == 0
