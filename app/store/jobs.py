"""Jobs in the store: what was asked, how far it is, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, func, insert, select, update

from app.store.audit import add_audit_entry
from app.store.schema import job
from app.store.session import reading

JobState = Literal["queued", "running", "succeeded", "failed"]
UNFINISHED: tuple[JobState, ...] = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Job:
    """One long computation. ``progress`` runs from 0 to 1; ``activity`` says what it does now."""

    job_id: str
    kind: str
    state: JobState
    progress: float
    activity: str
    parameters: Mapping[str, Any]
    result: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    runner: str
    heartbeat_utc: datetime
    created_utc: datetime
    started_utc: datetime | None
    finished_utc: datetime | None


class JobStore:
    """Add, follow and finish jobs. A finished job never changes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self,
        job_id: str,
        kind: str,
        parameters: Mapping[str, Any],
        *,
        runner: str,
        now_utc: datetime,
    ) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                insert(job),
                {
                    "job_id": job_id,
                    "kind": kind,
                    "state": "queued",
                    "progress": 0.0,
                    "activity": "waiting",
                    "parameters": dict(parameters),
                    "runner": runner,
                    "heartbeat_utc": now_utc,
                    "created_utc": now_utc,
                },
            )

    def read(self, job_id: str) -> Job | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(job).where(job.c.job_id == job_id)).first()
        return None if row is None else Job(**row._mapping)

    def list(self, *, limit: int, offset: int = 0) -> tuple[tuple[Job, ...], int]:
        """Return one page of the jobs, newest first, and how many there are."""
        with reading(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(job)).scalar_one()
            rows = connection.execute(
                select(job)
                .order_by(job.c.created_utc.desc(), job.c.job_id)
                .limit(limit)
                .offset(offset)
            ).all()
        return tuple(Job(**row._mapping) for row in rows), total

    def count_unfinished(self) -> int:
        with reading(self._engine) as connection:
            return connection.execute(
                select(func.count()).select_from(job).where(job.c.state.in_(UNFINISHED))
            ).scalar_one()

    def start(self, job_id: str, *, now_utc: datetime) -> None:
        """Mark a waiting job as running."""
        with self._engine.begin() as connection:
            connection.execute(
                update(job)
                .where(job.c.job_id == job_id, job.c.state == "queued")
                .values(state="running", started_utc=now_utc)
            )

    def report(self, job_id: str, progress: float, activity: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                update(job)
                .where(job.c.job_id == job_id, job.c.state.in_(UNFINISHED))
                .values(progress=min(1.0, max(0.0, progress)), activity=activity)
            )

    def fail(self, job_id: str, error: Mapping[str, Any], *, now_utc: datetime) -> None:
        """End an unfinished job with its reason."""
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(job)
                .where(job.c.job_id == job_id, job.c.state.in_(UNFINISHED))
                .values(state="failed", activity="failed", error=dict(error), finished_utc=now_utc)
            )
            if changed.rowcount == 1 and error.get("reason") != "cancelled":
                add_audit_entry(connection, now_utc, "aspan", "job.fail", job_id, error)

    def beat(self, runner: str, *, now_utc: datetime) -> None:
        """Say that a runner is alive and still has its unfinished jobs."""
        with self._engine.begin() as connection:
            connection.execute(
                update(job)
                .where(job.c.runner == runner, job.c.state.in_(UNFINISHED))
                .values(heartbeat_utc=now_utc)
            )

    def unfinished(self) -> tuple[Job, ...]:
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(job).where(job.c.state.in_(UNFINISHED)).order_by(job.c.created_utc)
            ).all()
        return tuple(Job(**row._mapping) for row in rows)


def finish_job(
    connection: Connection, job_id: str, result: Mapping[str, Any], *, now_utc: datetime
) -> bool:
    """Mark an unfinished job as succeeded inside the caller's transaction; False: it was ended."""
    changed = connection.execute(
        update(job)
        .where(job.c.job_id == job_id, job.c.state.in_(UNFINISHED))
        .values(
            state="succeeded",
            progress=1.0,
            activity="done",
            result=dict(result),
            finished_utc=now_utc,
        )
    ).rowcount
    return changed == 1
