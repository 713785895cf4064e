"""Replay a month of nightly runs on real element sets, in simulated time.

    python bench/prove_month.py --history FOLDER/elements/history

Every night the sets that had newly appeared by then arrive, and ``aspan nightly`` does its work:
drift, a new plan around what is booked, publishing. By day the contacts are carried out; a few
fail, a few are reported by nobody, people pin some and block the antenna. After each night:

- no two reservations overlap;
- a reserved window differs from the evening before only where a move is recorded, and never that
  of a contact that was pinned, frozen or final;
- a judge that knows no pass search (each contact propagated at 1 s with the newest set) finds no
  contact outside its window by more than the tolerance that was not called drifted, and none
  inside that was.

First the harness is shown a refresh that moves a window by itself, and a blind drift watch.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from sqlalchemy import text

from app.application import Application, open_application
from app.errors import CollisionError
from app.services.nightly import NightlyJob
from app.settings import Settings
from app.store import open_store
from app.store.reservation_rows import Reservation
from bench.prove_storm import OVERLAPS
from scheduler.contact_states import BOOKED_STATES, TERMINAL_STATES
from scheduler.intervals import Span
from scheduler.prediction.topocentric import look_angles
from tle.propagation import Sgp4Ephemeris

NIGHT = timedelta(hours=1)  # the run is at 01:00 UTC
DAYS_AHEAD = 7.0
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
JUDGE_SLACK_S = 2.0  # the judge looks once a second
WARM_UP = timedelta(days=40)


class Clock:
    """A clock that stands where it was put."""

    def __init__(self, now_utc: datetime) -> None:
        self.now_utc = now_utc

    def __call__(self) -> datetime:
        return self.now_utc


class HistoryRefresh:
    """Brings every set once it had been seen, through the same gate as any other set."""

    def __init__(self, folder: Path, application: Application) -> None:
        self._application = application
        self._waiting = read_history(folder)
        self.quarantined = 0

    def refresh_served(self) -> list[Any]:
        now_utc = self._application.clock()
        fresh = [lines for seen, lines in self._waiting if seen <= now_utc]
        self._waiting = [item for item in self._waiting if item[0] > now_utc]
        if not fresh:
            return []
        added = self._application.elements.add(
            "".join(fresh).encode(), file_name="history.tle", satellite=None, who="replay"
        )
        held = sum(each.verdict == "quarantined" for each in added.judged)
        self.quarantined += held
        query = SimpleNamespace(key="history")
        return [
            SimpleNamespace(
                new_count=added.new_count, status="data", source="history", query=query, reason=""
            )
        ]


def read_history(folder: Path) -> list[tuple[datetime, str]]:
    """Pair each set's three lines with the time it was first seen: the order is the same."""
    seen: dict[str, list[datetime]] = {}
    with (folder / "first_seen.csv").open() as file:
        for row in csv.DictReader(file):
            instant = datetime.fromisoformat(row["first_seen_utc"])
            seen.setdefault(row["norad"], []).append(instant)
    found = []
    for file_path in sorted(folder.glob("*.tle")):
        lines = file_path.read_text().splitlines(keepends=True)
        sets = ["".join(lines[at : at + 3]) for at in range(0, len(lines), 3)]
        found += list(zip(seen[file_path.stem], sets, strict=True))
    return sorted(found)


@dataclass
class Month:
    """What the replay counted, and what it found wrong."""

    faults: list[str] = field(default_factory=list)
    totals: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    judged: int = 0


