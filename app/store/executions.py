"""What really happened: execution records of contacts, lockouts of antennas, who drives one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from app.store.audit import add_audit_entry
from app.store.reservation_guard import change_state
from app.store.reservation_rows import (
    Act,
    find_antenna_key,
    read_reservation,
    read_row,
    record_event,
    select_reservations,
)
from app.store.schema_executions import antenna_drive, execution
from app.store.schema_reservations import antenna, reservation
from app.store.session import lock_name, log_on_commit, reading
from scheduler.contact_states import ContactState
from scheduler.execution import ContactResult, DataOutcome
from tle.timebase import to_unix_s


@dataclass(frozen=True, slots=True)
class Execution:
    """What was reported of one contact. None: nobody said."""

    reservation_id: str
    element_set_id: str | None = None
    actual_start_utc: datetime | None = None
    actual_stop_utc: datetime | None = None
    actual_aos_utc: datetime | None = None
    predicted_aos_utc: datetime | None = None
    timing_bound95_s: float | None = None
    received_bytes: int | None = None
    received_frames: int | None = None
    lost_frames: int | None = None
    quality: float | None = None
    data_outcome: DataOutcome = "unknown"
    cause: str = ""
    note: str = ""
    tracking: Mapping[str, Any] | None = None
    version: int = 0
    reported_utc: datetime | None = None
    reported_by: str = ""

    @property
    def timing_error_s(self) -> float | None:
        """Actual minus predicted AOS."""
        if self.actual_aos_utc is None or self.predicted_aos_utc is None:
            return None
        return (self.actual_aos_utc - self.predicted_aos_utc).total_seconds()


@dataclass(frozen=True, slots=True)
class Step:
    """One change of state that belongs to a report."""

    target: ContactState
    verb: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What to keep of one contact: fields of its record, and the states it goes through."""

    reservation_id: str
    values: Mapping[str, Any]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class DriveState:
    """Whether an antenna may be driven, and who drives it."""

    station_id: str
    antenna_id: str
    locked_utc: datetime | None = None
    locked_by: str = ""
    locked_why: str = ""
    driver: str = ""
    driven_until_utc: datetime | None = None


_FIELDS = tuple(each.name for each in fields(Execution))


