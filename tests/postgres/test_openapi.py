"""The served description of the interface, and that the server keeps to it whatever it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi import checks

from tests.helpers.servers import ServerProcess, fresh_database, running_server
from tests.postgres.laptops import RawLaptop
from villageapp.sync import blob_protocol, protocol

EXAMPLES = 12
load_all_checks()
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]


@schemathesis.serializer(protocol.MEDIA_TYPE, "application/msgpack", blob_protocol.UPLOAD_TYPE)
def as_it_is(_context: Any, value: Any) -> bytes:
    """Binary bodies are sent as they were made up."""
    content = getattr(value, "data", value)
    return content if isinstance(content, bytes) else str(content).encode()


@pytest.fixture(scope="module")
def described(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of its own: what is thrown at it must not disturb other tests."""
    with running_server(tmp_path_factory.mktemp("described"), fresh_database(postgres_dsn)) as running:
        yield running


def test_every_operation_is_described_and_secured(described: ServerProcess) -> None:
    said = httpx.get(f"{described.url}/openapi.json", trust_env=False).json()
    assert said["openapi"].startswith("3.1")
    open_to_all = []
    for path, operations in said["paths"].items():
        for method, operation in operations.items():
            assert "没有说明" not in operation["summary"], (method, path)
            named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}, path
            assert "4XX" in operation["responses"]
            if not operation["security"]:
                open_to_all.append(path)
    assert sorted(open_to_all) == ["/openapi.json", "/sync/v1/enrol", "/sync/v1/greeting"]
    assert {"laptop", "office", "account"} == set(said["components"]["securitySchemes"])


def test_nothing_that_fits_the_description_breaks_the_server(described: ServerProcess) -> None:
    laptop = RawLaptop(described.url, "149901777001")
    laptop.enrol(described.enrol_code(laptop.village))
    token = (described.data_dir / "admin.token").read_text().strip()
    schema = schemathesis.openapi.from_url(f"{described.url}/openapi.json")
    tried = 0
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        bearer = token if operation.path.startswith("/admin") else laptop.token
        _throw_at(operation, {"Authorization": f"Bearer {bearer}"}, laptop)
        tried += 1
    assert tried >= 20
    assert httpx.get(f"{described.url}/sync/v1/greeting", trust_env=False).status_code == 200


def _throw_at(operation: Any, headers: dict[str, str], laptop: RawLaptop) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def throw(case: Any) -> None:
        if "workspace" in case.path_parameters:
            case.path_parameters["workspace"] = laptop.workspace
        case.headers.update(headers)
        case.call_and_validate(checks=CHECKS)

    throw()
