"""What every printed sheet says of its making, and the fonts it is set in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from villageapp.fonts import FontSet
from villageapp.reports.card import Imprint
from villageapp.services.villages import this_village
from villageapp.sync import store

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


def imprint(work: Workspace) -> Imprint:
    """Time, device and data version of a print."""
    return Imprint(work.now(), work.identity.replica_id[-8:], str(data_version(work)))


def data_version(work: Workspace) -> int:
    """How many changes this store knows: grows with every change from anywhere."""
    with work.reading() as connection:
        return sum(store.applied_vector(connection).values())


def sheet_fonts(work: Workspace) -> FontSet:
    """The packaged fonts and those that the team added for rare characters."""
    folder = work.data_dir.root / "fonts"
    return FontSet.load(folder if folder.is_dir() else None)


def village_line(work: Workspace) -> str:
    """County, township and village as one name; the village's code while its name is unknown."""
    known = this_village(work)
    name = "".join(known.get(part) or "" for part in ("county", "town", "name"))
    return name or work.identity.village_code
