"""Figures for a monitoring system, read from the store when asked: nothing is counted in memory."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from app.api.contact_metrics import (
    measure_ages,
    measure_contacts,
    measure_drives,
    measure_plans,
)
from app.api.deps import ApplicationDep
from app.application import Application
from tle.freshness import GRADES, age_s

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def get_metrics(application: ApplicationDep) -> Response:
    """Give elements, sources, jobs, plans, contacts and drives in the Prometheus text format."""
    registry = CollectorRegistry()
    _measure_elements(application, registry)
    _measure_sources(application, registry)
    _measure_work(application, registry)
    measure_contacts(application, registry)
    measure_plans(application, registry)
    measure_drives(application, registry)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _measure_elements(application: Application, registry: CollectorRegistry) -> None:
    now_utc = application.clock()
    served = [each for each in application.configuration.satellites if each.served]
    choice = application.elements.choose(served, now_utc)
    grades = choice.grade(choice.objects, now_utc)
    measure_ages(choice.objects, application, registry)
    by_grade = Gauge(
        "aspan_served_satellites", "Served satellites by grade of elements.", ["grade"],
        registry=registry,
    )  # fmt: skip
    for name in GRADES:
        by_grade.labels(name).set(grades.count(name))
    by_grade.labels("no_elements").set(len(choice.missing))
    oldest = Gauge(
        "aspan_oldest_elements_age_seconds", "Age of the oldest serving element set.",
        registry=registry,
    )  # fmt: skip
    oldest.set(max((age_s(each.elements, now_utc) for each in choice.objects), default=0.0))


def _measure_sources(application: Application, registry: CollectorRegistry) -> None:
    blocked = Gauge(
        "aspan_source_blocked", "1 when the source waits for a person.", ["source"],
        registry=registry,
    )  # fmt: skip
    success = Gauge(
        "aspan_source_last_success_timestamp_seconds", "Last answer of the source.", ["source"],
        registry=registry,
    )  # fmt: skip
    for memory in application.store.refresh_memory.list_sources():
        blocked.labels(memory.source).set(memory.blocked_utc is not None)
        answered = [query.last_success_utc for query in memory.queries.values()]
        success.labels(memory.source).set(
            max((instant.timestamp() for instant in answered if instant is not None), default=0.0)
        )
    served = [s.norad_cat_id for s in application.configuration.satellites if s.served]
    arrival_utc = application.store.element_sets.newest_arrival([n for n in served if n])
    Gauge(
        "aspan_newest_elements_arrival_timestamp_seconds",
        "When the last set of a served satellite came in; old: nothing newer comes.",
        registry=registry,
    ).set(0.0 if arrival_utc is None else arrival_utc.timestamp())
    alerts = Gauge("aspan_open_alerts", "Alerts of sources that are open.", registry=registry)
    alerts.set(application.store.refresh_memory.list_alerts(limit=1)[1])
    waiting = Gauge(
        "aspan_quarantined_element_sets", "Element sets that wait for a person.", registry=registry
    )
    waiting.set(application.store.element_sets.list_quarantined(limit=1)[1])


def _measure_work(application: Application, registry: CollectorRegistry) -> None:
    jobs = Gauge("aspan_unfinished_jobs", "Jobs that wait or run.", registry=registry)
    jobs.set(application.store.jobs.count_unfinished())
    plans, total = application.store.plans.list(limit=1)
    Gauge("aspan_plans", "Plans in the store.", registry=registry).set(total)
    newest = Gauge(
        "aspan_newest_plan_timestamp_seconds", "When the newest plan was made.", registry=registry
    )
    newest.set(plans[0].created_utc.timestamp() if plans else 0.0)
