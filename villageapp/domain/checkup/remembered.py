"""Parameters and income subjects looked up once: a village asks the same few hundred questions 100 000 times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from villageapp.domain.income_subjects import Counting, Subject, SubjectTable
from villageapp.domain.parameters import PROVINCE, Parameter, Parameters, UnsetParameter


class RememberedParameters(Parameters):
    """The same answers as the parameters it is made of."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(())
        self._parameters = parameters
        self._answers: dict[tuple[str, date, str], Parameter | UnsetParameter] = {}

    def find(self, key: str, on: date, region: str = PROVINCE) -> Parameter:
        """The parameter in force. Raises UnsetParameter."""
        answer = self._answers.get((key, on, region))
        if answer is None:
            try:
                answer = self._parameters.find(key, on, region)
            except UnsetParameter as unset:
                answer = unset
            self._answers[key, on, region] = answer
        if isinstance(answer, UnsetParameter):
            raise UnsetParameter(answer.message, remedy=answer.remedy)
        return answer

    def with_changes(self, entries: Iterable[Parameter]) -> Parameters:
        """A copy in which these entries are added."""
        return self._parameters.with_changes(entries)


class RememberedSubjects(SubjectTable):
    """The same subjects as the table it is made of."""

    def __init__(self, table: SubjectTable) -> None:
        super().__init__({}, ())
        self._table = table
        self._days: dict[date, Mapping[str, Subject]] = {}

    def on(self, day: date) -> Mapping[str, Subject]:
        """Every subject by code as it stands on that day."""
        if day not in self._days:
            self._days[day] = self._table.on(day)
        return self._days[day]

    def with_changes(self, countings: Iterable[Counting]) -> SubjectTable:
        """A copy with these versions added."""
        return self._table.with_changes(countings)
