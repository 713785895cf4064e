"""The pages for people: ``add_pages`` puts them and their static files into the service."""

from __future__ import annotations

from importlib import resources

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles


def add_pages(app: FastAPI) -> None:
    """Add the pages and ``/static`` to an application."""
    from app.web.routes import router  # noqa: PLC0415 (routes import the deps that need this app)

    app.include_router(router)
    static = str(resources.files("app.web").joinpath("static"))
    app.mount("/static", StaticFiles(directory=static), name="static")
