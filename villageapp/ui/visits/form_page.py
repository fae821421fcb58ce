"""The open form with what stays around it: whose it is, the draft, and the buttons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from villageapp.errors import AppError, Problem
from villageapp.services import drafts
from villageapp.ui.context import Context
from villageapp.ui.visits import recording, words
from villageapp.ui.visits.draft_keeper import FORM, DraftKeeper
from villageapp.ui.visits.household_strip import HouseholdStrip
from villageapp.ui.visits.reading import FormStart
from villageapp.ui.visits.visit_form import VisitForm
from villageapp.ui.visits.visit_saver import VisitSaver
from villageapp.ui.widgets.flow import button, label, set_role

_SCROLL_MARGIN = 24
"""Pixels kept free around the question that has the keyboard."""


class FormPage(QWidget):
    """Fills in one visit after the other. ``recorded`` after saving, ``left`` when the person goes back."""

    recorded = Signal(object)
    """``Recorded``."""
    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._start: FormStart | None = None
        self.form: VisitForm | None = None
        self._unplaced: VisitForm | None = None
        """Built in this turn of the event loop, placed and laid out in the next: neither holds the window up."""
        self._typed_ahead: list[QKeyEvent] = []
        """Keys pressed in between; the form gets them."""
        self._is_touched = False
        self._saver = VisitSaver(context, self)
        self.keeper = DraftKeeper(context.work, context.tasks, self)
        self.strip = HouseholdStrip()
        self.restored = label("", "warn", wrap=True)
        self.draft_line = label("", "quiet")
        self.area = QScrollArea()
        self.save_button = button(self.tr("保存 Ctrl+S"), self.save, role="primary", icon="save")
        self.normal_button = button(self.tr("全部正常 F2"), self.answer_all_normal, icon="allgood")
        self.discard_button = button(self.tr("丢弃草稿"), self.discard, role="flat")
        self.back_button = button(self.tr("返回 Esc"), self.leave, role="flat")
        self._lay_out()
        self._listen()

    @property
    def household_id(self) -> str:
        """The household whose form is open; empty when none is."""
        return self._start.opening.household_id if self._start is not None and self.form is not None else ""

    def open(self, start: FormStart) -> None:
        """Show the form of a household, with its draft if there is one."""
        self.keeper.flush()
        self._start = start
        self.strip.show_household(start)
        self._new_form(start)
        draft = start.opening.draft
        self._is_touched = draft is not None
        self.restored.hide()
        if draft is not None and self.form is not None:
            self.form.restore(draft.values)
            self._follow_result()
            moment = words.moment_text(draft.saved_at, start.today)
            self.restored.setText(self.tr("已恢复 {moment} 的草稿，请接着填写。").format(moment=moment))
            self.restored.show()
            self._say_kept(draft.saved_at)
        self.focus_first()

    def update_known(self, start: FormStart) -> None:
        """Records changed meanwhile; typing is left alone."""
        if self.form is not None and start.opening.household_id == self.household_id:
            self._start = start
            self.strip.show_household(start)
            self.form.update_known(start)

    def focus_first(self) -> None:
        """The first open question; while the form has no place yet its keys are kept for it."""
        if self._unplaced is not None:
            self.area.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.form is not None:
            self.form.focus_first()

    def answer_all_normal(self) -> None:
        """F2: nothing new at this household."""
        self._place_form()
        if self.form is not None and self.normal_button.isEnabled():
            self.form.answer_all_normal()
            self._context.tell.note(self.tr("没有回答的各项已填为正常、没有变化。"))

    def paste_photo(self) -> None:
        """Ctrl+Shift+V: the picture in the clipboard becomes a photo of this visit."""
        if self.form is not None and not self._saver.is_busy:
            self.form.papers.photos.paste()

    def save(self) -> None:
        """Look the answers over, ask about what is odd, record."""
        self._place_form()
        if self.form is None or self._saver.is_busy:
            return
        if self.form.papers.is_busy:
            self._context.tell.note(self.tr("照片还在处理，请稍等片刻再保存。"))
            return
        values = recording.with_leaving_time(self.form.values(), self._context.work.now())
        self._saver.save(self.household_id, values, self.form.papers.papers())

    def leave(self) -> None:
        """Back to the list; typed answers stay as a draft, after asking."""
        if self._saver.is_busy:
            return
        if not self._is_touched:
            self._go()
            return
        self._context.tell.ask(
            self.tr("先不保存这次走访，返回列表？"),
            yes=self.tr("保留草稿，返回"),
            no=self.tr("继续填写"),
            details=self.tr("已填写的内容留作草稿，下次打开这一户可以接着填。"),
            then=self._go,
        )

    def discard(self) -> None:
        """Throw the draft away and start again; can be undone."""
        if self.form is None or self._saver.is_busy:
            return
        self.keeper.stop()
        work, household_id, values = self._context.work, self.household_id, self.form.draft_values()
        self._context.tasks.write(
            lambda _progress: drafts.discard(work, FORM, household_id),
            owner=self,
            done=lambda _none: self._on_discarded(household_id, values),
        )

    def close_form(self) -> None:
        """Let go of the form; what waits to be kept is kept."""
        self.keeper.flush()
        self._replace_form(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The form follows the width of its view, and gets what is typed before it has its place."""
        if watched is self.area:
            if self._unplaced is not None and isinstance(event, QKeyEvent):
                if event.type() == QEvent.Type.KeyPress:
                    self._typed_ahead.append(event.clone())
                return event.type() == QEvent.Type.KeyPress
        elif event.type() == QEvent.Type.Resize and self.form is not None:
            self.form.fit(self.area.viewport().width())
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        self.area.setWidgetResizable(True)
        self.area.viewport().installEventFilter(self)
        self.area.installEventFilter(self)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.restored.setContentsMargins(16, 6, 16, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.strip)
        layout.addWidget(self.restored)
        layout.addWidget(self.area, 1)
        layout.addWidget(self._bar())

    def _bar(self) -> QWidget:
        bar = QFrame()
        bar.setProperty("surface", "plain")
        row = QHBoxLayout(bar)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(10)
        row.addWidget(self.save_button)
        row.addWidget(self.normal_button)
        row.addWidget(label(self.tr("1 是  2 否  3 未知  回车下一项"), "quiet"))
        row.addStretch(1)
        for part in (self.draft_line, self.discard_button, self.back_button):
            row.addWidget(part)
        return bar

    def _listen(self) -> None:
        for keys, called in (
            ("Ctrl+S", self.save),
            ("F2", self.answer_all_normal),
            ("Esc", self.leave),
            ("Ctrl+Shift+V", self.paste_photo),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(called)
        self.keeper.kept.connect(self._say_kept)
        self.keeper.failed.connect(self._say_not_kept)
        self._saver.busy_changed.connect(self._on_busy_changed)
        self._saver.found_odd.connect(self._on_odd)
        self._saver.recorded.connect(self._on_recorded)
        self._saver.refused.connect(self._on_refused)

    def _new_form(self, start: FormStart) -> None:
        form = VisitForm(self._context, start)
        form.edited.connect(self._on_edited)
        form.reached.connect(self._on_reached)
        self.keeper.watch(start.opening.household_id, form.draft_values)
        self._saver.forget()
        form.finished.connect(lambda: self.save_button.setFocus(Qt.FocusReason.TabFocusReason))
        self._replace_form(form)
        self.draft_line.setText("")
        self.discard_button.setVisible(start.opening.draft is not None)

    def _replace_form(self, form: VisitForm | None) -> None:
        for old in (self.area.takeWidget(), self._unplaced):
            if old is not None:
                old.deleteLater()
        self.form = self._unplaced = form
        self._typed_ahead.clear()
        if form is not None:
            self.normal_button.setEnabled(True)
            QTimer.singleShot(0, form, self._place_form)

    def _place_form(self) -> None:
        form, self._unplaced = self._unplaced, None
        if form is None:
            return
        self.area.setWidget(form)
        QTimer.singleShot(0, form, lambda: form.fit(self.area.viewport().width()))
        self.area.verticalScrollBar().setValue(0)
        if not self.isVisible():
            return
        form.focus_first()
        typed, self._typed_ahead = self._typed_ahead, []
        for key in typed:
            QApplication.sendEvent(QApplication.focusWidget() or form, key)

    def _on_edited(self) -> None:
        self._is_touched = True
        self.discard_button.show()
        self._follow_result()
        self.keeper.note_change()

    def _follow_result(self) -> None:
        """Where nobody is at home there is nothing to call normal."""
        self.normal_button.setEnabled(self.form is not None and not self.form.questions.meets_nobody())

    def _on_reached(self, part: QWidget) -> None:
        """Scroll once lines that opened with the last answer have their place."""
        QTimer.singleShot(0, part, lambda: self.area.ensureWidgetVisible(part, 0, _SCROLL_MARGIN))

    def _on_busy_changed(self, busy: bool) -> None:
        """What waits is kept before the visit is written, so that no draft comes to life after it."""
        self.keeper.flush()
        for part in (self.area, self.save_button, self.normal_button, self.discard_button, self.back_button):
            part.setEnabled(not busy)
        if not busy:
            self._follow_result()

    def _on_odd(self, odd: list[Problem]) -> None:
        if self.form is not None:
            self.form.show_problems(odd)

    def _on_recorded(self, recorded: recording.Recorded) -> None:
        if recorded.household_id != self.household_id:  # another form was opened meanwhile; it stays
            self._context.tell.done(self.tr("走访已保存。"))
            return
        self.keeper.stop()
        self._replace_form(None)
        self._is_touched = False
        self.recorded.emit(recorded)

    def _on_refused(self, error: Exception) -> None:
        self._context.tell.error(error, self.form)

    def _on_discarded(self, household_id: str, values: dict[str, Any]) -> None:
        if household_id == self.household_id and self._start is not None:
            self._is_touched = False
            self.restored.hide()
            self._new_form(self._start)
            self.discard_button.hide()
            self.focus_first()
        self._context.tell.done(self.tr("草稿已丢弃。"), undo=lambda: self._bring_back(household_id, values))

    def _bring_back(self, household_id: str, values: dict[str, Any]) -> None:
        work = self._context.work
        self._context.tasks.write(
            lambda _progress: drafts.save(work, FORM, household_id, values),
            owner=self,
            done=lambda _none: self._on_brought_back(household_id, values),
        )

    def _on_brought_back(self, household_id: str, values: dict[str, Any]) -> None:
        if household_id == self.household_id and self.form is not None:
            self.form.restore(values)
            self._follow_result()
            self._is_touched = True
            self.discard_button.show()
            self._say_kept(self._context.work.now())
        self._context.tell.note(self.tr("草稿已恢复。"))

    def _go(self) -> None:
        self.close_form()
        self.left.emit()

    def _say_kept(self, at: datetime) -> None:
        moment = words.moment_text(at, self._context.work.today())
        set_role(self.draft_line, "quiet")
        self.draft_line.setText(self.tr("草稿已存 {moment}").format(moment=moment))

    def _say_not_kept(self, error: Exception) -> None:
        """Typing is not interrupted; the next change tries again, and saving names the trouble in full."""
        set_role(self.draft_line, "bad")
        said = error.line() if isinstance(error, AppError) else self.tr("程序出错")
        self.draft_line.setText(self.tr("草稿没有存上"))
        self._context.tell.trouble(self.tr("草稿没有存上：{reason}").format(reason=said))
