"""Every error as an RFC 9457 problem document: the one place that maps errors to HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.api.headers import SECURITY_HEADERS
from app.errors import (
    BusyError,
    CollisionError,
    ConflictError,
    InputError,
    LimitError,
    NotFoundError,
    StaleVersionError,
    StoreError,
    UnusableElementsError,
)
from app.store import DATABASE_ERRORS, UNKEEPABLE_ERRORS
from app.worker_process import ComputationTimeoutError, WorkerDiedError
from scheduler.errors import IllegalTransitionError

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = "5"
_log = structlog.get_logger(__name__)


def make_problem(
    status: int, kind: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    """Answer with a problem document; ``kind`` is the stable end of its ``type``."""
    body = {
        "type": f"urn:aspan:problem:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def add_error_handlers(app: FastAPI) -> None:
    """Register the mapping of every error to its problem document."""
    app.add_exception_handler(InputError, _answer_input)
    app.add_exception_handler(IllegalTransitionError, _answer_illegal)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(StoreError, _answer_database)
    for unkeepable in UNKEEPABLE_ERRORS:
        app.add_exception_handler(unkeepable, _answer_unkeepable)
    for database_error in DATABASE_ERRORS:
        app.add_exception_handler(database_error, _answer_database)
    app.add_exception_handler(ComputationTimeoutError, _answer_timeout)
    app.add_exception_handler(WorkerDiedError, _answer_worker)
    app.add_exception_handler(Exception, _answer_unexpected)


def _answer_input(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, InputError)
    status, kind, headers = 422, "bad-input", None
    more: dict[str, Any] = {}
    if isinstance(error, NotFoundError):
        status, kind = 404, "not-found"
    elif isinstance(error, CollisionError):
        status, kind = 409, error.kind
        more = {"others": list(error.others), "alternative": error.alternative}
    elif isinstance(error, UnusableElementsError):
        more = {"refused": list(error.refused)}
    elif isinstance(error, StaleVersionError):
        status, kind = 409, "changed-meanwhile"
    elif isinstance(error, ConflictError):
        status, kind = 409, "conflict"
    elif isinstance(error, LimitError):
        kind = "limit-exceeded"
    elif isinstance(error, BusyError):
        status, kind, headers = 429, "busy", {"Retry-After": _RETRY_AFTER_S}
    return make_problem(
        status,
        kind,
        str(error),
        headers=headers,
        field=error.field,
        value=_show(error.value),
        unit=error.unit,
        **more,
    )


def _answer_illegal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, IllegalTransitionError)
    return make_problem(
        409,
        "illegal-transition",
        str(error),
        field="state",
        value=error.source,
        possible=list(error.possible),
    )


def _answer_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [_describe_fault(fault) for fault in error.errors()[:20]]
    detail = "; ".join(f"{fault['field']}: {fault['reason']}" for fault in faults)
    return make_problem(422, "bad-input", detail, errors=faults)


def _describe_fault(fault: Mapping[str, Any]) -> dict[str, Any]:
    """Name field, value and what to do, where the words of the library leave that to guess."""
    place, *path = (str(part) for part in fault["loc"])
    given = fault.get("input")
    field, reason = ".".join(path) or place, fault["msg"]
    if fault["type"] == "json_invalid":
        field, given = place, None
        reason = f"is not JSON at character {path[0]}: {fault['ctx']['error']}"
    elif fault["type"] == "extra_forbidden":
        reason = "is not known here; leave it out"
    elif place == "body" and not path:
        reason = "give a JSON object, with Content-Type: application/json"
    if isinstance(given, bytes):
        given = given.decode("utf-8", "replace")
    return {"field": field, "in": place, "reason": reason, "value": _show(given)}


def _answer_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    kinds = {401: "key-required", 403: "forbidden", 404: "not-found", 405: "method-not-allowed"}
    return make_problem(
        error.status_code,
        kinds.get(error.status_code, "http-error"),
        str(error.detail),
        headers=dict(error.headers) if error.headers else None,
    )


def _answer_unkeepable(_request: Request, _error: Exception) -> JSONResponse:
    return make_problem(
        422, "bad-input", "a text holds a NUL character, or a number is too large to be kept"
    )


def _answer_database(_request: Request, error: Exception) -> JSONResponse:
    _log.error("database error", error=type(error).__name__)
    return make_problem(
        503,
        "database-unavailable",
        "the database does not answer; try again",
        headers={"Retry-After": _RETRY_AFTER_S},
    )


def _answer_timeout(_request: Request, error: Exception) -> JSONResponse:
    return make_problem(
        503, "computation-time-limit", str(error), headers={"Retry-After": _RETRY_AFTER_S}
    )


def _answer_worker(_request: Request, error: Exception) -> JSONResponse:
    _log.error("worker process died", error=str(error))
    return make_problem(503, "worker-died", str(error), headers={"Retry-After": _RETRY_AFTER_S})


def _answer_unexpected(request: Request, error: Exception) -> JSONResponse:
    _log.error("unexpected error", path=request.url.path, error=repr(error))
    return make_problem(
        500,
        "unexpected-error",
        "an error of the service; its log says more",
        headers=SECURITY_HEADERS,  # this answer is made outside the guard
    )


def _show(value: Any) -> Any:
    """Make a given value safe to print in JSON: short, no NaN, no lone surrogates."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    return str(value)[:200].encode("utf-8", "backslashreplace").decode("utf-8")
