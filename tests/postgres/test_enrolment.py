"""One-time codes, right and wrong."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from nacl.signing import SigningKey

from tests.helpers.servers import ServerProcess, fresh_database, running_server
from tests.postgres.laptops import ACTOR, RawLaptop, change
from villageapp.errors import NotFound, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.server import admin
from villageapp.sync import chain, protocol
from villageapp.sync.chain import Signed


@pytest.fixture
def laptop(server: ServerProcess, village: str) -> RawLaptop:
    return RawLaptop(server.url, village)


def redeem(laptop: RawLaptop, code: str, **changed: Any) -> Any:
    wanted = msgspec.structs.replace(laptop.enrol_request(code), **changed)
    return laptop.post(protocol.ENROL_PATH, msgspec.json.encode(wanted))


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_laptop_gets_workspace_certificate_and_token(server: ServerProcess, laptop: RawLaptop) -> None:
    said = laptop.enrol(server.enrol_code(laptop.village, "李四"))
    signed = Signed(base64.b64decode(said.certificate), base64.b64decode(said.certificate_signature))
    certificate = chain.read_certificate(signed, base64.b64decode(said.province_key))
    assert (certificate.replica_id, certificate.workspace) == (laptop.replica_id, said.workspace)
    assert (certificate.user_id, certificate.user_name, certificate.role) == (ACTOR, "李四", "工作队员")
    assert certificate.sign_key == laptop.key.verify_key.encode()
    assert certificate.valid_from < certificate.valid_to
    assert laptop.send().hello.workspace == said.workspace
    assert {"workspace": said.workspace, "village_code": laptop.village, "county_code": "149901", "kind": "village"} \
        in server.ask("workspaces")  # fmt: skip


def test_two_laptops_of_a_village_share_its_workspace(server: ServerProcess, laptop: RawLaptop) -> None:
    first = laptop.enrol(server.enrol_code(laptop.village))
    second = RawLaptop(server.url, laptop.village).enrol(server.enrol_code(laptop.village))
    assert first.workspace == second.workspace
    assert first.token != second.token


def test_the_second_laptop_learns_the_village_s_name(server: ServerProcess, laptop: RawLaptop) -> None:
    assert laptop.enrol(server.enrol_code(laptop.village)).village_name == ""
    laptop.write(change(new_id(), {"code": laptop.village, "name": "柳树坪村"}, entity="village"))
    laptop.sync()
    server.counts(laptop.workspace)
    second = RawLaptop(server.url, laptop.village).enrol(server.enrol_code(laptop.village))
    assert second.village_name == "柳树坪村"


def test_a_code_may_be_typed_carelessly(server: ServerProcess, laptop: RawLaptop) -> None:
    code = server.enrol_code(laptop.village)
    assert redeem(laptop, f"  {code.lower().replace('-', ' ')}　").status_code == 200


def test_a_wrong_code_enrols_nobody(server: ServerProcess, laptop: RawLaptop) -> None:
    code = server.enrol_code(laptop.village)
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    for typed in (wrong, "", "AAAA-AAAA-AAAA", "汉字"):
        assert error_of(redeem(laptop, typed)) == (403, "wrong_code")
    assert redeem(laptop, code).status_code == 200


def test_a_code_is_for_its_own_village(server: ServerProcess, laptop: RawLaptop) -> None:
    code = server.enrol_code(laptop.village)
    for village in ("149901888001", "140105001001", "not a code"):
        assert error_of(redeem(laptop, code, village_code=village)) == (403, "wrong_code")


def test_an_expired_code_enrols_nobody(server: ServerProcess, laptop: RawLaptop) -> None:
    code = server.enrol_code(laptop.village)
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute("UPDATE enrol_code SET expires_at = %s WHERE code_id = %s", (past, code[:4]))
    assert error_of(redeem(laptop, code)) == (403, "code_expired")


def test_a_used_code_is_refused_to_another_laptop(server: ServerProcess, laptop: RawLaptop) -> None:
    code = server.enrol_code(laptop.village)
    laptop.enrol(code)
    assert error_of(redeem(RawLaptop(server.url, laptop.village), code)) == (409, "code_used")


def test_the_same_laptop_may_ask_again_when_the_answer_was_lost(
    server: ServerProcess, laptop: RawLaptop
) -> None:
    code = server.enrol_code(laptop.village)
    first, again = laptop.enrol(code), laptop.enrol(code)
    assert (first.token, first.certificate) == (again.token, again.certificate)
    assert laptop.send().hello.workspace == first.workspace


def test_the_same_laptop_with_other_keys_is_refused(server: ServerProcess, laptop: RawLaptop) -> None:
    code = server.enrol_code(laptop.village)
    laptop.enrol(code)
    cloned = replace(laptop, key=SigningKey.generate())
    assert error_of(redeem(cloned, code)) == (409, "replica_exists")
    assert error_of(redeem(cloned, server.enrol_code(laptop.village))) == (409, "replica_exists")


def test_a_used_code_answers_only_for_some_minutes(server: ServerProcess, laptop: RawLaptop) -> None:
    code = server.enrol_code(laptop.village)
    laptop.enrol(code)
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        past = datetime.now(UTC) - timedelta(hours=1)
        connection.execute("UPDATE enrol_code SET used_at = %s WHERE code_id = %s", (past, code[:4]))
    assert error_of(redeem(laptop, code)) == (409, "code_used")


def test_a_revoked_laptop_does_not_come_back_with_a_new_code(
    server: ServerProcess, laptop: RawLaptop
) -> None:
    laptop.enrol(server.enrol_code(laptop.village))
    admin.revoke(server.data_dir, server.dsn, laptop.replica_id)
    assert error_of(redeem(laptop, server.enrol_code(laptop.village))) == (403, "revoked")


@pytest.mark.parametrize(
    "changed", [{"replica_id": "x"}, {"sign_key": "short"}, {"box_key": "@@@@"}, {"user_id": ""}], ids=str
)
def test_malformed_requests_are_refused(
    server: ServerProcess, laptop: RawLaptop, changed: dict[str, str]
) -> None:
    answer = redeem(laptop, server.enrol_code(laptop.village), **changed)
    assert error_of(answer) == (400, "malformed")


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b'{"code": 1}', b"{" * 9000])
def test_what_is_no_request_is_refused(laptop: RawLaptop, content: bytes) -> None:
    answer = laptop.post(protocol.ENROL_PATH, content)
    assert error_of(answer) in ((400, "malformed"), (413, "too_large"))


def test_another_protocol_is_told_to_upgrade(server: ServerProcess, laptop: RawLaptop) -> None:
    answer = redeem(laptop, server.enrol_code(laptop.village), protocol=2)
    assert error_of(answer) == (426, "upgrade_required")


def test_who_guesses_is_made_to_wait(postgres_dsn: str, tmp_path: Any) -> None:
    with running_server(tmp_path, fresh_database(postgres_dsn)) as server:
        laptop = RawLaptop(server.url, "149901000001")
        code = server.enrol_code(laptop.village)
        for secret in ("2222-2222", "3333-3333") * 5:
            assert error_of(redeem(laptop, f"{code[:4]}-{secret}")) == (403, "wrong_code")
        assert error_of(redeem(laptop, code)) == (429, "too_many_tries")  # this code is spoilt
        for _ in range(10):
            assert error_of(redeem(laptop, "AAAA-AAAA-AAAA")) == (403, "wrong_code")
        answer = redeem(laptop, server.enrol_code(laptop.village))  # a good one, from this address
        assert error_of(answer) == (429, "too_many_tries")
        assert 0 < int(answer.headers["retry-after"]) <= 600


def test_codes_are_only_for_villages_and_named_people(server: ServerProcess) -> None:
    with pytest.raises(NotFound):
        server.enrol_code("110101001001")
    for name in ("", "  ", "张" * 50, "张\n三"):
        with pytest.raises(ValidationFailed):
            server.enrol_code("149901001001", name)


def test_nothing_secret_is_stored_plainly(server: ServerProcess, laptop: RawLaptop) -> None:
    code = server.enrol_code(laptop.village)
    said = laptop.enrol(code)
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        rows = connection.execute("SELECT * FROM enrol_code").fetchall()
        rows += connection.execute("SELECT * FROM replica").fetchall()
    stored = repr(rows)
    assert code.replace("-", "") not in stored
    assert said.token not in stored
