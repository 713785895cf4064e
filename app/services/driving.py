"""Drive a contact: wait for its setup, move, follow, stow, and record what came of it."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from app.drive.clock import DriveClock, SystemDriveClock
from app.drive.follow import DriveStoppedError, Follower
from app.drive.pointing import UnreachableError
from app.drive.rotctld import RotatorError, RotatorLimits, Rotctld
from app.drive.tracking import TrackingRecord, describe_record
from app.drive.watchdog import Watchdog
from app.errors import ConflictError
from app.services.contacts import contact_of
from app.services.drive_plan import DrivePlan, DrivePlanner
from app.services.drive_watch import DriveWatch
from app.store import Store
from app.store.executions import DriveState, Entry, Step
from scheduler.execution import CAUSES
from tle.timebase import format_utc, from_unix_s, to_unix_s

WHO = "aspan drive"
_STOW_LIMIT_S = 300.0  # after the contact, for the way to the stow position
_ASK_AGAIN_S = 2.0
_log = structlog.get_logger(__name__)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DriveResult:
    """How a drive ended: completed or failed, why, and what was measured."""

    contact_id: str
    state: str
    reason: str
    tracking: Mapping[str, Any] | None


class DriveService:
    """Drives contacts through rotators that speak rotctld's protocol."""

    def __init__(
        self,
        planner: DrivePlanner,
        store: Store,
        *,
        clock: DriveClock | None = None,
        connect: Callable[..., Rotctld] = Rotctld,
    ) -> None:
        self._planner = planner
        self._store = store
        self._clock = clock or SystemDriveClock()
        self._connect = connect
        self._driver = f"{platform.node()}:{os.getpid()}"

    def drive(
        self, contact_id: str, host: str, port: int, *, rate_hz: float, say: Say
    ) -> DriveResult:
        """Drive one contact to its end. The antenna is stopped whatever happens.

        Raises InputError (nothing has moved) when the contact or its antenna may not be driven.
        """
        reservation, station, antenna = self._planner.find(contact_id)
        self._planner.require_enabled(antenna, station)
        structlog.contextvars.bind_contextvars(
            contact_id=contact_id,
            plan_id=reservation.plan_id,
            satellite_id=contact_of(reservation).satellite_id,
        )
        self._wait_for_setup(contact_id, say)
        rotator = self._connect(host, port, timeout_s=1.0)
        try:
            with self._leasing(station.id, antenna.id):
                return self._drive(contact_id, rotator, (host, port), rate_hz, say)
        finally:
            rotator.close()
            structlog.contextvars.unbind_contextvars("contact_id", "plan_id", "satellite_id")

    def _drive(
        self, contact_id: str, rotator: Rotctld, address: tuple[str, int], rate_hz: float, say: Say
    ) -> DriveResult:
        """Freeze the elements, then go through the phases; the lease is ours."""
        plan = self._freeze(contact_id)
        watch = DriveWatch(self._store, plan.reservation, self._driver, self._clock)
        try:
            reach = self._ask_limits(rotator, watch, plan.contact.end_unix_s)
            plan = self._planner.make(contact_id, self._now_utc(), reach)
        except (DriveStoppedError, UnreachableError, KeyboardInterrupt) as error:
            say(f"not driven: {error}")
            return self._close(contact_id, _reason_of(error), None, watch)
        say(_describe_plan(plan))
        reason, record = "software", None
        try:
            with Watchdog(*address) as watchdog:
                follower = Follower(
                    rotator,
                    plan.limits,
                    self._clock,
                    rate_hz=rate_hz,
                    beam_limit_deg=plan.beam_limit_deg,
                    report_alive=watchdog.report_alive,
                    find_veto=watch.find_veto,
                )
                try:
                    record = self._go_through(plan, follower, watch, say)
                    reason = _judge(plan, record)
                except (DriveStoppedError, KeyboardInterrupt) as error:
                    reason = _reason_of(error)
                finally:
                    if reason:
                        follower.stop()
                    record = record or follower.summarise(plan.path)
        finally:
            result = self._close(contact_id, reason, record, watch)
        return result

    def _go_through(
        self, plan: DrivePlan, follower: Follower, watch: DriveWatch, say: Say
    ) -> TrackingRecord:
        """Pre-position, follow, stow."""
        contact = plan.contact
        start = plan.path.command_at(contact.start_unix_s)
        say(f"{self._now()}  pre-positioning to az {start[0]:.2f} el {start[1]:.2f} deg")
        if follower.go_to(start, until_unix_s=contact.start_unix_s):
            say(f"{self._now()}  in position")
            follower.go_to(start, until_unix_s=contact.start_unix_s, and_wait=True)
        watch.mark("executing", "start", "the antenna follows the satellite")
        say(f"{self._now()}  following until {format_utc(from_unix_s(contact.end_unix_s))}")
        record = follower.follow(
            plan.path, start_unix_s=contact.start_unix_s, end_unix_s=contact.end_unix_s
        )
        say(f"{self._now()}  {describe_record(record.to_json())}")
        watch.mark("post_pass", "stop", "tracking ended")
        until = contact.end_unix_s + max(_STOW_LIMIT_S, plan.antenna.teardown_s)
        stowed = follower.go_to(plan.stow, until_unix_s=until) and follower.stop()
        say(f"{self._now()}  " + ("stowed" if stowed else "NOT STOWED: look after the antenna"))
        if not stowed:
            _log.error("the antenna was not stowed")
        return replace(record, stowed=stowed)

    def _freeze(self, contact_id: str) -> DrivePlan:
        """Freeze the elements and say that setup starts, in one transaction."""
        now_utc = self._now_utc()
        plan = self._planner.make(contact_id, now_utc)
        steps: tuple[Step, ...] = ()
        if plan.reservation.state == "reserved":
            steps = (Step("preparing", "prepare", "setup starts"),)
        self._store.executions.keep(
            [Entry(contact_id, {"element_set_id": plan.element_set_id}, steps)],
            who=WHO,
            why=f"elements {plan.element_set_id} frozen",
            now_utc=now_utc,
        )
        _log.info("elements frozen", element_set_id=plan.element_set_id)
        return plan

    def _ask_limits(
        self, rotator: Rotctld, watch: DriveWatch, until_unix_s: float
    ) -> RotatorLimits:
        told = False
        while True:
            try:
                return rotator.read_limits()
            except RotatorError as error:
                if not told:
                    _log.error("the rotator does not answer", error=str(error))
                told = True
            now = self._clock.now_unix_s()
            veto = watch.find_veto()
            if veto or now + _ASK_AGAIN_S >= until_unix_s:
                raise DriveStoppedError(veto or "rotator")
            self._clock.sleep_until(now + _ASK_AGAIN_S)

    def _close(
        self, contact_id: str, reason: str, record: TrackingRecord | None, watch: DriveWatch
    ) -> DriveResult:
        """Record how it ended and what was measured."""
        watch.finish()
        tracking = None if record is None else record.to_json()
        values: dict[str, Any] = {"tracking": tracking}
        if record is not None and record.first_on_target_unix_s is not None:
            values["actual_start_utc"] = from_unix_s(record.first_on_target_unix_s)
            values["actual_stop_utc"] = from_unix_s(
                record.last_on_target_unix_s or record.first_on_target_unix_s
            )
        if reason in CAUSES:
            values["cause"] = reason
        state = self._planner.read_state(contact_id)
        steps = _closing_steps(state, reason)
        why = reason or "driven to its end"
        watch.keep(
            Entry(contact_id, values, steps), why=why, now_utc=self._now_utc(), tracking=tracking
        )
        end = steps[-1].target if steps else state
        _log.info("drive ended", state=end, reason=reason, tracking=tracking)
        return DriveResult(contact_id, end, reason, tracking)

    def _wait_for_setup(self, contact_id: str, say: Say) -> None:
        """Wait until the reserved window begins; a cancelled contact ends the wait."""
        told = False
        while True:
            reservation, _, _ = self._planner.find(contact_id)
            start = to_unix_s(reservation.reserved_start_utc)
            now = self._clock.now_unix_s()
            if now >= contact_of(reservation).end_unix_s:
                raise ConflictError("contact", "it is over", value=contact_id)
            if now >= start:
                return
            if not told:
                say(f"waiting for setup at {format_utc(reservation.reserved_start_utc)}")
                told = True
            self._clock.sleep_until(min(start, now + 10.0))

    @contextmanager
    def _leasing(self, station_id: str, antenna_id: str) -> Iterator[None]:
        """Hold the drive of an antenna; ConflictError when it is locked or another's."""
        state = self._claim(station_id, antenna_id)
        if _has_died(state.driver):
            _log.warning("the process that drove has died; its drive is taken up", was=state.driver)
            self._store.executions.leave_drive(station_id, antenna_id, state.driver)
            state = self._claim(station_id, antenna_id)
        if state.locked_utc is not None:
            raise ConflictError(
                "lockout",
                f"{station_id}/{antenna_id} is locked by {state.locked_by}: {state.locked_why}; "
                "when the antenna is safe: aspan lockout end",
            )
        if state.driver != self._driver:
            raise ConflictError("antenna", f"{station_id}/{antenna_id} is driven by {state.driver}")
        try:
            yield
        finally:
            self._store.executions.leave_drive(station_id, antenna_id, self._driver)

    def _claim(self, station_id: str, antenna_id: str) -> DriveState:
        return self._store.executions.claim_drive(
            station_id,
            antenna_id,
            self._driver,
            now_utc=self._now_utc(),
            lease_s=DriveWatch.LEASE_S,
        )

    def _now_utc(self) -> datetime:
        return from_unix_s(self._clock.now_unix_s())

    def _now(self) -> str:
        return format_utc(self._now_utc())


