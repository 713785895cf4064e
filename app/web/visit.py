"""One request for a page: who asks, about which station, in which language; and the answer."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException

from app.access import ANONYMOUS, Principal
from app.api.deps import ApplicationDep, get_principal
from app.application import Application
from app.errors import NotFoundError
from app.services.plan_view import view_plan
from app.services.planning import PLAN_JOB
from app.web import formatting, words
from app.web.languages import (
    LANGUAGE_COOKIE,
    LANGUAGES,
    Preference,
    choose_language,
    read_translations,
)
from app.web.provenance import find_provenance, is_assumed
from app.web.words import mark as _
from scheduler.plan import ContactPlan
from scheduler.stations import Station

PAGES = (
    ("/", _("Day")),
    ("/plan", _("Plan")),
    ("/elements", _("Elements")),
    ("/satellites", _("Satellites")),
    ("/station", _("Station")),
)

_RECENT_JOBS = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page: the application, who asks, the station, the language."""

    request: Request
    application: Application
    principal: Principal
    station: Station
    language: str
    translations: words.Translations
    remember: bool

    def say(self, text: str) -> str:
        return self.translations.gettext(text)

    def read_plan(self, plan_id: str | None) -> ContactPlan | None:
        """Return the named plan, else the newest of the station, as the visitor may see it."""
        if not self.principal.may("viewer"):
            return None
        planning = self.application.planning
        plan = planning.read(plan_id) if plan_id else planning.newest_for(self.station.id)
        if plan is None:
            return None
        return view_plan(plan, self.principal, self.application.configuration).plan

    def read_failure(self) -> str:
        """Return why the newest order of a plan failed; empty when it did not."""
        jobs, _ = self.application.store.jobs.list(limit=_RECENT_JOBS)
        newest = next((job for job in jobs if job.kind == PLAN_JOB), None)
        return str(newest.error["detail"]) if newest is not None and newest.error else ""

    def say_all(self, table: Mapping[str, str]) -> dict[str, str]:
        return words.say(table, self.translations)


def begin(
    request: Request,
    application: ApplicationDep,
    lang: Annotated[str | None, Query(max_length=12)] = None,
    station: Annotated[str | None, Query(max_length=100)] = None,
) -> Visit:
    """Say who visits, in which language, about which station."""
    found = _find_station(application, station)
    return _make_visit(request, application, _find_visitor(request, application), found)


def begin_as(principal: Principal, request: Request, application: Application) -> Visit:
    """Begin a visit to the first station without looking anybody up, as for an error."""
    return _make_visit(request, application, principal, _find_station(application, None))


def _make_visit(
    request: Request, application: Application, principal: Principal, station: Station
) -> Visit:
    lang = request.query_params.get("lang")
    language = choose_language(
        Preference(
            lang,
            request.cookies.get(LANGUAGE_COOKIE),
            request.headers.get("accept-language", ""),
        )
    )
    return Visit(
        request=request,
        application=application,
        principal=principal,
        station=station,
        language=language,
        translations=read_translations(language),
        remember=lang in LANGUAGES,
    )


VisitDep = Annotated[Visit, Depends(begin)]


def render(visit: Visit, template: str, context: Mapping[str, Any]) -> HTMLResponse:
    """Answer with a page: the template, the words of the visitor's language, what every page has.

    ``context["script_words"]`` are handed to the scripts.
    """
    own: dict[str, Any] = {
        "_": _formatted(visit.translations.gettext),
        "ngettext": _formatted_plural(visit.translations),
        "language": visit.language,
        "languages": LANGUAGES,
        "pages": [(path, visit.say(name)) for path, name in PAGES],
        "here": visit.request.url.path,
        "station": visit.station,
        "stations": [each for each in visit.application.configuration.stations if each.enabled],
        "principal": visit.principal,
        "needs_key": lambda: not visit.application.is_single_user(),
        "now_utc": visit.application.clock(),
        "grades": visit.say_all(words.GRADES),
        "assumed": _mark_assumptions(visit.translations),
        "day_long": lambda instant, zone=visit.station.time_zone: formatting.format_day_long(
            instant, zone, visit.language
        ),
        "zone_name": lambda zone: formatting.format_zone(zone, visit.language),
        "keep_station": _keep_station(visit),
        "in_language": lambda code: "?" + _replace(visit.request, lang=code),
        "script_data": {},
        "version": metadata.version("aspan"),
        "script_words": {},
    } | dict(context)
    own["script_data"] = {"now_utc": formatting.format_iso(own["now_utc"])} | own["script_data"]
    own["script_words"] = (
        visit.say_all(words.EVERYWHERE)
        | {"units": visit.say_all(words.SYMBOLS)}
        | own["script_words"]
    )
    text = _environment().get_template(template).render(own)
    response = HTMLResponse(
        text, headers={"Content-Language": visit.language, "Vary": "Accept-Language, Cookie"}
    )
    if visit.remember:
        response.set_cookie(
            LANGUAGE_COOKIE, visit.language, max_age=365 * 86_400, httponly=True, samesite="lax"
        )
    return response


def _keep_station(visit: Visit) -> str:
    """Return the query that links to other pages need to stay at the chosen station."""
    chosen = visit.request.query_params.get("station")
    return f"?station={quote(visit.station.id)}" if chosen else ""


def _replace(request: Request, **values: str) -> str:
    """Return the query of a request with some values replaced."""
    return urlencode({**request.query_params, **values})


def _find_visitor(request: Request, application: Application) -> Principal:
    """Say who reads a page; a wrong or expired key reads as nobody, and may sign in again."""
    try:
        return get_principal(request, application, None)
    except HTTPException:
        return ANONYMOUS


def _find_station(application: Application, station_id: str | None) -> Station:
    stations = application.configuration.stations
    if station_id is None:
        return next((each for each in stations if each.enabled), stations[0])
    for each in stations:
        if each.id == station_id:
            return each
    raise NotFoundError("station", f"{station_id!r} is not configured", value=station_id)


def _formatted(gettext: Callable[[str], str]) -> Callable[..., str]:
    def translate(message: str, **values: object) -> str:
        text = gettext(message)
        return text % values if values else text

    return translate


def _formatted_plural(translations: words.Translations) -> Callable[..., str]:
    def translate(singular: str, plural: str, number: int, **values: object) -> str:
        return translations.ngettext(singular, plural, number) % ({"num": number} | values)

    return translate


def _mark_assumptions(translations: words.Translations) -> Callable[..., Markup | str]:
    """Return a template function: a quiet mark on an assumed figure that opens its provenance."""

    numbers = itertools.count(1)

    def mark(provenance: Any, *keys: str) -> Markup | str:
        for key in keys:
            found = find_provenance(provenance, key)
            if found is not None and is_assumed(found):
                trust = translations.gettext(words.CONFIDENCE[found.confidence])
                origin = "; ".join(filter(None, (trust, found.source, found.note)))
                name = f"origin-{next(numbers)}"
                return Markup(
                    '<button type="button" class="assumed" popovertarget="{name}" title="{origin}" '
                    'aria-label="{label}">*</button><span popover id="{name}">{origin}</span>'
                ).format(
                    name=name,
                    origin=origin,
                    label=translations.gettext(words.WHERE_FROM) % {"trust": trust},
                )
        return ""

    return mark


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("app.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        clock=formatting.format_clock,
        day_clock=formatting.format_day_clock,
        zone_days=formatting.count_zone_days,
        iso=formatting.format_iso,
    )
    return environment
