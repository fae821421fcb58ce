"""The 授权承诺 that a family signs before anybody looks into its means (R-MON-4)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from villageapp.domain.papers import CONSENT
from villageapp.services import records
from villageapp.services.case_facts import ASSET_CHECK
from villageapp.services.case_steps import OpenCase
from villageapp.ui.context import Context
from villageapp.ui.widgets.record_dialog import RecordDialog

_NAMES = (
    "signed_on",
    "method",
    "member_ids",
    "text_version",
    "agent_name",
    "agent_relation",
    "agent_reason",
    "witness",
    "note",
)


def ask_consent(context: Context, parent: QWidget, opened: OpenCase) -> RecordDialog:
    """A dialog that records the consent of the household of this case."""
    work, household_id = context.work, opened.page.case["household_id"]
    dialog = RecordDialog(
        context,
        parent,
        title=parent.tr("授权承诺：{name}").format(name=opened.head_name),
        form=CONSENT,
        names=_NAMES,
        save=lambda raw, _seen: records.record(
            work, "consent", {**raw, "household_id": household_id, "kind": ASSET_CHECK}
        ),
        values={"signed_on": work.today()},
        choices={"member_ids": opened.members},
        lead=parent.tr("农户签署授权后，才能核查家庭经济状况、进行民主评议。签署日不得晚于评议日。"),
        done=parent.tr("授权承诺已登记。"),
    )
    dialog.open()
    return dialog
