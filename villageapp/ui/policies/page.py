"""One policy: large type for reading aloud, the small print below, and the households that it fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from villageapp.domain.fields import show
from villageapp.domain.papers import POLICY
from villageapp.services import policies, policy_reach
from villageapp.ui.context import Context
from villageapp.ui.households.columns import short_group
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.flow import EmptyState, button, card, clear, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable

if TYPE_CHECKING:
    from villageapp.services.policy_reach import Reached

_ALOUD = ("standard_text", "how_to_apply", "materials", "contact")
_SMALL = ("policy_no", "issuer", "doc_no", "issued_on", "effective_from", "effective_to", "source")


class PolicyPage(QWidget):
    """Shows one policy; the households are looked for when asked (half a second for a village)."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._policy_no = ""
        self.title = label("", "title", wrap=True, selectable=True)
        self.pocket = label("", "figure", wrap=True, selectable=True)
        self._texts = QVBoxLayout()
        self._texts.setSpacing(8)
        self.seek = button(self.tr("找出符合而未享受的户"), self._find, role="primary")
        self.said = label("", "quiet", wrap=True)
        self.reached: ListTable[Reached] = ListTable(
            self._columns(), self.tr("符合这项政策的户"), _key, scale=context.settings.get(SCALE)
        )
        self.reached.setMinimumHeight(200)
        self.reached.opened.connect(lambda key: context.signals.household_asked.emit(key.split("/")[0]))
        context.signals.scaled.connect(self.reached.set_scale)
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(self.tr("没有选择政策"), self.tr("在左边选一条政策；右边是可以念给群众听的大字。"))
        )
        self._stack.addWidget(self._sheet())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    def open(self, policy_no: str) -> None:
        """Show a policy."""
        if policy_no != self._policy_no:
            self.reached.show_rows(())
            self.reached.hide()
            self.said.clear()
        self._policy_no = policy_no
        self.refresh()

    def refresh(self) -> None:
        """Read the policy again."""
        if not self._policy_no:
            return
        work, wanted = self._context.work, self._policy_no
        self._context.tasks.read(
            lambda _progress: policies.one(work, wanted), owner=self, done=self._show, latest="policy"
        )

    def _sheet(self) -> QWidget:
        inner = QWidget()
        inner.setProperty("surface", "page")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(12, 12, 16, 12)
        rows.setSpacing(12)
        frame, texts = card(margin=18, spacing=12)
        texts.addWidget(self.title)
        texts.addWidget(self.pocket)
        texts.addLayout(self._texts)
        rows.addWidget(frame)
        head = QHBoxLayout()
        head.addWidget(self.seek)
        head.addWidget(self.said, 1)
        rows.addLayout(head)
        rows.addWidget(self.reached, 1)
        self.reached.hide()
        rows.addStretch(0)
        scroll = QScrollArea()
        scroll.setAccessibleName(self.tr("政策全文"))
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        return scroll

    def _columns(self) -> tuple[ListColumn[Reached], ...]:
        return (
            ListColumn("head", self.tr("户主"), 90, lambda r: r.head_name, is_optional=False),
            ListColumn("group", self.tr("组"), 70, lambda r: short_group(r.group)),
            ListColumn("member", self.tr("享受人"), 80, lambda r: r.member or self.tr("全户")),
            ListColumn("missing", self.tr("还要弄清"), 140, lambda r: "、".join(r.missing)),
            ListColumn("because", self.tr("因为"), 260, lambda r: "、".join(r.because)),
        )

    def _show(self, policy: Mapping[str, Any]) -> None:
        self._stack.setCurrentIndex(1)
        self.title.setText(str(policy["title"]))
        self.pocket.setText(policy.get("pocket_text") or "")
        self.pocket.setVisible(bool(policy.get("pocket_text")))
        clear(self._texts)
        for name in _ALOUD:
            if policy.get(name):
                self._texts.addWidget(label(POLICY[name].label, "heading"))
                self._texts.addWidget(label(str(policy[name]), wrap=True, selectable=True))
        small = " · ".join(
            f"{POLICY[name].label} {show(POLICY[name], policy[name])}" for name in _SMALL if policy.get(name)
        )
        self._texts.addWidget(label(small, "quiet", wrap=True, selectable=True))

    def _find(self) -> None:
        work, wanted = self._context.work, self._policy_no
        self._context.tasks.read(
            lambda progress: policy_reach.households_for(work, wanted, progress),
            owner=self,
            done=self._show_reached,
            title=self.tr("正在逐户匹配政策"),
            latest="reach",
        )

    def _show_reached(self, found: Sequence[Reached]) -> None:
        certain = sum(1 for one in found if not one.missing)
        if found:
            text = self.tr(
                "符合而未享受 {certain} 人（户），还有 {open} 人（户）要先弄清情况。按回车看这一户。"
            )
            self.said.setText(text.format(certain=certain, open=len(found) - certain))
        else:
            self.said.setText(self.tr("没有符合而未享受的户。"))
        self.reached.setVisible(bool(found))
        self.reached.show_rows(found)


def _key(reached: Reached) -> str:
    return f"{reached.household_id}/{reached.member}"
