"""What a command line calls a plan: its id, or ``newest``."""

from __future__ import annotations

from typing import overload

from app.application import Application

NEWEST = "newest"


@overload
def find_plan_id(application: Application, name: str) -> str: ...
@overload
def find_plan_id(application: Application, name: None) -> None: ...
@overload
def find_plan_id(application: Application, name: str | None) -> str | None: ...
def find_plan_id(application: Application, name: str | None) -> str | None:
    """Return the id of a plan; ``newest`` is the one that was made last."""
    if name != NEWEST:
        return name
    page, _ = application.store.plans.list(limit=1)
    return page[0].plan_id if page else name
