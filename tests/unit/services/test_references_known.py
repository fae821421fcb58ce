"""Every reference field of every form names an entity that exists, or one that another field names."""

from __future__ import annotations

from villageapp.domain.fields import Kind
from villageapp.domain.forms import FORMS
from villageapp.services import references


def test_every_reference_is_described() -> None:
    for form in FORMS.values():
        for field in form.fields:
            if (
                field.kind in (Kind.REF, Kind.REFS)
                and (form.entity, field.name) not in references._OF_ANY_KIND
            ):
                assert references.entity_of(form, field.name) in FORMS, f"{form.entity}.{field.name}"
