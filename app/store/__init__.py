"""The store: the only place that knows SQL. Open it with ``open_store(database_url)``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as SQLTimeoutError

from app.errors import StoreError
from app.store.api_keys import ApiKeyStore
from app.store.audit import AuditLog
from app.store.configurations import ConfigurationStore
from app.store.element_sets import ElementSetStore
from app.store.ephemerides import EphemerisStore
from app.store.executions import ExecutionStore
from app.store.feeds import ContactNoticeStore, FeedStore
from app.store.figures import FigureStore
from app.store.jobs import JobStore, finish_job
from app.store.nightly_runs import NightlyRunStore
from app.store.plan_states import PlanStateStore
from app.store.plans import PlanStore, add_plan
from app.store.refresh_memory import RefreshMemory
from app.store.reservations import ReservationStore
from app.store.scenarios import ScenarioStore
from app.store.schedules import ScheduleWalks
from app.store.session import open_engine, reading, upgrade
from app.store.settlements import SettlementStore
from app.store.signing_keys import SigningKeyStore
from app.store.timing_models import TimingModelStore
from app.store.webhooks import WebhookStore
from scheduler.plan import ContactPlan

__all__ = ["DATABASE_ERRORS", "UNKEEPABLE_ERRORS", "Store", "open_store"]

DATABASE_ERRORS = (DBAPIError, SQLTimeoutError)  # what a failing database raises
UNKEEPABLE_ERRORS = (DataError,)  # a value that no column takes, such as a NUL on PostgreSQL


class Store:
    """The database, one attribute an aggregate; methods here span several of them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.element_sets = ElementSetStore(engine)
        self.ephemerides = EphemerisStore(engine)
        self.plans = PlanStore(engine)
        self.plan_states = PlanStateStore(engine)
        self.scenarios = ScenarioStore(engine)
        self.settlements = SettlementStore(engine)
        self.schedules = ScheduleWalks(engine)
        self.jobs = JobStore(engine)
        self.refresh_memory = RefreshMemory(engine)
        self.audit = AuditLog(engine)
        self.reservations = ReservationStore(engine)
        self.configurations = ConfigurationStore(engine)
        self.executions = ExecutionStore(engine)
        self.figures = FigureStore(engine)
        self.api_keys = ApiKeyStore(engine)
        self.timing_models = TimingModelStore(engine)
        self.nightly_runs = NightlyRunStore(engine)
        self.secrets = SigningKeyStore(engine)
        self.webhooks = WebhookStore(engine)
        self.feeds = FeedStore(engine)
        self.contact_notices = ContactNoticeStore(engine)

    def finish_plan_job(
        self, job_id: str, made: ContactPlan, result: Mapping[str, Any], *, now_utc: datetime
    ) -> bool:
        """Store a plan and end its job in one transaction; False: the job had been ended."""
        with self._engine.begin() as connection:
            if not finish_job(connection, job_id, result, now_utc=now_utc):
                return False
            add_plan(connection, made, created_utc=now_utc)
            return True

    def finish_job(self, job_id: str, result: Mapping[str, Any], *, now_utc: datetime) -> bool:
        """End a job that leaves nothing but its result; False: it had been ended."""
        with self._engine.begin() as connection:
            return finish_job(connection, job_id, result, now_utc=now_utc)

    def check(self) -> None:
        """Raise StoreError unless the database answers."""
        try:
            with reading(self._engine) as connection:
                connection.execute(text("SELECT 1"))
        except Exception as error:
            raise StoreError(f"the database does not answer: {type(error).__name__}") from error

    def close(self) -> None:
        self._engine.dispose()


def open_store(database_url: str) -> Store:
    """Open the database, creating it and bringing its schema up to date where needed."""
    engine = open_engine(database_url)
    upgrade(engine)
    return Store(engine)
