"""The pages: server-rendered, readable without JavaScript, in the visitor's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from app.api.deps import ApplicationDep
from app.application import Application
from app.errors import NotFoundError
from app.web import formatting, views, words
from app.web.languages import (
    LANGUAGE_COOKIE,
    LANGUAGES,
    Preference,
    choose_language,
    read_translations,
)
from scheduler.reasons import REASONS
from scheduler.stations import Station
from tle.timebase import to_unix_s

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Lang = Annotated[str | None, Query(max_length=12)]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page: the application, the station it is about, the language."""

    request: Request
    application: Application
    station: Station
    language: str
    translations: words.Translations
    remember: bool

    def say(self, text: str) -> str:
        return self.translations.gettext(text)


@router.get("/")
def show_day(
    request: Request, application: ApplicationDep, lang: Lang = None, station: str | None = None
) -> HTMLResponse:
    """Show a station's day: next contact, timeline, tables."""
    visit = _begin(request, application, lang, station)
    now_utc = application.clock()
    plan = application.planning.newest_for(visit.station.id)
    context: dict[str, Any] = {"plan": None, "contacts": [], "not_taken": [], "banner": ""}
    if plan is not None:
        reasons = words.say(REASONS, visit.translations)
        contacts = views.list_next_contacts(
            plan, visit.station.id, application.configuration, to_unix_s(now_utc)
        )
        context = {
            "plan": views.summarise(plan),
            "contacts": contacts,
            "not_taken": views.list_skipped(
                plan, visit.station.id, application.configuration, reasons
            ),
            "banner": views.warn_of_old_elements(contacts, visit.translations),
        }
    mask = visit.station.horizon_mask
    context |= {
        "current_contact": next(
            (row for row in context["contacts"] if row.start_utc <= now_utc), None
        ),
        "next_contact": next((row for row in context["contacts"] if row.start_utc > now_utc), None),
        "words": words.say(words.TIMELINE, visit.translations)
        | {"reasons": words.say(REASONS, visit.translations)},
        "mask": {
            "azimuth_deg": mask.azimuth_deg if mask else (),
            "elevation_deg": mask.elevation_deg if mask else (),
        },
    }
    return _render(visit, "day.html", context)


@router.get("/elements")
def show_elements(request: Request, application: ApplicationDep, lang: Lang = None) -> HTMLResponse:
    """Show how old the elements of each served satellite are."""
    visit = _begin(request, application, lang)
    now_utc = application.clock()
    served = [each for each in application.configuration.satellites if each.served]
    choice = application.elements.choose(served, now_utc)
    newest = {tracked.satellite_id: tracked.elements for tracked in choice.objects}
    return _render(visit, "elements.html", {"rows": views.list_elements(served, newest, now_utc)})


@router.get("/satellites")
def show_satellites(
    request: Request, application: ApplicationDep, lang: Lang = None
) -> HTMLResponse:
    """Show the configured satellites and their downlinks, assumptions marked."""
    visit = _begin(request, application, lang)
    return _render(
        visit,
        "satellites.html",
        {
            "satellites": application.configuration.satellites,
            "access": words.say(words.ACCESS, visit.translations),
            "reasons": words.say(REASONS, visit.translations),
        },
    )


@router.get("/station")
def show_station(
    request: Request, application: ApplicationDep, lang: Lang = None, station: str | None = None
) -> HTMLResponse:
    """Show a station's and its antennas' settings with their provenance."""
    visit = _begin(request, application, lang, station)
    confidence = words.say(words.CONFIDENCE, visit.translations)

    def fields(table: tuple[tuple[str, str, str], ...]) -> list[tuple[str, str, str]]:
        return [(attribute, visit.say(name), unit) for attribute, name, unit in table]

    tables = [
        (
            visit.say("Site"),
            views.list_settings(visit.station, fields(words.STATION_FIELDS), confidence),
        )
    ]
    for antenna in visit.station.antennas:
        title = f"{antenna.name} ({antenna.id})"
        tables.append(
            (title, views.list_settings(antenna, fields(words.ANTENNA_FIELDS), confidence))
        )
    return _render(
        visit,
        "station.html",
        {"tables": tables, "periods": words.say(words.PERIODS, visit.translations)},
    )


def _begin(
    request: Request, application: Application, lang: str | None, station_id: str | None = None
) -> Visit:
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
        station=_find_station(application, station_id),
        language=language,
        translations=read_translations(language),
        remember=lang in LANGUAGES,
    )


def _find_station(application: Application, station_id: str | None) -> Station:
    stations = application.configuration.stations
    if station_id is None:
        return next((each for each in stations if each.enabled), stations[0])
    for each in stations:
        if each.id == station_id:
            return each
    raise NotFoundError("station", f"{station_id!r} is not configured", value=station_id)


def _render(visit: Visit, template: str, context: dict[str, Any]) -> HTMLResponse:
    say = visit.say
    pages = [
        ("/", say("Day")),
        ("/elements", say("Elements")),
        ("/satellites", say("Satellites")),
        ("/station", say("Station")),
    ]
    text = (
        _environment()
        .get_template(template)
        .render(
            context
            | {
                "_": _formatted(visit.translations.gettext),
                "ngettext": _formatted_plural(visit.translations),
                "language": visit.language,
                "languages": LANGUAGES,
                "pages": pages,
                "here": visit.request.url.path,
                "station": visit.station,
                "now_utc": visit.application.clock(),
                "grades": words.say(words.GRADES, visit.translations),
                "assumed": _mark_assumptions(visit.translations),
                "version": metadata.version("aspan"),
            }
        )
    )
    response = HTMLResponse(text, headers={"Content-Language": visit.language})
    if visit.remember:
        response.set_cookie(
            LANGUAGE_COOKIE, visit.language, max_age=365 * 86_400, httponly=True, samesite="lax"
        )
    return response


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
    """Return a template function that marks a figure which is an assumption, with its origin."""

    def mark(provenance: Any, *keys: str) -> Markup | str:
        for key in keys:
            found = views.find_provenance(provenance, key)
            if found is not None and views.is_assumed(found):
                trust = translations.gettext(words.CONFIDENCE[found.confidence])
                origin = "; ".join(filter(None, (trust, found.source, found.note)))
                return Markup('<abbr class="assumed" title="{}">*</abbr>').format(escape(origin))
        return ""

    return mark


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("app.web"), autoescape=True, undefined=StrictUndefined
    )
    environment.globals.update(
        clock=formatting.format_clock,
        day_clock=formatting.format_day_clock,
        zone_name=formatting.format_zone,
        iso=formatting.format_iso,
    )
    return environment
