"""Drive real passes through hamlib's rotctld in accelerated time and print the pointing error.

    PYTHONPATH=. .venv/bin/python bench/prove_drive.py [--passes 3]

rotctld's dummy rotator turns by about 6 deg/s whatever it is asked, so time is accelerated only as
far as it can follow the pass: by 6 deg/s over twice the fastest axis, at most tenfold. Beside the
error it checks what a mount would not forgive: commands beyond limits or rates.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import numpy as np

from app.application import open_application
from app.commands.drive import make_planner
from app.drive import rotctld as protocol
from app.drive.clock import AcceleratedClock, as_datetime_clock
from app.log import configure_log
from app.services.driving import DriveService
from app.settings import Settings
from app.store.reservation_rows import draft_of
from scheduler.intervals import Span
from scheduler.plan import Contact
from scheduler.prediction.search import find_passes
from scheduler.windows import cut_passes
from tle.timebase import from_unix_s, to_unix_s

START_UTC = datetime(2026, 9, 6, 12, tzinfo=UTC)
DUMMY_RATE_DEG_S = 6.0
CULMINATIONS_DEG = (25.0, 45.0, 65.0)
RATE_HZ = 5.0


class RecordingRotctld(protocol.Rotctld):
    """The client that is proven, with a list of what it sent and when (in the clock's time)."""

    sent: ClassVar[list[tuple[float, float, float]]] = []
    clock: ClassVar[AcceleratedClock]

    def point(self, azimuth_deg: float, elevation_deg: float) -> None:
        super().point(azimuth_deg, elevation_deg)
        self.sent.append((self.clock.now_unix_s(), azimuth_deg, elevation_deg))


def enable_drive(folder: Path) -> Path:
    """Write the shipped stations with the first antenna enabled for driving."""
    text = Path("stations.toml").read_text(encoding="utf-8")
    file = folder / "stations.toml"
    file.write_text(
        text.replace('tracking = "program"', 'tracking = "program"\ndrive_enabled = true', 1)
    )
    return file


def book_passes(application, count: int):
    """Book one real contact near each wanted culmination; return their reservations."""
    station = application.configuration.stations[0]
    served = [each for each in application.configuration.satellites if each.served]
    choice = application.elements.choose(served, START_UTC)
    span = Span(START_UTC, from_unix_s(to_unix_s(START_UTC) + 86_400.0))
    table = find_passes(choice.objects, station, span, min_elevation_deg=5.0)
    cut = cut_passes(table, station)
    rows = [row for row in range(len(table)) if cut[row][0]]
    booked = []
    for wanted in CULMINATIONS_DEG[:count]:
        row = min(rows, key=lambda each: abs(table.max_elevation_deg[each] - wanted))
        rows.remove(row)
        booked.append(book(application, table.read(row), cut[row][0][0]))
    return booked


def book(application, found, window):
    """Book the first window of a pass."""
    antenna = application.configuration.stations[0].antennas[0]
    contact = Contact(
        contact_id="c", pass_id=found.pass_id, satellite_id=found.satellite_id,
        norad_cat_id=found.norad_cat_id, owner="kaznu", station_id=found.station_id,
        antenna_id=antenna.id, service="x",
        reserved_start_unix_s=window.start_unix_s - antenna.setup_s,
        start_unix_s=window.start_unix_s, end_unix_s=window.end_unix_s,
        reserved_end_unix_s=window.end_unix_s + antenna.teardown_s,
        aos_unix_s=found.aos_unix_s, los_unix_s=found.los_unix_s,
        max_elevation_deg=found.max_elevation_deg, start_azimuth_deg=found.aos_azimuth_deg,
        end_azimuth_deg=found.los_azimuth_deg, expected_bytes=None, tentative=False,
        provisional=False, element_set_id="", element_age_s=0.0,
    )  # fmt: skip
    (booked,) = application.store.reservations.book(
        [draft_of(contact)], who="proof", why="", now_utc=START_UTC, gap_rule=lambda a, b: 0.0
    )
    return booked


def prove_one(application, reservation, port: int) -> bool:
    """Drive one contact and print what was measured."""
    planner = make_planner(application)
    plan = planner.make(reservation.reservation_id, START_UTC)
    fastest = max(
        np.abs(np.diff(column) / np.diff(plan.path.unix_s)).max()
        for column in (plan.path.azimuth_deg, plan.path.elevation_deg)
    )
    factor = min(4.0, DUMMY_RATE_DEG_S / (2.0 * fastest))
    clock = AcceleratedClock(to_unix_s(reservation.reserved_start_utc) - 5.0, factor)
    RecordingRotctld.sent, RecordingRotctld.clock = [], clock
    service = DriveService(planner, application.store, clock=clock, connect=RecordingRotctld)
    began = time.monotonic()
    result = service.drive(
        reservation.reservation_id, "127.0.0.1", port, rate_hz=RATE_HZ, say=lambda text: None
    )
    sent = np.array(RecordingRotctld.sent)
    seconds = np.maximum(np.diff(sent[:, 0]), 1.0 / RATE_HZ)
    antenna = plan.antenna
    low, high = antenna.azimuth_travel_deg or (-np.inf, np.inf)
    beyond = np.sum((sent[:, 1] < low) | (sent[:, 1] > high) | (sent[:, 2] > 90.0))
    rates = [np.abs(np.diff(sent[:, column])) / seconds for column in (1, 2)]
    fast = np.sum(rates[0] > antenna.azimuth_rate_deg_s + 1e-3) + np.sum(
        rates[1] > antenna.elevation_rate_deg_s + 1e-3
    )
    told = result.tracking or {}
    print(
        f"{plan.contact.satellite_id:<14} culminates {plan.contact.max_elevation_deg:5.1f} deg, "
        f"{plan.contact.end_unix_s - plan.contact.start_unix_s:4.0f} s, {factor:4.1f} x, "
        f"{time.monotonic() - began:4.0f} s of wall time: {result.state}, pointing error at most "
        f"{told.get('max_error_deg'):.3f} deg, rms {told.get('rms_error_deg'):.3f} deg, on target "
        f"{told.get('on_target_s'):.0f} s; {len(sent)} commands, {beyond} beyond limits, {fast} "
        f"beyond rates, stowed {told.get('stowed')}",
        flush=True,
    )
    return result.state == "completed" and beyond == 0 and fast == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passes", type=int, default=3, choices=(1, 2, 3))
    count = parser.parse_args().passes
    configure_log("error")
    program = shutil.which("rotctld")
    if program is None:
        print("no rotctld: apt install libhamlib-utils", file=sys.stderr)
        return 2
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    words = [program, "-m", "1", "-T", "127.0.0.1", "-t", str(port), "-C", "min_az=-270,max_az=270"]
    rotator = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with tempfile.TemporaryDirectory() as name:
            settings = Settings(
                database_url=f"sqlite:///{name}/proof.sqlite3", stations=enable_drive(Path(name))
            )
            application = open_application(
                settings, clock=as_datetime_clock(AcceleratedClock(to_unix_s(START_UTC), 1.0))
            )
            passed = [
                prove_one(application, each, port) for each in book_passes(application, count)
            ]
            application.store.close()
    finally:
        rotator.terminate()
        rotator.wait()
    print(f"{sum(passed)} of {len(passed)} contacts completed inside limits and rates")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    raise SystemExit(main())