class ExecutionStore:
    """Keep and read execution records; lock antennas; give the drive of one to one process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(
        self, entries: Sequence[Entry], *, who: str, why: str, now_utc: datetime
    ) -> tuple[Execution, ...]:
        """Keep all entries, with the state changes that belong to them, or none."""
        with self._engine.begin() as connection:
            return tuple(
                _keep_one(connection, each, who, why, now_utc)
                for each in sorted(entries, key=lambda each: each.reservation_id)
            )

    def read(self, reservation_id: str) -> Execution | None:
        with reading(self._engine) as connection:
            return _find(connection, reservation_id)

    def read_many(self, reservation_ids: Sequence[str]) -> dict[str, Execution]:
        """Return the records of contacts that have one, by contact id."""
        found: dict[str, Execution] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(reservation_ids), 500):
                some = reservation_ids[start : start + 500]
                rows = connection.execute(
                    select(execution).where(execution.c.reservation_id.in_(some))
                )
                found |= {row.reservation_id: _read(row) for row in rows}
        return found

    def outcomes(
        self,
        start_utc: datetime | None = None,
        end_utc: datetime | None = None,
        *,
        station_ids: Sequence[str] = (),
        only_reported: bool = False,
    ) -> tuple[ContactResult, ...]:
        """Return every contact that starts in [start, end) beside what was reported of it.

        ``only_reported`` leaves out those of which nothing was.
        """
        chosen = (
            select_reservations()
            .add_columns(*(execution.c[name].label(f"x_{name}") for name in _FIELDS))
            .join(
                execution,
                execution.c.reservation_id == reservation.c.reservation_id,
                isouter=not only_reported,
            )
            .where(reservation.c.kind == "contact")
        )
        if start_utc is not None:
            chosen = chosen.where(
                reservation.c.reserved_start_utc >= start_utc,
                reservation.c.reserved_end_utc > start_utc,  # says no more, and has an index
            )
        if end_utc is not None:
            chosen = chosen.where(reservation.c.reserved_start_utc < end_utc)
        if station_ids:
            chosen = chosen.where(antenna.c.station_id.in_(station_ids))
        with reading(self._engine) as connection:
            return tuple(
                _result(row)
                for row in connection.execute(chosen.order_by(reservation.c.reserved_start_utc))
            )

    def read_drive(self, station_id: str, antenna_id: str) -> DriveState:
        """Say whether an antenna is locked and who drives it."""
        with reading(self._engine) as connection:
            return _read_drive(connection, station_id, antenna_id)

    def list_lockouts(self) -> tuple[DriveState, ...]:
        with reading(self._engine) as connection:
            rows = connection.execute(
                _select_drives().where(antenna_drive.c.locked_utc.is_not(None))
            )
            return tuple(_state_of(row) for row in rows)

    def lock_out(
        self, station_id: str, antenna_id: str, *, who: str, why: str, now_utc: datetime
    ) -> DriveState:
        """Lock an antenna: whoever drives it stops, and nobody starts."""
        values = {"locked_utc": now_utc, "locked_by": who, "locked_why": why}
        act = Act(who, why, now_utc)
        return self._write_lockout(station_id, antenna_id, values, "lockout.start", act)

    def release(
        self, station_id: str, antenna_id: str, *, who: str, why: str, now_utc: datetime
    ) -> DriveState:
        """End a lockout."""
        values = {"locked_utc": None, "locked_by": "", "locked_why": ""}
        act = Act(who, why, now_utc)
        return self._write_lockout(station_id, antenna_id, values, "lockout.end", act)

    def claim_drive(
        self, station_id: str, antenna_id: str, driver: str, *, now_utc: datetime, lease_s: float
    ) -> DriveState:
        """Take or renew the drive of an antenna for a while, unless it is locked or another's.

        Returns the state afterwards; the drive is had when its ``driver`` is ours and it is not
        locked.
        """
        with self._engine.begin() as connection:
            lock_name(connection, f"antenna {station_id} {antenna_id}")
            state = _read_drive(connection, station_id, antenna_id)
            is_other = (
                state.driver not in ("", driver)
                and state.driven_until_utc is not None
                and now_utc < state.driven_until_utc
            )
            if is_other or state.locked_utc is not None:
                return state
            until = now_utc + timedelta(seconds=lease_s)
            _write_drive(
                connection, station_id, antenna_id, {"driver": driver, "driven_until_utc": until}
            )
            return replace(state, driver=driver, driven_until_utc=until)

    def leave_drive(self, station_id: str, antenna_id: str, driver: str) -> None:
        """Give the drive back, if it is still ours."""
        with self._engine.begin() as connection:
            lock_name(connection, f"antenna {station_id} {antenna_id}")
            if _read_drive(connection, station_id, antenna_id).driver == driver:
                _write_drive(
                    connection, station_id, antenna_id, {"driver": "", "driven_until_utc": None}
                )

    def _write_lockout(
        self, station_id: str, antenna_id: str, values: Mapping[str, Any], action: str, act: Act
    ) -> DriveState:
        place = {"station_id": station_id, "antenna_id": antenna_id}
        with self._engine.begin() as connection:
            lock_name(connection, f"antenna {station_id} {antenna_id}")
            _write_drive(connection, station_id, antenna_id, values)
            subject = f"{station_id}/{antenna_id}"
            detail = place | {"why": act.why}
            add_audit_entry(connection, act.now_utc, act.who, action, subject, detail)
            log_on_commit(connection, "lockout changed", action=action, who=act.who, **detail)
            return _read_drive(connection, station_id, antenna_id)


def _keep_one(
    connection: Connection, entry: Entry, who: str, why: str, now_utc: datetime
) -> Execution:
    found = read_reservation(connection, entry.reservation_id, lock=True)
    for step in entry.steps:
        change_state(
            connection,
            entry.reservation_id,
            step.target,
            step.verb,
            who,
            step.why or why,
            now_utc,
            {},
        )
    before = _find(connection, entry.reservation_id)
    after = replace(
        before or Execution(entry.reservation_id),
        **entry.values,
        version=(before.version if before else 0) + 1,
        reported_utc=now_utc,
        reported_by=who,
    )
    row = {name: getattr(after, name) for name in _FIELDS}
    row["tracking"] = None if after.tracking is None else dict(after.tracking)
    if before is None:
        connection.execute(insert(execution).values(**row))
    else:
        connection.execute(
            update(execution)
            .where(execution.c.reservation_id == entry.reservation_id)
            .values(**row)
        )
    state = entry.steps[-1].target if entry.steps else found.state
    detail = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in entry.values.items()
        if name != "tracking"
    }
    record_event(
        connection, entry.reservation_id, now_utc, who, "report", state, state, why, detail
    )
    return after


def _find(connection: Connection, reservation_id: str) -> Execution | None:
    row = connection.execute(
        select(execution).where(execution.c.reservation_id == reservation_id)
    ).one_or_none()
    return None if row is None else _read(row)


def _read(row: Any) -> Execution:
    return Execution(**{name: getattr(row, name) for name in _FIELDS})


def _result(row: Any) -> ContactResult:
    item = read_row(row)
    told = Execution(
        **{name: getattr(row, f"x_{name}") for name in _FIELDS}
        | {"data_outcome": row.x_data_outcome or "unknown", "cause": row.x_cause or ""}
    )
    contact = item.contact
    if contact is None:
        raise ValueError(f"{item.reservation_id} is a blocked span")
    return ContactResult(
        contact_id=item.reservation_id,
        satellite_id=contact.satellite_id,
        owner=item.owner,
        station_id=item.station_id,
        antenna_id=item.antenna_id,
        state=item.state,  # type: ignore[arg-type]
        reserved_start_unix_s=to_unix_s(item.reserved_start_utc),
        start_unix_s=contact.start_unix_s,
        end_unix_s=contact.end_unix_s,
        reserved_end_unix_s=to_unix_s(item.reserved_end_utc),
        expected_bytes=contact.expected_bytes,
        actual_start_unix_s=_unix_s(told.actual_start_utc),
        actual_stop_unix_s=_unix_s(told.actual_stop_utc),
        received_bytes=told.received_bytes,
        data_outcome=told.data_outcome,
        cause=told.cause,
        timing_error_s=told.timing_error_s,
        timing_bound95_s=told.timing_bound95_s,
    )


def _unix_s(instant: datetime | None) -> float | None:
    return None if instant is None else to_unix_s(instant)


def _select_drives() -> Any:
    return select(antenna_drive, antenna.c.station_id, antenna.c.antenna_id).join(antenna)


def _read_drive(connection: Connection, station_id: str, antenna_id: str) -> DriveState:
    row = connection.execute(
        _select_drives().where(
            antenna.c.station_id == station_id, antenna.c.antenna_id == antenna_id
        )
    ).one_or_none()
    return DriveState(station_id, antenna_id) if row is None else _state_of(row)


def _state_of(row: Any) -> DriveState:
    return DriveState(**{each.name: getattr(row, each.name) for each in fields(DriveState)})


def _write_drive(
    connection: Connection, station_id: str, antenna_id: str, values: Mapping[str, Any]
) -> None:
    key = find_antenna_key(connection, station_id, antenna_id)
    known = connection.execute(
        update(antenna_drive).where(antenna_drive.c.antenna_key == key).values(**values)
    )
    if known.rowcount == 0:
        empty = {"locked_by": "", "locked_why": "", "driver": ""}
        connection.execute(insert(antenna_drive).values(**empty | dict(values), antenna_key=key))
