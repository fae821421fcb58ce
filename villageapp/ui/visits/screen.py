"""走访: the list to start from, the form, and the panel after saving; one of them is shown."""

from __future__ import annotations

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from villageapp.domain.changes import ChangeSet
from villageapp.ui.context import Context
from villageapp.ui.imports.dialog import ImportDialog
from villageapp.ui.screen import ScreenPage
from villageapp.ui.visits.form_page import FormPage
from villageapp.ui.visits.grid_page import GridPage
from villageapp.ui.visits.reading import FormStart, read_start
from villageapp.ui.visits.recording import Recorded
from villageapp.ui.visits.saved_panel import SavedPanel
from villageapp.ui.visits.start_page import StartPage

_SHOWN = ("household", "member", "visit", "measure", "problem", "cadre")


class VisitsScreen(ScreenPage):
    """Records visits, one household after the other."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.start_page = StartPage(context)
        self.form_page = FormPage(context)
        self.saved_panel = SavedPanel(context)
        self.grid_page = GridPage(context)
        self._stack = QStackedWidget()
        for page in (self.start_page, self.form_page, self.saved_panel, self.grid_page):
            self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._listen()

    def open_household(self, household_id: str) -> None:
        """Show the form of a household; another form that is open stays as a draft."""
        if household_id == self.form_page.household_id:
            self._show(self.form_page)
            return
        self.form_page.keeper.flush()
        work, tasks = self.context.work, self.context.tasks
        # behind a draft that is still being written, so that the form finds it
        read = tasks.read if self.form_page.keeper.is_settled else tasks.write
        read(
            lambda _progress: read_start(work, household_id),
            owner=self,
            done=self._on_read,
            failed=self._on_not_read,
        )

    def open_grid(self, key: str = "") -> None:
        """Show the grid for paper forms, on the sheet of that key."""
        self._show(self.grid_page)
        self.grid_page.open(key)

    def open_record(self, record_id: str) -> None:
        """A sheet that was begun; visits are opened by their household."""
        self.open_grid(record_id)

    def refresh(self) -> None:
        """Read what is shown again; typing is left alone."""
        if self._stack.currentWidget() is self.start_page:
            self.start_page.refresh()
        household_id, work = self.form_page.household_id, self.context.work
        if household_id:
            self.context.tasks.read(
                lambda _progress: read_start(work, household_id),
                owner=self,
                done=self.form_page.update_known,
                latest="known",
            )

    def concerns(self, changes: ChangeSet) -> bool:
        """Everything that the list and the form show."""
        return any(changes.touches(entity) for entity in _SHOWN)

    def has_unsaved(self) -> bool:
        """Nothing is lost by leaving: what is typed is handed to the store at once, as a draft."""
        self.form_page.keeper.flush()
        self.grid_page.keeper.flush()
        return False

    def focus_first(self) -> None:
        """Where the shown page starts."""
        page = self._stack.currentWidget()
        if isinstance(page, StartPage | FormPage | SavedPanel | GridPage):
            page.focus_first()

    def showEvent(self, event: QShowEvent) -> None:
        """Drafts are no records and announce nothing, so the list is read whenever it comes to the front."""
        was_stale = self._is_stale
        super().showEvent(event)
        if not was_stale and self._stack.currentWidget() is self.start_page:
            self.start_page.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leaving the screen, minimising or closing the window keeps what is typed."""
        super().hideEvent(event)
        self.form_page.keeper.flush()
        self.grid_page.keeper.flush()

    def _listen(self) -> None:
        self.start_page.picked.connect(self.open_household)
        self.start_page.household_asked.connect(self.context.signals.household_asked)
        self.start_page.import_asked.connect(lambda: ImportDialog.choose_file(self.context, self.window()))
        self.start_page.grid_asked.connect(self.open_grid)
        self.grid_page.left.connect(self._show_start)
        self.form_page.left.connect(self._show_start)
        self.form_page.recorded.connect(self._on_recorded)
        self.form_page.keeper.kept.connect(self._on_kept)
        self.saved_panel.next_asked.connect(self.open_household)
        self.saved_panel.household_asked.connect(self.context.signals.household_asked)
        self.saved_panel.list_asked.connect(self._show_start)

    def _on_read(self, start: FormStart) -> None:
        self.form_page.open(start)
        self._show(self.form_page)

    def _on_not_read(self, error: Exception) -> None:
        self.context.tell.error(error)
        if not self.form_page.household_id:
            self._show_start()

    def _on_recorded(self, recorded: Recorded) -> None:
        name = self.form_page.strip.name.text()
        self._show(self.saved_panel)
        self.saved_panel.show_recorded(recorded, name)
        self.context.tell.done(self.tr("{name}的走访已保存。").format(name=name))

    def _on_kept(self) -> None:
        """A draft kept on leaving the form belongs on the list that is already shown."""
        if self._stack.currentWidget() is self.start_page:
            self.start_page.refresh()

    def _show_start(self) -> None:
        self._show(self.start_page)
        self.start_page.refresh()

    def _show(self, page: QWidget) -> None:
        self._stack.setCurrentWidget(page)
        if isinstance(page, StartPage | FormPage):
            page.focus_first()
