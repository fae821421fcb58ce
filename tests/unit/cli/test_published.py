"""``published list|show``: what came from the offices above, read on the command line."""

from __future__ import annotations

from pathlib import Path

from nacl.signing import SigningKey

from tests.helpers.stores import StoreTemplate
from tests.unit.cli.conftest import Run
from villageapp.paths import DataDir
from villageapp.services.workspace import open_with_key
from villageapp.sync import channels
from villageapp.sync.channels import Item, Kind

PROVINCE = SigningKey(bytes(range(32)))


def test_a_notice_is_listed_read_and_then_no_longer_unread(
    run: Run, template: StoreTemplate, tmp_path: Path
) -> None:
    assert run("published", "list", "--json").json == {"rows": []}
    item = Item(1, "14", 1, Kind.NOTICE, "集中排查", "请于月底前完成排查", "山西省", 1_690_000_000_000)
    with open_with_key(DataDir(tmp_path / "village"), template.key) as work, work.database.writing() as store:
        signed, key = channels.sign(item, PROVINCE), bytes(PROVINCE.verify_key)
        channels.take(store, [signed], key, work.identity.village_code, "2023-06-01T00:00:00Z")
    (row,) = run("published", "list", "--unread", "--json").json["rows"]
    assert (row["channel"], row["number"], row["title"], row["is_read"]) == ("14", 1, "集中排查", False)
    assert "未读" in run("published", "list").out
    assert "月底前" in run("published", "show", "14", "1").out
    assert run("published", "list", "--unread", "--json").json == {"rows": []}
    missing = run("published", "show", "14", "2")
    assert (missing.code, missing.out) == (1, "")
    assert "没有找到" in missing.err
