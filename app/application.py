"""The application: settings, configuration, store and services, wired together once."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from app.access import Principal, digest_key, is_same_secret
from app.clock import Clock, check_time_zones, read_system_clock
from app.log import configure_log
from app.services.contacts import ContactService
from app.services.drift_watch import DriftWatch
from app.services.elements import ElementService
from app.services.execution import ExecutionService
from app.services.explanations import ExplanationService
from app.services.exports import ExportService
from app.services.imports import ImportService
from app.services.planning import PlanningService
from app.services.prediction import PredictionService
from app.services.scenarios import ScenarioService
from app.services.timing import TimingService
from app.services.usage import UsageService
from app.services.webhooks import WebhookService
from app.settings import Configuration, Settings, load_configuration
from app.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Application:
    """What the command line, HTTP and the pages work with."""

    settings: Settings
    configuration: Configuration
    clock: Clock
    store: Store
    elements: ElementService
    prediction: PredictionService
    planning: PlanningService
    explanations: ExplanationService
    usage: UsageService
    scenarios: ScenarioService
    contacts: ContactService
    drift_watch: DriftWatch
    timing: TimingService
    execution: ExecutionService
    exports: ExportService
    webhooks: WebhookService
    imports: ImportService

    def is_single_user(self) -> bool:
        """Tell whether the person at this machine needs no key: on loopback, while none exists."""
        return (
            self.settings.is_loopback
            and self.settings.admin_key is None
            and not self.store.api_keys.any_exists()
        )

    def find_principal(self, key: str) -> Principal | None:
        """Return who holds a key; None when it is unknown, expired or revoked."""
        admin_key = self.settings.admin_key
        if admin_key is not None and is_same_secret(key, admin_key.get_secret_value()):
            return Principal("admin", "admin")
        found = self.store.api_keys.find(digest_key(key))
        if found is None or not found.is_valid(self.clock()):
            return None
        return Principal(found.name, found.role, found.owner)


def open_application(settings: Settings, *, clock: Clock = read_system_clock) -> Application:
    """Read the configuration, open the store, bring it up to date and seed it."""
    if not structlog.is_configured():
        configure_log(settings.log_level)
    check_time_zones()
    configuration = load_configuration(settings)
    store = open_store(settings.effective_database_url)
    elements = ElementService(configuration, store, clock)
    elements.seed()
    prediction = PredictionService(
        configuration,
        elements,
        clock,
        limit_days=settings.span_limit_days,
        workers=settings.effective_search_workers,
        cluster=settings.cluster,
    )
    planning = PlanningService(configuration, store, prediction, clock)
    contacts = ContactService(configuration, settings, store, elements, clock)
    return Application(
        settings=settings,
        configuration=configuration,
        clock=clock,
        store=store,
        elements=elements,
        prediction=prediction,
        planning=planning,
        explanations=ExplanationService(configuration, store, planning, clock),
        usage=UsageService(configuration, store, planning, clock),
        scenarios=ScenarioService(configuration, store, planning, clock),
        contacts=contacts,
        drift_watch=DriftWatch(configuration, settings, store, elements, contacts.rules, clock),
        timing=TimingService(configuration, store, clock),
        execution=ExecutionService(store, clock),
        exports=ExportService(configuration, store, elements, clock),
        webhooks=WebhookService(configuration, settings, store, clock),
        imports=ImportService(configuration, settings, store, prediction, contacts.rules, clock),
    )
