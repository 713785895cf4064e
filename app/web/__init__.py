"""The pages for people: ``add_pages`` puts them and their static files into the service."""

from __future__ import annotations

from importlib import resources

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles


def add_pages(app: FastAPI) -> None:
    """Add the pages, ``/static`` and errors that people can read to an application."""
    from app.web import error_page, pages  # noqa: PLC0415 (they import the deps that need this app)

    for page in pages.PAGES:
        app.include_router(page.router)
    error_page.show_errors_as_pages(app)
    static = str(resources.files("app.web").joinpath("static"))
    app.mount("/static", StaticFiles(directory=static), name="static")
