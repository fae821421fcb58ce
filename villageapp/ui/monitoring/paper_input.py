"""Papers and photos that a step needs: chosen of what the household has already, or added from a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from villageapp.domain.fields import Field, Kind
from villageapp.services import attachments
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.preferences import LAST_FOLDER
from villageapp.ui.widgets.field_inputs import Choice, ChoiceInput, ChoicesInput, FieldInput
from villageapp.ui.widgets.flow import tool


class PaperInput(ChoiceInput):
    """One paper of a case."""

    def __init__(self, context: Context, field: Field, case_id: str, papers: Sequence[Choice]) -> None:
        super().__init__(field, papers)
        self._papers = list(papers)
        self.row.addWidget(_adder(self, context, case_id, self._take))

    def _take(self, paper: Choice) -> None:
        self._papers.insert(0, paper)
        self.set_choices(self._papers)
        self.set_value(paper[0])
        self.edited.emit()


class PapersInput(ChoicesInput):
    """Any number of photos of a case."""

    def __init__(self, context: Context, field: Field, case_id: str, papers: Sequence[Choice]) -> None:
        super().__init__(field, papers)
        self.row.addWidget(_adder(self, context, case_id, self._take))

    def _take(self, paper: Choice) -> None:
        chosen = self.value() or []
        self._add(*paper)
        self.set_value([*chosen, paper[0]])
        self.edited.emit()


def paper_input(context: Context, field: Field, case_id: str, papers: Sequence[Choice]) -> FieldInput:
    """The input for a reference field that names attachments."""
    made = PaperInput if field.kind is Kind.REF else PapersInput
    return made(context, field, case_id, papers)


def _adder(owner: FieldInput, context: Context, case_id: str, take: Callable[[Choice], None]) -> QWidget:
    """A button that asks for a file and attaches it to the case."""
    name = owner.tr("{label}：从文件添加照片或扫描件").format(label=owner.field.label)
    return tool("photo", name, lambda: _ask(owner, context, case_id, take))


def _ask(owner: FieldInput, context: Context, case_id: str, take: Callable[[Choice], None]) -> None:
    path, _kind = QFileDialog.getOpenFileName(
        owner.window(),
        owner.tr("选择照片或扫描件"),
        context.settings.get(LAST_FOLDER),
        owner.tr("照片和扫描件 (*.jpg *.jpeg *.png *.webp *.bmp *.tif *.tiff *.heic *.pdf)"),
    )
    if path:
        context.settings.set(LAST_FOLDER, str(Path(path).parent))
        attach(owner, context, case_id, Path(path), take)


def attach(
    owner: FieldInput, context: Context, case_id: str, path: Path, take: Callable[[Choice], None]
) -> None:
    """Attach a file to the case under the name of the field; ``take`` gets its (id, caption)."""
    work, caption = context.work, owner.field.label

    def taken(saved: Saved) -> None:
        take((saved.id, owner.tr("{label}（刚添加）").format(label=caption)))

    context.tasks.write(
        lambda _progress: attachments.add(work, path, "monitoring_case", case_id, caption=caption),
        owner=owner,
        done=taken,
        title=owner.tr("添加照片"),
    )
