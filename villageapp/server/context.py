"""What the routes share, made by ``run.py`` and carried by the application."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request

from villageapp.server.access import FailureLimit, too_many_logins
from villageapp.server.blobs import BlobDesk
from villageapp.server.opening import Province
from villageapp.server.projectors import Projectors
from villageapp.server.work import Workbench


@dataclass(frozen=True, slots=True)
class Context:
    """One per running server."""

    province: Province
    projector: Projectors
    blobs: BlobDesk
    work: Workbench = field(default_factory=Workbench)
    reports: Workbench = field(default_factory=lambda: Workbench(threads=1, max_requests=8))
    """What may take minutes (bulletins, reports): one at a time, so that it takes no thread from laptops."""
    failures: FailureLimit = field(default_factory=FailureLimit)
    """Wrong enrolment codes, by address."""
    logins: FailureLimit = field(default_factory=lambda: FailureLimit(refusal=too_many_logins))
    """Wrong passwords, by address and by account."""


def context_of(request: Request) -> Context:
    """The context of the application that serves this request."""
    context = request.app.state.context
    assert isinstance(context, Context)
    return context