class Replay:
    """One station's month."""

    def __init__(self, history: Path, folder: Path, *, seed: int, plant: str = "") -> None:
        self.clock = Clock(FIRST - WARM_UP)
        url = f"sqlite:///{folder}/month{plant}.sqlite3"
        tolerance_s = 1e9 if plant == "blind" else 30.0
        self.settings = Settings(
            database_url=url,
            first_plan_days=0,
            drift_tolerance_s=tolerance_s,
            preempt_tell="kaznu",
        )
        store = open_store(url)
        self._keep_starter_out(store)
        store.close()
        self.application = open_application(self.settings, clock=self.clock)
        self.refresh = HistoryRefresh(history, self.application)
        self.chance = random.Random(seed)
        self.plant = plant
        self.month = Month()

    def _keep_starter_out(self, store: Any) -> None:
        """Put one old set in, so that the bundled ones of September do not come in March."""
        from dataclasses import replace

        from tle.starter import load_starter

        one = load_starter()[0]
        store.element_sets.add(
            [replace(one, norad_cat_id=99_999, epoch_utc=datetime(2026, 1, 1, tzinfo=UTC))]
        )

    def run(self, nights: int) -> Month:
        self._warm_up()
        print(
            f"{'night':10} {'sets':>4} {'drift':>5} {'confl':>5} {'kept':>4} {'moved':>5} "
            f"{'rel':>4} {'new':>4} {'refus':>5} {'missed':>6}",
            flush=True,
        )
        for number in range(nights):
            night = FIRST + timedelta(days=number) + NIGHT
            self._live_until(night)
            self._one_night(night, number)
        self.application.store.close()
        return self.month

    def _warm_up(self) -> None:
        """Let the sets before the month arrive day by day, as they did."""
        while self.clock.now_utc < FIRST:
            self.refresh.refresh_served()
            self.clock.now_utc += timedelta(days=1)

    def _one_night(self, night: datetime, number: int) -> None:
        self.clock.now_utc = night
        before = self._read_all()
        if self.plant == "blind" and number == 1:
            self._shift_elements(before)
        report = self._make_job().run(
            policy="publish", days=DAYS_AHEAD, on_step=lambda name, figures: None
        )
        if self.plant == "moved" and number == 1:
            self._move_one(before)
        after = self._read_all()
        steps = report.steps
        self.month.faults += [f"{night:%m-%d}: {text}" for text in self._compare(before, after)]
        self.month.faults += [
            f"{night:%m-%d}: {text}"
            for text in self._judge_drift(before, set(steps["drift"]["drifted"]))
        ]
        self._count(night, steps)

    def _make_job(self) -> NightlyJob:
        application = self.application
        return NightlyJob(
            self.settings,
            application.store,
            self.refresh,  # type: ignore[arg-type]
            application.planning,
            application.contacts,
            application.drift_watch,
            self.clock,
        )

    def _count(self, night: datetime, steps: Mapping[str, Mapping[str, Any]]) -> None:
        publish, drift = steps["publish"], steps["drift"]
        row = {
            "new sets": steps["refresh"]["new_sets"],
            "drifted": len(drift["drifted"]),
            "conflicting": len(drift["conflicting"]),
            "kept": publish.get("kept", 0),
            "moved": publish.get("moved", 0),
            "released": publish.get("released", 0),
            "new": publish.get("booked", 0),
            "refused": publish.get("refused", 0),
            "missed": steps["missed"]["missed"],
        }
        self.month.totals.update(row)
        self.month.totals["assessed"] += drift["assessed"]
        self.month.causes.update(publish.get("causes", {}))
        figures = " ".join(
            f"{value:>{width}}"
            for value, width in zip(row.values(), (4, 5, 5, 4, 5, 4, 4, 5, 6), strict=True)
        )
        print(f"{night:%Y-%m-%d} {figures}", flush=True)
        if not publish.get("published"):
            self.month.faults.append(f"{night:%m-%d}: not published: {publish.get('why')}")

    def _live_until(self, night: datetime) -> None:
        """Carry out the day's contacts, each step at its own time; people do what people do."""
        contacts = self.application.contacts
        due = [
            item
            for item in self._list(BOOKED_STATES)
            if item.contact is not None and item.reserved_end_utc <= night
        ]
        for item in sorted(due, key=lambda each: each.reserved_start_utc):
            if self.chance.random() < 0.02:
                self.month.totals["not reported"] += 1
                continue
            last = "fail" if self.chance.random() < 0.02 else "complete"
            steps = [("prepare", item.reserved_start_utc), ("start", item.reserved_start_utc)]
            steps += [("stop", item.reserved_end_utc), (last, item.reserved_end_utc)]
            for verb, at_utc in steps:
                self.clock.now_utc = at_utc
                contacts.advance(item.reservation_id, verb, who="station", why="")
            self.month.totals[f"{last}d" if last == "complete" else "failed"] += 1
        self.clock.now_utc = night - timedelta(minutes=30)
        self._let_people_act()

    def _let_people_act(self) -> None:
        """Pin a contact and let one go each day; block the antenna for maintenance once a week."""
        contacts, now_utc = self.application.contacts, self.clock.now_utc
        later = [
            item
            for item in self._list(("reserved",))
            if item.reserved_start_utc > now_utc + timedelta(hours=6)
        ]
        if len(later) > 4:
            one, other = self.chance.sample(later, 2)
            contacts.pin(one.reservation_id, True, who="dana", why="campaign")
            self.month.totals["pinned"] += 1
            contacts.cancel(other.reservation_id, who="dana", why="not needed")
            self.month.totals["cancelled by people"] += 1
        if now_utc.weekday() == 0:
            begin = now_utc + timedelta(days=2)
            span = Span(begin, begin + timedelta(hours=3))
            for item in self._list(("reserved",)):
                if (
                    item.reserved_start_utc < span.end_utc
                    and span.start_utc < item.reserved_end_utc
                ):
                    contacts.cancel(item.reservation_id, who="dana", why="maintenance")
            try:
                contacts.block("kaznu", "antenna-1", span, who="dana", why="maintenance")
                self.month.totals["blocked spans"] += 1
            except CollisionError as error:
                self.month.faults.append(f"block refused: {error}")

    def _list(self, states: Sequence[str]) -> tuple[Reservation, ...]:
        return self.application.store.reservations.list(states=states, limit=100_000)[0]

    def _read_all(self) -> dict[str, Reservation]:
        found, _ = self.application.store.reservations.list(limit=1_000_000)
        return {item.reservation_id: item for item in found}

    def _compare(
        self, before: Mapping[str, Reservation], after: Mapping[str, Reservation]
    ) -> list[str]:
        """Find what changed without anybody's doing."""
        faults = []
        with self.application.store._engine.connect() as connection:
            overlaps = connection.execute(OVERLAPS).scalar()
        if overlaps:
            faults.append(f"{overlaps} overlapping reservations")
        frozen = self.clock.now_utc + timedelta(seconds=self.settings.freeze_s)
        for name, old in before.items():
            new = after[name]
            same = (old.reserved_start_utc, old.reserved_end_utc) == (
                new.reserved_start_utc,
                new.reserved_end_utc,
            )
            if old.state in TERMINAL_STATES and (new.state != old.state or not same):
                faults.append(f"{name} was final and changed")
            if old.state == "reserved" and old.kind == "contact":
                held = old.pinned or old.reserved_start_utc < frozen
                coming = old.reserved_end_utc > self.clock.now_utc
                if held and coming and (not same or new.state == "cancelled"):
                    faults.append(f"{name} was pinned or frozen and changed")
            if not same and not self._was_moved_tonight(name):
                faults.append(f"{name} moved and nobody moved it")
        return faults

    def _was_moved_tonight(self, name: str) -> bool:
        return any(
            event.verb in ("move", "extend") and event.at_utc == self.clock.now_utc
            for event in self.application.store.reservations.events(name)
        )

    def _judge_drift(self, before: Mapping[str, Reservation], drifted: set[str]) -> list[str]:
        """Look at every booked contact second by second, with the newest set and the mask alone."""
        faults = []
        satellites = {each.id: each for each in self.application.configuration.satellites}
        station = next(s for s in self.application.configuration.stations if s.id == "kaznu")
        coming = [
            item
            for item in before.values()
            if item.contact is not None
            and item.state in BOOKED_STATES
            and item.reserved_end_utc > self.clock.now_utc
        ]
        wanted = {item.contact.satellite_id for item in coming}  # type: ignore[union-attr]
        choice = self.application.elements.choose(
            [satellites[name] for name in sorted(wanted)], self.clock.now_utc
        )
        newest = {tracked.satellite_id: tracked.elements for tracked in choice.objects}
        for item in coming:
            contact = item.contact
            assert contact is not None
            unix_s = np.arange(contact.start_unix_s, contact.end_unix_s + 0.5)
            ephemeris = Sgp4Ephemeris(newest[contact.satellite_id])
            r_km, v_km_s, _ = ephemeris.position_velocity(unix_s)
            look = look_angles(r_km, v_km_s, station, unix_s)
            limit_deg = np.maximum(
                _mask(station.horizon_mask, look.azimuth_deg),
                station.antennas[0].tracking_floor_deg,
            )
            uncovered_s = _longest_loss_s(look.elevation_deg >= limit_deg)
            self.month.judged += 1
            is_drifted = item.reservation_id in drifted
            if uncovered_s > 30.0 + JUDGE_SLACK_S and not is_drifted:
                faults.append(
                    f"{item.reservation_id} misses {uncovered_s:.0f} s, not called drifted"
                )
            if uncovered_s < 30.0 - JUDGE_SLACK_S and is_drifted:
                reasons = self._why_drifted(item.reservation_id)
                if reasons == ["window_moved"]:
                    faults.append(
                        f"{item.reservation_id} misses {uncovered_s:.0f} s, called drifted"
                    )
        return faults

    def _why_drifted(self, name: str) -> list[str]:
        events = [e for e in self.application.store.reservations.events(name) if e.verb == "assess"]
        return list(events[-1].detail["reasons"]) if events else []

    def _move_one(self, before: Mapping[str, Reservation]) -> None:
        """The planted bug: a refresh that writes the new AOS into the booking."""
        name = next(n for n, item in before.items() if item.state == "reserved")
        with self.application.store._engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE reservation SET reserved_start_utc ="
                    " strftime('%Y-%m-%d %H:%M:%f000', reserved_start_utc, '+20 seconds')"
                    " WHERE reservation_id = :name"
                ),
                {"name": name},
            )

    def _shift_elements(self, before: Mapping[str, Reservation]) -> None:
        """Bring a set that runs 90 s late, for a satellite that is booked."""
        from dataclasses import replace

        satellites = {each.id: each for each in self.application.configuration.satellites}
        booked = next(i.contact for i in before.values() if i.contact and i.state == "reserved")
        (tracked,) = self.application.elements.choose(
            [satellites[booked.satellite_id]], self.clock.now_utc
        ).objects
        late = replace(
            tracked.elements,
            epoch_utc=tracked.elements.epoch_utc + timedelta(seconds=90),
            received_utc=self.clock.now_utc,
        )
        self.application.store.element_sets.add([late])


