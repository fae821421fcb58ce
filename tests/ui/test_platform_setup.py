"""Input method, language, typeface, one running instance per store, remembered preferences."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from pytestqt.qtbot import QtBot

from tests.ui.conftest import LIMIT_MS
from villageapp import fonts
from villageapp.errors import Trouble
from villageapp.ui import platform_setup, typefaces
from villageapp.ui.platform_setup import SingleInstance
from villageapp.ui.preferences import LAST_SCREEN, SCALE, Preferences


@pytest.mark.parametrize("module", ["fcitx", "fcitx5"])
def test_fcitx_is_reached_through_the_ibus_plug_in(module: str) -> None:
    environment = {"QT_IM_MODULE": module}
    platform_setup.choose_input_method(environment, "linux")
    assert environment == {"QT_IM_MODULE": "ibus", "IBUS_USE_PORTAL": "1"}


@pytest.mark.parametrize(
    ("environment", "platform"),
    [({"QT_IM_MODULE": "ibus"}, "linux"), ({}, "linux"), ({"QT_IM_MODULE": "fcitx"}, "win32")],
)
def test_other_settings_are_left_alone(environment: dict[str, str], platform: str) -> None:
    before = dict(environment)
    platform_setup.choose_input_method(environment, platform)
    assert environment == before


def test_standard_buttons_speak_chinese(qtbot: QtBot, qapp: QApplication) -> None:
    platform_setup.speak_chinese(qapp)
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(box)
    assert box.buttons()[0].text().replace("(C)", "").replace("&", "") == "取消"
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "取消"


def test_a_second_start_calls_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    first, second, other = (SingleInstance(tmp_path / name, tmp_path) for name in ("a", "a", "b"))
    calls: list[bool] = []
    first.called.connect(lambda: calls.append(True))
    assert first.is_first()
    first.listen()
    assert not second.is_first()
    assert other.is_first()
    second.call_first()
    qtbot.waitUntil(lambda: calls == [True], timeout=LIMIT_MS)
    first.close()
    assert second.is_first()
    second.close()
    other.close()


def test_without_a_good_chinese_typeface_our_own_is_used_and_a_broken_copy_replaced(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typefaces, "PREFERRED", ())
    (tmp_path / "NotoSansSC-Regular-broken.ttf").write_bytes(b"no font at all")
    assert typefaces.first_family(tmp_path) == fonts.FAMILY == typefaces.FAMILY
    assert len(list(tmp_path.glob("NotoSansSC-Regular-*.ttf"))) == 2
    made = typefaces.make_instances(tmp_path)
    assert [typefaces.register(file) for file in made] == [True, True]


def test_an_unwritable_cache_stops_only_who_has_no_chinese_typeface_at_all(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("a file where the folder should be")
    monkeypatch.setattr(typefaces, "chinese_families", lambda: ["Droid Sans Fallback"])
    assert typefaces.first_family(blocked) == "Droid Sans Fallback"
    monkeypatch.setattr(typefaces, "chinese_families", list)
    with pytest.raises(Trouble, match="字体缓存"):
        typefaces.first_family(blocked)


def test_preferences_keep_their_kind_and_survive_nonsense(tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    preferences = Preferences(file)
    assert preferences.get(SCALE) == 100
    preferences.set(SCALE, 150)
    preferences.set(LAST_SCREEN, "sync")
    preferences.flush()
    assert Preferences(file).get(SCALE) == 150
    assert Preferences(file).get(LAST_SCREEN) == "sync"
    with pytest.raises(TypeError):
        preferences.set(SCALE, "large")
    file.write_text("[window]\nscale=huge\n", encoding="utf-8")
    assert Preferences(file).get(SCALE) == 100
