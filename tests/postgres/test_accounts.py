"""Offices log in, see their own division, and cannot be guessed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.helpers.servers import ServerProcess, fresh_database, running_server
from tests.postgres.laptops import RawLaptop, change
from villageapp.errors import AlreadyDone, AppError, NotFound, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.server import accounts
from villageapp.server.opening import Province, open_province

PASSWORD = "正确的口令 42"
HERE, ELSEWHERE = "149901555001", "140105001001"


@pytest.fixture(scope="module")
def running(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("offices"), fresh_database(postgres_dsn)) as server:
        yield server


@pytest.fixture
def province(running: ServerProcess) -> Iterator[Province]:
    with open_province(running.data_dir, running.dsn) as opened:
        yield opened


def ask(server: ServerProcess, login: Any, path: str, method: str = "GET", **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {login}"} if isinstance(login, str) else {}
    auth = httpx.BasicAuth(*(part.encode() for part in login)) if isinstance(login, tuple) else None
    url = f"{server.url}/admin/v1/{path}"
    with httpx.Client(trust_env=False, timeout=60, auth=auth, headers=headers) as client:
        return client.request(method, url, **more)


def opened_login(province: Province, name: str, role: str = "管理员", division: str = "149901") -> str:
    return accounts.add(province, name, role, division, PASSWORD, "test")


def laptop_in(server: ServerProcess, village: str) -> RawLaptop:
    laptop = RawLaptop(server.url, village)
    laptop.enrol(server.enrol_code(village))
    return laptop


def test_a_county_account_sees_only_its_county(running: ServerProcess, province: Province) -> None:
    ours, theirs = laptop_in(running, HERE), laptop_in(running, ELSEWHERE)
    login = opened_login(province, "county")
    seen = ask(running, (login, PASSWORD), "workspaces").json()
    assert {row["county_code"] for row in seen} == {"149901"}
    assert ours.workspace in {row["workspace"] for row in seen}
    assert ask(running, (login, PASSWORD), f"workspaces/{ours.workspace}/counts").json() == {}
    assert ask(running, (login, PASSWORD), f"workspaces/{theirs.workspace}/counts").status_code == 404
    refused = ask(running, (login, PASSWORD), f"replicas/{theirs.replica_id}/revoke", "POST")
    assert refused.status_code == 404
    issued = ask(
        running, (login, PASSWORD), "codes", "POST", json={"village_code": ELSEWHERE, "name": "张三"}
    )
    assert issued.status_code == 403
    everything = {row["workspace"] for row in running.ask("workspaces")}
    assert {ours.workspace, theirs.workspace} <= everything


def test_a_session_works_until_the_account_is_closed(running: ServerProcess, province: Province) -> None:
    login = opened_login(province, "乡镇王五", division="149901")
    said = ask(running, (login, PASSWORD), "login", "POST").json()
    assert said["expires_in"] == accounts.SESSION_SECONDS
    assert ask(running, said["token"], "workspaces").status_code == 200
    forged = said["token"][:-2] + ("A=" if said["token"][-2] != "A" else "B=")
    for token in (forged, "session.x.y", "session."):
        assert ask(running, token, "workspaces").status_code == 401
    accounts.close(province, login, "test")
    assert ask(running, said["token"], "workspaces").json()["error"]["code"] == "bad_login"
    assert ask(running, (login, PASSWORD), "workspaces").status_code == 401
    with pytest.raises(NotFound):
        accounts.close(province, login, "test")


def test_what_an_office_does_is_noted_with_its_name(running: ServerProcess, province: Province) -> None:
    login = opened_login(province, "acting")
    laptop = laptop_in(running, HERE)
    code = ask(running, (login, PASSWORD), "codes", "POST", json={"village_code": HERE, "name": "张三"})
    assert code.status_code == 200
    RawLaptop(running.url, HERE).enrol(code.json()["code"])
    revoked = ask(running, (login, PASSWORD), f"replicas/{laptop.replica_id}/revoke", "POST")
    assert revoked.json() == {"replica_id": laptop.replica_id}
    laptop.send([laptop.write(change(new_id(), {"head": "甲"}))])
    waiting = ask(running, (login, PASSWORD), "quarantine").json()
    assert [row["changes"] for row in waiting if row["replica_id"] == laptop.replica_id] == [1]
    released = ask(running, (login, PASSWORD), f"quarantine/{laptop.replica_id}/release", "POST")
    assert released.json() == {"segments": 1, "changes": 1, "left": 0}
    assert running.dsn is not None
    with psycopg.connect(running.dsn) as connection:
        noted = connection.execute("SELECT action FROM audit WHERE who = %s ORDER BY at", [login]).fetchall()
    assert [row[0] for row in noted] == ["enrol_code", "revoked", "quarantine_released"]


def test_a_viewer_changes_nothing(running: ServerProcess, province: Province) -> None:
    login = opened_login(province, "viewer", "查看")
    laptop = laptop_in(running, HERE)
    assert ask(running, (login, PASSWORD), "workspaces").status_code == 200
    refused = ask(running, (login, PASSWORD), f"replicas/{laptop.replica_id}/revoke", "POST")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")
    laptop.send()


def test_the_bulletin_comes_as_a_workbook(running: ServerProcess, province: Province) -> None:
    login = opened_login(province, "bulletin")
    laptop_in(running, HERE)
    wanted = {"month": "2026-07", "division": "149901"}
    answer = ask(running, (login, PASSWORD), "bulletin", params=wanted)
    assert answer.status_code == 200
    assert "xl/worksheets/sheet1.xml" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    beyond = ask(running, (login, PASSWORD), "bulletin", params={**wanted, "division": "14"})
    assert beyond.status_code == 403
    for bad in ({"month": "July"}, {"division": "99"}, {"month": "2999-01"}):
        assert ask(running, (login, PASSWORD), "bulletin", params={**wanted, **bad}).status_code in (404, 422)


def test_accounts_are_checked_before_they_are_opened(province: Province) -> None:
    for name, role, division, password, kind in (
        ("", "管理员", "149901", PASSWORD, ValidationFailed),
        ("a/b", "管理员", "149901", PASSWORD, ValidationFailed),
        ("ok", "king", "149901", PASSWORD, ValidationFailed),
        ("ok", "管理员", "110101", PASSWORD, NotFound),
        ("ok", "管理员", "149901", "short", ValidationFailed),
    ):
        with pytest.raises(AppError) as caught:
            accounts.add(province, name, role, division, password, "test")
        assert isinstance(caught.value, kind)
    login = opened_login(province, "twice")
    with pytest.raises(AlreadyDone):
        opened_login(province, "twice")
    accounts.close(province, login, "test")
    assert opened_login(province, "twice") == login
    assert login in {row["login"] for row in accounts.listing(province)}
    for code, prefix in (("14", "14"), ("140100", "1401"), ("140105", "140105"), ("149901000000", "149901")):
        assert accounts.division_prefix(code) == prefix


def test_passwords_are_kept_as_argon2id(province: Province, running: ServerProcess) -> None:
    opened_login(province, "hashed")
    assert running.dsn is not None
    with psycopg.connect(running.dsn) as connection:
        rows = connection.execute("SELECT password_hash FROM account WHERE name = 'hashed'").fetchall()
    assert rows[0][0].startswith("$argon2id$")


def test_who_guesses_passwords_is_made_to_wait(postgres_dsn: str, tmp_path: Any) -> None:
    dsn = fresh_database(postgres_dsn)
    with running_server(tmp_path, dsn) as server:
        with open_province(tmp_path, dsn) as province:
            login = opened_login(province, "guessed")
        for i in range(20):
            assert ask(server, (login, f"wrong {i}"), "workspaces").status_code == 401
        refused = ask(server, (login, PASSWORD), "workspaces")
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_tries")
        assert int(refused.headers["retry-after"]) > 0
        assert server.ask("workspaces") == []  # the machine's own token does not guess
