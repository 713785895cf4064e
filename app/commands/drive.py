"""``aspan drive`` and ``aspan lockout``: move the antenna through a contact, or keep it still."""

from __future__ import annotations

import signal
from types import FrameType

import numpy as np

from app.application import Application, open_application
from app.commands.terminal import find_user
from app.drive.rotctld import parse_address
from app.drive.tracking import describe_record
from app.errors import InputError
from app.services.drive_plan import DrivePlan, DrivePlanner
from app.services.driving import DriveService
from app.settings import Settings
from tle.timebase import format_utc, from_unix_s

COMPLETED, FAILED = 0, 1
MIN_RATE_HZ, MAX_RATE_HZ = 0.2, 50.0


def run_drive(
    settings: Settings, contact_id: str, *, rotctld: str | None, rate_hz: float, dry_run: bool
) -> int:
    """Drive one contact, or print its track; 0 when it was completed or printed, else 1."""
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise InputError(
            "rate",
            f"{rate_hz:g} Hz is outside {MIN_RATE_HZ:g} to {MAX_RATE_HZ:g} Hz",
            value=rate_hz,
            unit="Hz",
        )
    application = open_application(settings)
    try:
        planner = make_planner(application)
        if dry_run:
            print_track(planner.make(contact_id, application.clock()), step_s=max(1.0, 1 / rate_hz))
            return COMPLETED
        if rotctld is None:
            raise InputError("rotctld", "give --rotctld HOST:PORT, or --dry-run")
        try:
            host, port = parse_address(rotctld)
        except ValueError as error:
            raise InputError("rotctld", str(error), value=rotctld) from error
        signal.signal(signal.SIGTERM, _interrupt)
        service = DriveService(planner, application.store)
        result = service.drive(contact_id, host, port, rate_hz=rate_hz, say=_say)
    finally:
        application.store.close()
    if result.state == "completed" and result.tracking is not None:
        _say(f"completed: {describe_record(result.tracking)}")
        return COMPLETED
    _say(f"{result.state}: {result.reason or 'the state could not be marked'}")
    return FAILED


def make_planner(application: Application) -> DrivePlanner:
    """Make what finds the paths of contacts."""
    return DrivePlanner(
        application.configuration, application.store, application.elements, application.contacts
    )


def print_track(plan: DrivePlan, *, step_s: float) -> None:
    """Print what would be sent, one line a step, and what the mount cannot follow."""
    path, lag = plan.path, plan.path.lag_deg
    enabled = "" if plan.antenna.drive_enabled else "; drive_enabled is false: not driven"
    print(
        f"# {plan.contact.satellite_id} at {plan.station.id}/{plan.antenna.id}, elements "
        f"{plan.element_set_id}, refraction {plan.track.refraction}{enabled}"
    )
    print("# utc                      az_deg   el_deg  az_deg_s  el_deg_s   lag_deg")
    azimuth_rate = np.gradient(path.azimuth_deg, path.unix_s)
    elevation_rate = np.gradient(path.elevation_deg, path.unix_s)
    every = max(1, round(step_s / float(path.unix_s[1] - path.unix_s[0])))
    for row in range(0, len(path.unix_s), every):
        print(
            f"{format_utc(from_unix_s(float(path.unix_s[row])))}  {path.azimuth_deg[row]:7.2f}  "
            f"{path.elevation_deg[row]:7.2f}  {azimuth_rate[row]:8.3f}  "
            f"{elevation_rate[row]:8.3f}  {lag[row]:8.3f}"
        )
    beyond_s = float(np.sum(lag > plan.beam_limit_deg)) * float(path.unix_s[1] - path.unix_s[0])
    print(
        f"# stow at az {plan.stow[0]:g} el {plan.stow[1]:g} deg; the mount lags by at most "
        f"{lag.max():.3f} deg, {beyond_s:.0f} s beyond half a beam ({plan.beam_limit_deg:.3f} deg)"
    )


def run_lock(settings: Settings, antenna: str, *, why: str) -> None:
    """Lock an antenna out of driving."""
    application = open_application(settings)
    try:
        station_id, antenna_id = find_antenna(application, antenna)
        if not why.strip():
            raise InputError("why", "say why nobody may drive it")
        application.store.executions.lock_out(
            station_id, antenna_id, who=find_user(), why=why, now_utc=application.clock()
        )
    finally:
        application.store.close()
    print(f"{antenna}: locked; whoever drives it stops within seconds, nobody starts")


def run_release(settings: Settings, antenna: str, *, why: str) -> None:
    """End a lockout."""
    application = open_application(settings)
    try:
        station_id, antenna_id = find_antenna(application, antenna)
        application.store.executions.release(
            station_id, antenna_id, who=find_user(), why=why, now_utc=application.clock()
        )
    finally:
        application.store.close()
    print(f"{antenna}: may be driven again")


def run_list_lockouts(settings: Settings) -> None:
    """Print the antennas that are locked."""
    application = open_application(settings)
    try:
        locked = application.store.executions.list_lockouts()
    finally:
        application.store.close()
    for each in locked:
        since = format_utc(each.locked_utc) if each.locked_utc else ""
        print(f"{each.station_id}/{each.antenna_id}  {since}  {each.locked_by}: {each.locked_why}")
    if not locked:
        print("no antenna is locked")


def find_antenna(application: Application, name: str) -> tuple[str, str]:
    """Read ``STATION/ANTENNA``."""
    station_id, separator, antenna_id = name.partition("/")
    if not separator:
        raise InputError("antenna", f"{name!r}: give STATION/ANTENNA", value=name)
    application.contacts.find_antenna(station_id, antenna_id)
    return station_id, antenna_id


def _say(text: str) -> None:
    print(text, flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
