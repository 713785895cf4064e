"""Errors as a page, for people: whoever asks for a page gets one, programs keep their problem.

Nothing here touches the database: it may be what failed.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response

from app.access import ANONYMOUS
from app.web import words
from app.web.visit import begin_as, render

_PROGRAMS = "/v1/"
_OWN_HEADERS = ("content-type", "content-length")


def show_errors_as_pages(app: FastAPI) -> None:
    """Let every error handler of an application answer a person's browser with a page."""
    for kind, handler in list(app.exception_handlers.items()):
        app.exception_handlers[kind] = _for_people(handler)


def _for_people(handler: Callable[..., Any]) -> Callable[..., Any]:
    async def answer(request: Request, error: Exception) -> Response:
        found = handler(request, error)
        problem: Response = await found if inspect.isawaitable(found) else found
        return _draw(request, problem) if _wants_page(request) else problem

    return answer


def _wants_page(request: Request) -> bool:
    is_api = request.url.path.startswith(_PROGRAMS)
    return not is_api and "text/html" in request.headers.get("accept", "")


def _draw(request: Request, problem: Response) -> Response:
    visit = begin_as(ANONYMOUS, request, request.app.state.application)
    said = json.loads(bytes(problem.body))
    title = words.ERRORS.get(problem.status_code, words.ERRORS[500])
    page = render(
        visit,
        "error.html",
        {
            "title": visit.say(title),
            "detail": "" if said["detail"] == said["title"] else said["detail"],
            "status": problem.status_code,
            "needs_key": lambda: False,
        },
    )
    page.status_code = problem.status_code
    for name, value in problem.headers.items():
        if name not in _OWN_HEADERS:
            page.headers[name] = value
    return page
