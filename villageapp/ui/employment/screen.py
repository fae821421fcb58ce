"""The screen 务工就业: the ledger of everybody who can work, public posts, households with nobody employed."""

from __future__ import annotations

from PySide6.QtWidgets import QTabWidget, QVBoxLayout

from villageapp.domain.changes import ChangeSet
from villageapp.services import post_pages
from villageapp.ui.context import Context
from villageapp.ui.employment.idle_pane import IdlePane
from villageapp.ui.employment.ledger_pane import LedgerPane
from villageapp.ui.employment.posts_pane import PostsPane
from villageapp.ui.screen import ScreenPage

_ENTITIES = ("employment", "member", "household", "public_post", "income_account", "monitoring_case")


class EmploymentScreen(ScreenPage):
    """Three tabs; each reads when it is seen."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.ledger = LedgerPane(context)
        self.posts = PostsPane(context)
        self.idle = IdlePane(context, self.open_household)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("务工就业"))
        self.tabs.addTab(self.ledger, self.tr("务工台账"))
        self.tabs.addTab(self.posts, self.tr("公益岗"))
        self.tabs.addTab(self.idle, self.tr("有劳力未就业"))
        self.tabs.currentChanged.connect(lambda _index: self.refresh())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(self.tabs)

    def refresh(self) -> None:
        """Read the tab in front."""
        panes = (self.ledger, self.posts, self.idle)
        next(pane for pane in panes if pane is self.tabs.currentWidget()).refresh()

    def concerns(self, changes: ChangeSet) -> bool:
        """Spells and posts, the people, and what makes a household a candidate."""
        return any(changes.touches(entity) for entity in _ENTITIES)

    def has_unsaved(self) -> bool:
        """Whether something typed into the grid is not saved."""
        return self.ledger.grid.has_unsaved()

    def focus_first(self) -> None:
        """Start in the ledger."""
        self.ledger.focus_first()

    def open_household(self, household_id: str) -> None:
        """The first person of a household in the ledger."""
        self.tabs.setCurrentWidget(self.ledger)
        self.ledger.go_to(household_id)

    def open_record(self, record_id: str) -> None:
        """A spell in the ledger, or a post on its tab."""
        work = self.context.work
        self.context.tasks.read(
            lambda _progress: any(row.id == record_id for row in post_pages.page(work).posts),
            owner=self,
            done=lambda is_post: self._open(record_id, is_post=is_post),
            latest="record",
        )

    def _open(self, record_id: str, *, is_post: bool) -> None:
        pane = self.posts if is_post else self.ledger
        self.tabs.setCurrentWidget(pane)
        pane.go_to(record_id)
