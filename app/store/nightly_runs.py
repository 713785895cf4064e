"""Nightly runs in the store: who does tonight's work, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.store.schema_nightly import nightly_run

DEAD_AFTER = timedelta(seconds=60)  # a run that gave no sign for so long is taken over


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a runner: do it (with the steps already done), or why not."""

    verdict: Literal["yours", "done", "running"]
    steps: Mapping[str, Any]


class NightlyRunStore:
    """Claim a night, report steps, finish."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, night: str, runner: str, *, now_utc: datetime) -> Claim:
        """Give the night to the first runner; to another one only when the first one died."""
        try:
            with self._engine.begin() as connection:
                row = connection.execute(
                    select(nightly_run).where(nightly_run.c.night == night).with_for_update()
                ).one_or_none()
                if row is None:
                    connection.execute(
                        insert(nightly_run).values(
                            night=night,
                            runner=runner,
                            started_utc=now_utc,
                            heartbeat_utc=now_utc,
                            finished_utc=None,
                            steps={},
                        )
                    )
                    return Claim("yours", {})
                if row.finished_utc is not None:
                    return Claim("done", row.steps)
                if now_utc - row.heartbeat_utc < DEAD_AFTER:
                    return Claim("running", row.steps)
                connection.execute(
                    update(nightly_run)
                    .where(nightly_run.c.night == night)
                    .values(runner=runner, heartbeat_utc=now_utc)
                )
                return Claim("yours", row.steps)
        except IntegrityError:  # another runner inserted the night in the same instant
            return Claim("running", {})

    def beat(self, night: str, runner: str, *, now_utc: datetime) -> bool:
        """Show that the runner lives; False when the night is not its own any more."""
        return self._change(night, runner, heartbeat_utc=now_utc)

    def report(
        self, night: str, runner: str, steps: Mapping[str, Any], *, now_utc: datetime
    ) -> bool:
        """Keep what is done so far; a runner that takes over starts behind it."""
        return self._change(night, runner, steps=dict(steps), heartbeat_utc=now_utc)

    def let_go(self, night: str, runner: str, *, now_utc: datetime) -> bool:
        """Leave the night to whoever comes next, at once."""
        return self._change(night, runner, heartbeat_utc=now_utc - DEAD_AFTER)

    def finish(
        self, night: str, runner: str, steps: Mapping[str, Any], *, now_utc: datetime
    ) -> bool:
        """End the night's work."""
        return self._change(
            night, runner, steps=dict(steps), heartbeat_utc=now_utc, finished_utc=now_utc
        )

    def _change(self, night: str, runner: str, **values: Any) -> bool:
        with self._engine.begin() as connection:
            done = connection.execute(
                update(nightly_run)
                .where(nightly_run.c.night == night, nightly_run.c.runner == runner)
                .values(**values)
            )
            return done.rowcount == 1
