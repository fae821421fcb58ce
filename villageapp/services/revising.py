"""Changing some fields of a record that exists: form rules, and values that changed under the person's eyes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from villageapp.domain.fields import Form, show
from villageapp.errors import Problem, Severity, ValidationFailed


@dataclass(frozen=True, slots=True)
class Revision:
    """A change of some fields that the form and its rules accept."""

    values: dict[str, Any]
    """Clean values of the fields that really change."""
    warnings: tuple[Problem, ...]
    unseen: tuple[str, ...]
    """Fields that hold another value than the person saw: the change must not replace it unseen."""


def revise(
    form: Form, current: Mapping[str, Any], raw: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> Revision:
    """Check new values of the fields in ``raw`` against ``current``, the record as it is in the store.

    The rules between fields see the whole record; what was wrong before this change does not block it.
    Raises ValidationFailed.
    """
    values = form.check(raw, complete=False)
    refuse_blank(form, values)
    changed = {name: value for name, value in values.items() if value != current.get(name)}
    before, after = _judged(form, current), _judged(form, {**current, **changed})
    errors = [p for p in after if p.severity is Severity.ERROR and p not in before]
    if errors:
        raise ValidationFailed(errors)
    fresh = [p for p in after if p.severity is Severity.WARNING and p not in before]
    seen = seen or {}
    unseen = tuple(name for name in changed if name in seen and seen[name] != current.get(name))
    return Revision(changed, (*fresh, *_kept_both(form, current, unseen)), unseen)


def refuse_blank(form: Form, values: Mapping[str, Any]) -> None:
    """Raise ValidationFailed when a required field among ``values`` is emptied."""
    blank = [n for n, v in values.items() if form[n].required and v in (None, "", ())]
    if blank:
        raise ValidationFailed(Problem(name, f"{form[name].label}：必须填写") for name in blank)


def _judged(form: Form, values: Mapping[str, Any]) -> list[Problem]:
    return [problem for rule in form.rules for problem in rule(values)]


def _kept_both(form: Form, current: Mapping[str, Any], unseen: Iterable[str]) -> list[Problem]:
    return [
        Problem(
            name,
            f"{form[name].label}：您编辑时已被改成“{show(form[name], current.get(name))}”，两个值都已保留，"
            "请在“同步”页选定一个",
            Severity.WARNING,
        )
        for name in unseen
    ]
