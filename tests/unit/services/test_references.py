"""Every reference that these services write is checked against the entity it names."""

from __future__ import annotations

import pytest

from villageapp.domain.fields import Kind
from villageapp.domain.forms import FORMS
from villageapp.errors import NotFound
from villageapp.models.records import CLASS_OF_ENTITY, Household
from villageapp.services.references import entity_of, get
from villageapp.services.workspace import Workspace
from villageapp.sync import capture


@pytest.mark.parametrize("entity", ["village", "cadre", "household", "member", "visit", "measure", "problem"])
def test_every_reference_names_an_entity(entity: str) -> None:
    form = FORMS[entity]
    references = [field.name for field in form.fields if field.kind in (Kind.REF, Kind.REFS)]
    assert {entity_of(form, name) for name in references} <= CLASS_OF_ENTITY.keys()


def test_a_deleted_record_is_not_there(work: Workspace) -> None:
    with work.transaction() as session:
        household = session.query(Household).first()
        assert household is not None
        assert get(session, Household, household.id) is household
        capture.delete(session, household)
        with pytest.raises(NotFound, match="没有找到这条农户记录"):
            get(session, Household, household.id)
