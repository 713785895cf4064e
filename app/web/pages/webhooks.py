"""The webhooks: where events are sent, what became of them, and the buttons to try a receiver."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from app.web import words
from app.web.visit import VisitDep, render

_STATES = ("waiting", "delivered", "dead")
router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/webhooks")
def show_webhooks(visit: VisitDep) -> HTMLResponse:
    """Show the webhooks of who may see them, each with what waits, was delivered and died."""
    if not visit.principal.may("scheduler"):
        raise HTTPException(403, "webhooks need a key of the role scheduler")
    store = visit.application.store.webhooks
    rows = [
        (
            each,
            {
                state: store.deliveries(each.webhook_id, state=state, limit=1)[1]
                for state in _STATES
            },
        )
        for each in store.list(owner=visit.principal.owner)
    ]
    return render(
        visit,
        "webhooks.html",
        {
            "rows": rows,
            "states": visit.say_all(words.WEBHOOK_STATES),
            "script_words": visit.say_all(words.WEBHOOKS),
        },
    )
