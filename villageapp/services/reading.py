"""Reading mapped records without the write lock: what it sees is one moment, what it changes is not kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


@contextmanager
def reading_session(work: Workspace) -> Iterator[Session]:
    """A session for reading alone; nothing is flushed or committed."""
    with work.reading() as connection, Session(bind=connection, autoflush=False) as session:
        yield session