def _mask(mask: Any, azimuth_deg: Any) -> Any:
    if mask is None:
        return np.full_like(azimuth_deg, -90.0)
    azimuths = np.array([*mask.azimuth_deg, mask.azimuth_deg[0] + 360.0])
    elevations = np.array([*mask.elevation_deg, mask.elevation_deg[0]])
    turned = np.where(azimuth_deg < azimuths[0], azimuth_deg + 360.0, azimuth_deg)
    return np.interp(turned, azimuths, elevations)


def _longest_loss_s(usable: Any) -> float:
    """Return how much of the worse end is lost when the longest usable run is taken."""
    if not usable.any():
        return float(len(usable))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], usable.astype(int), [0]))))
    starts, ends = edges[::2], edges[1::2]
    best = int(np.argmax(ends - starts))
    return float(max(starts[best], len(usable) - ends[best]))


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--history", type=Path, required=True)
    words.add_argument("--nights", type=int, default=31)
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        for plant, meaning in (("moved", "a window moved by itself"), ("blind", "a blind watch")):
            found = Replay(given.history, Path(name), seed=given.seed, plant=plant).run(2)
            print(f"planted {meaning}: {len(found.faults)} faults, e.g. {found.faults[:1]}")
            if not found.faults:
                print("FAILED: THE HARNESS IS BLIND")
                return 1
        month = Replay(given.history, Path(name), seed=given.seed).run(given.nights)
    print(f"{given.nights} nights in {time.monotonic() - began:.0f} s")
    for title, count in month.totals.items():
        print(f"  {count:>6} {title}")
    for cause, count in month.causes.most_common():
        print(f"  {count:>6} changes because of {cause}")
    print(f"  {month.judged:>6} contacts judged second by second")
    print(f"  {len(month.faults):>6} faults")
    for fault in month.faults[:20]:
        print(f"  FAULT {fault}")
    print("FAILED" if month.faults else "proven")
    return int(bool(month.faults))


if __name__ == "__main__":
    sys.exit(main())
