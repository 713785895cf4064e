"""What routes depend on: the application, the workers, paging, and the right to write."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from app.access import ANONYMOUS, LOCAL, Principal, Role
from app.application import Application
from app.errors import InputError
from app.jobs import JobRunner
from app.services.availability import RecentContacts
from app.worker_process import WorkerPool

MAX_PAGE = 1_000
MAX_OFFSET = 10_000_000


def get_application(request: Request) -> Application:
    application: Application = request.app.state.application
    return application


def get_jobs(request: Request) -> JobRunner:
    runner: JobRunner = request.app.state.jobs
    return runner


def get_predictors(request: Request) -> WorkerPool:
    pool: WorkerPool = request.app.state.predictors
    return pool


def get_recent_contacts(request: Request) -> RecentContacts:
    recent: RecentContacts = request.app.state.recent_contacts
    return recent


ApplicationDep = Annotated[Application, Depends(get_application)]
JobsDep = Annotated[JobRunner, Depends(get_jobs)]
PredictorsDep = Annotated[WorkerPool, Depends(get_predictors)]
RecentContactsDep = Annotated[RecentContacts, Depends(get_recent_contacts)]

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most entries of one page.")]
Offset = Annotated[int, Query(ge=0, le=MAX_OFFSET, description="Entries to skip.")]


def _refuse_unknown_parameters(request: Request) -> None:
    """Refuse a query parameter that the route does not know: a misspelt one changes nothing."""
    known = [each.alias for each in request.scope["route"].dependant.query_params]
    unknown = next((name for name in request.query_params if name not in known), None)
    if unknown is not None:
        reason = f"is not known here; give only {', '.join(known)}"
        raise InputError(unknown[:100], reason, value=request.query_params[unknown])


ONLY_KNOWN_PARAMETERS = Depends(_refuse_unknown_parameters)


def find_next_offset(offset: int, shown: int, total: int) -> int | None:
    """Return where the next page starts, or None after the last."""
    return offset + shown if shown and offset + shown < total else None


_bearer = HTTPBearer(
    auto_error=False, description="A key; needed as soon as one is set. See docs/contacts.md."
)
KEY_COOKIE = "aspan_key"


def get_principal(
    request: Request,
    application: ApplicationDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Say who asks: by key, or, on loopback while no key exists, the person at this machine."""
    given = credentials.credentials if credentials is not None else ""
    given = given or request.cookies.get(KEY_COOKIE, "")
    if given:
        principal = application.find_principal(given)
        if principal is None:
            raise _ask_for_key()
        return principal
    return LOCAL if application.is_single_user() else ANONYMOUS


PrincipalDep = Annotated[Principal, Depends(get_principal)]


def require(role: Role, *, records: str = "") -> Any:
    """Make the dependency that lets a role (and those above it) through.

    ``records`` names the act in the event log, for acts that the store does not record itself.
    """

    def check(request: Request, application: ApplicationDep, principal: PrincipalDep) -> Principal:
        if not principal.may(role):
            if principal is ANONYMOUS:
                raise _ask_for_key()
            raise HTTPException(403, f"this needs the role {role}; the key has {principal.role}")
        if records:
            application.store.audit.add(
                application.clock(),
                principal.name,
                records,
                request.url.path,
                {"role": principal.role},
                principal.owner,
            )
        return principal

    return Depends(check)


def _ask_for_key() -> HTTPException:
    """One answer to a missing, wrong, expired or revoked key: it tells a guesser nothing."""
    return HTTPException(
        401,
        "this needs a valid key: send Authorization: Bearer KEY",
        headers={"WWW-Authenticate": "Bearer"},
    )


ViewerDep = Annotated[Principal, require("viewer")]
OperatorDep = Annotated[Principal, require("operator")]
SchedulerDep = Annotated[Principal, require("scheduler")]


def require_unbound(role: Role) -> Any:
    """Make the dependency that lets a role through whose key is bound to no owner."""

    has_role = require(role)

    def check(principal: Principal = has_role) -> Principal:
        check_unbound(principal)
        return principal

    return Depends(check)


def check_unbound(principal: Principal) -> None:
    """Refuse a key that is bound to an owner."""
    if principal.owner:
        raise HTTPException(
            403, f"this concerns all owners, and the key is bound to {principal.owner}"
        )


UnboundOperatorDep = Annotated[Principal, require_unbound("operator")]
UnboundSchedulerDep = Annotated[Principal, require_unbound("scheduler")]
AdminDep = Annotated[Principal, require("admin")]
