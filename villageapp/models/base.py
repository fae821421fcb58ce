"""Bases of the mapped classes. Columns of synced records come from their Form: a field is described once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import Boolean, Column, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from villageapp.domain.fields import Form
from villageapp.models.types import column_type

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class LaptopBase(DeclarativeBase):
    """Everything in the laptop's encrypted store."""

    metadata = MetaData(naming_convention=NAMING)


class Synced(LaptopBase):
    """A record that travels: its Form's fields, and four technical columns derived from its changes.

    ``created_hlc``/``updated_hlc`` are hybrid clocks (milliseconds << 16); they and ``deleted`` follow from
    the set of changes and are never captured themselves.
    """

    __abstract__ = True
    form: ClassVar[Form]

    id: Mapped[str] = mapped_column(String, primary_key=True)
    created_hlc: Mapped[int] = mapped_column(Integer, default=0)
    created_by: Mapped[str] = mapped_column(String, default="")
    updated_hlc: Mapped[int] = mapped_column(Integer, default=0)
    updated_by: Mapped[str] = mapped_column(String, default="")
    deleted: Mapped[bool] = mapped_column(Boolean(create_constraint=False), default=False)

    def __init_subclass__(cls, **keywords: Any) -> None:
        form = cls.__dict__.get("form")
        if form is not None:
            cls.__tablename__ = form.entity
            for field in form.fields:
                setattr(cls, field.name, Column(field.name, column_type(field.kind), nullable=True))
        super().__init_subclass__(**keywords)

    def values(self) -> dict[str, Any]:
        """Clean values of all fields of the form."""
        return {field.name: getattr(self, field.name) for field in self.form.fields}

    def assign(self, values: Mapping[str, Any]) -> None:
        """Set the named fields; only those that differ count as changed."""
        for name, value in values.items():
            self.form[name]  # a misspelt name is a bug: KeyError
            if getattr(self, name) != value:
                setattr(self, name, value)

    if TYPE_CHECKING:
        __tablename__: str  # type: ignore[assignment,misc,unused-ignore]

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...