def _closing_steps(state: str, reason: str) -> tuple[Step, ...]:
    """Return the transitions from a state to the end of a drive."""
    if state in ("preparing", "executing") and reason:
        return (Step("failed", "fail", reason),)
    if state == "post_pass":
        if reason:
            return (Step("failed", "fail", reason),)
        return (Step("completed", "complete", "driven to its end"),)
    return ()  # a person cancelled it, or the database never took the earlier steps


def _judge(plan: DrivePlan, record: TrackingRecord) -> str:
    """Return the cause of failure of a drive that came to its end, or nothing.

    It failed when the antenna was on target for less than the shortest useful contact.
    """
    contact = plan.contact
    shortest_s = min(plan.antenna.min_contact_s, 0.5 * (contact.end_unix_s - contact.start_unix_s))
    if record.on_target_s >= shortest_s:
        return ""
    return "rotator" if record.interruptions else "antenna"


def _describe_plan(plan: DrivePlan) -> str:
    path = plan.path
    return (
        f"{plan.contact.satellite_id} at {plan.station.id}/{plan.antenna.id}, elements "
        f"{plan.element_set_id} frozen, refraction {plan.track.refraction}; azimuth "
        f"{path.azimuth_deg.min():.1f} to {path.azimuth_deg.max():.1f} deg, the mount lags by at "
        f"most {path.lag_deg.max():.3f} deg"
    )


def _has_died(driver: str) -> bool:
    """Tell whether a driver was a process of this machine that is no more."""
    host, _, number = driver.rpartition(":")
    if host != platform.node() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _reason_of(error: BaseException) -> str:
    if isinstance(error, DriveStoppedError):
        return error.reason
    return "antenna" if isinstance(error, UnreachableError) else "operator"
