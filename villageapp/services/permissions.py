"""The role of the person at this laptop, and whether it permits what is asked (R-MON-15)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from villageapp.domain import permissions
from villageapp.domain.judgement import Judgement
from villageapp.domain.permissions import Act
from villageapp.errors import NotAllowed, SyncError
from villageapp.models.log import Certificate
from villageapp.models.records import Cadre
from villageapp.services.reading import reading_session
from villageapp.sync import chain
from villageapp.sync.chain import Signed

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


def role_of_user(work: Workspace) -> str:
    """The role of this laptop's user; empty when nobody recorded one.

    On an enrolled laptop the certificate that the province signed decides: everybody may edit cadre records,
    their own included.
    """
    identity = work.identity
    with reading_session(work) as session:
        issued = session.get(Certificate, identity.replica_id) if identity.enrolled else None
        if issued is not None:
            return _role_of(Signed(issued.body, issued.signature), identity.province_key)
        cadre = session.get(Cadre, identity.user_id)
        return "" if cadre is None or cadre.deleted else cadre.role or ""


def _role_of(certificate: Signed, province_key: bytes) -> str:
    """The certified role. A certificate that the province did not sign gives none; synchronising reports it."""
    try:
        return chain.read_certificate(certificate, province_key).role
    except SyncError:
        return ""


def _remedy(work: Workspace) -> str:
    where = "请县里用正确的角色重新签发登记码" if work.identity.enrolled else "请在帮扶干部中更正"
    return f"请由上述人员在自己的电脑上办理；角色有误的，{where}。"


def judge(work: Workspace, acts: Iterable[Act]) -> Judgement:
    """Whether the user of this laptop may do all of these."""
    named = tuple(acts)
    return permissions.judge(named, role_of_user(work) if named else "")


def require(work: Workspace, acts: Iterable[Act]) -> None:
    """Refuse what the user of this laptop may not do. Raises NotAllowed naming rule and roles."""
    judged = judge(work, acts)
    if not judged.allowed:
        raise NotAllowed(
            f"没有权限：{judged.refusal()}。没有保存任何内容。",
            remedy=_remedy(work),
            code="role_not_allowed",
        )
