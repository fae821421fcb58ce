"""The people of the household that is chosen in a dialog are offered in it."""

from __future__ import annotations

from villageapp.services import measure_entries
from villageapp.services.measure_entries import Beginning
from villageapp.ui.context import Context
from villageapp.ui.measures.household_input import HouseholdInput
from villageapp.ui.widgets.field_inputs import ChoiceInput
from villageapp.ui.widgets.record_dialog import RecordDialog


def follow_household(
    context: Context,
    dialog: RecordDialog,
    household: HouseholdInput,
    known: tuple[str, str] | None = None,
    member_id: str = "",
) -> None:
    """Fill ``member_id`` of the dialog with the members of the chosen household.

    ``known`` is (id, name) of a household to begin with, ``member_id`` who of it is chosen at once.
    """
    people = dialog.form.input("member_id")
    assert isinstance(people, ChoiceInput)

    def offer(found: Beginning) -> None:
        people.set_choices(found.members)
        if member_id and known is not None and found.household_id == known[0]:
            people.set_value(member_id)

    def follow(name: str) -> None:
        chosen = household.value()
        if name == "household_id" and chosen:
            context.tasks.read(
                lambda _progress: measure_entries.beginning(context.work, chosen),
                owner=dialog,
                done=offer,
                latest="people",
            )

    dialog.form.edited.connect(follow)
    if known is not None:
        household.set_value(known)
        follow("household_id")
