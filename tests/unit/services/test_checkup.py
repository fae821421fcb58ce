"""The doctor's findings."""

from __future__ import annotations

import os

import pytest

from villageapp.services.checkup import examine
from villageapp.services.workspace import Workspace


def test_a_sound_store(work: Workspace) -> None:
    findings = examine(work)
    assert [finding.name for finding in findings if not finding.ok] == []
    assert {"数据库完整性", "加密校验", "同步日志", "磁盘空间", "电脑时钟", "字体", "版本"} <= {
        f.name for f in findings
    }


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_open_permissions_are_named(work: Workspace) -> None:
    work.data_dir.database.chmod(0o644)
    (finding,) = [finding for finding in examine(work) if not finding.ok]
    assert work.data_dir.database.name in finding.text
    assert finding.remedy


def test_a_clock_that_ran_ahead_is_named(work: Workspace) -> None:
    with work.database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE replica SET last_hlc = last_hlc + (?)", ((3 * 24 * 3600 * 1000) << 16,)
        )
    (finding,) = [finding for finding in examine(work) if not finding.ok]
    assert finding.name == "电脑时钟"
    assert "系统时间异常" in finding.remedy
