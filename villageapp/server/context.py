"""What the routes share, made by ``run.py`` and carried by the application."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request

from villageapp.server.access import FailureLimit
from villageapp.server.opening import Province
from villageapp.server.project import Projector
from villageapp.server.work import Workbench


@dataclass(frozen=True, slots=True)
class Context:
    """One per running server."""

    province: Province
    projector: Projector
    work: Workbench = field(default_factory=Workbench)
    failures: FailureLimit = field(default_factory=FailureLimit)


def context_of(request: Request) -> Context:
    """The context of the application that serves this request."""
    context = request.app.state.context
    assert isinstance(context, Context)
    return context
