"""The form of a case as dialogs show it: where a whole block is about one moment, its labels do not repeat that moment."""

from __future__ import annotations

from dataclasses import replace

from villageapp.domain.fields import Field, Form
from villageapp.domain.monitoring_case import MONITORING_CASE

_MOMENTS = (("ident_", "识别时"), ("exit_", "风险消除后"))


def case_form() -> Form:
    """MONITORING_CASE with short labels; the services check against the form itself."""
    return Form(MONITORING_CASE.entity, MONITORING_CASE.title, tuple(map(_short, MONITORING_CASE.fields)))


def _short(field: Field) -> Field:
    for prefix, words in _MOMENTS:
        if field.name.startswith(prefix) and field.label.startswith(words):
            return replace(field, label=field.label.removeprefix(words))
    return field
