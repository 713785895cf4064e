"""Sign in with a key: the browser keeps it in a cookie that scripts cannot read."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.api.deps import KEY_COOKIE
from app.web.visit import VisitDep, render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
_COOKIE_LIFE_S = 30 * 86_400
_LONGEST_FORM = 2_000


async def read_form(request: Request) -> dict[str, str]:
    """Read a small form as browsers send it (``application/x-www-form-urlencoded``)."""
    body = (await request.body())[:_LONGEST_FORM].decode("utf-8", "replace")
    return {name: values[-1] for name, values in parse_qs(body).items()}


@router.get("/sign-in")
def ask_for_key(visit: VisitDep) -> HTMLResponse:
    """Ask for a key."""
    return render(visit, "sign_in.html", {"refused": False})


@router.post("/sign-in")
def sign_in(visit: VisitDep, form: Annotated[dict[str, str], Depends(read_form)]) -> Response:
    """Keep a valid key in a cookie and go on to the day; say so when it is not valid."""
    key = form.get("key", "").strip()
    if not key or visit.application.find_principal(key) is None:
        answer = render(visit, "sign_in.html", {"refused": True})
        answer.status_code = 401
        return answer
    response = RedirectResponse("/", status_code=303)
    response.set_cookie(
        KEY_COOKIE,
        key,
        max_age=_COOKIE_LIFE_S,
        httponly=True,
        samesite="strict",
        secure=visit.request.url.scheme == "https",
    )
    return response


@router.post("/sign-out")
def sign_out() -> Response:
    """Forget the key of this browser."""
    response = RedirectResponse("/", status_code=303)
    response.delete_cookie(KEY_COOKIE)
    return response
