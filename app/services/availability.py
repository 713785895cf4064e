"""Passes that can still be booked, each with an opaque token that reserves exactly it."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import InputError
from app.services.prediction import PredictionTask, predict
from app.store.reservation_rows import Reservation
from app.worker_process import OnProgress
from scheduler.plan import Contact
from tle.timebase import from_unix_s, to_unix_s

TOKEN_LIFE = timedelta(minutes=30)
_SIGNATURE_CHARACTERS = 43


@dataclass(frozen=True, slots=True)
class Offer:
    """A contact that is free now; the token books it until it expires."""

    contact: Contact
    token: str
    expires_utc: datetime


def compute_available(task: PredictionTask, on_progress: OnProgress) -> tuple[Contact, ...]:
    """Find every contact that the stations could take, whole windows, earliest first.

    Booked time is not looked at here.
    """
    from scheduler.plan_assembly import build_contact  # noqa: PLC0415 (heavy)
    from scheduler.planning import build_problem  # noqa: PLC0415 (heavy)
    from scheduler.problem.candidates import StationPasses, build_candidates  # noqa: PLC0415
    from scheduler.problem.model import Choice  # noqa: PLC0415

    parts = predict(task, on_progress)
    grades = {
        tracked.satellite_id: grade
        for tracked, grade in zip(task.choice.objects, parts[0].grades, strict=True)
    }
    found = build_candidates(
        [StationPasses(each.station, each.table, each.windows) for each in parts],
        task.choice.satellites,
        grades,
    )
    problem, _ = build_problem(found, task.choice.satellites, task.span)
    contacts = [
        build_contact(
            problem,
            candidate,
            Choice(
                candidate.opportunity.id,
                candidate.opportunity.antenna_sets[0],
                candidate.opportunity.start_s,
                candidate.opportunity.end_s,
            ),
        )
        for candidate in found.candidates
    ]
    return tuple(sorted(contacts, key=lambda each: (each.start_unix_s, each.contact_id)))


def keep_free(
    contacts: Sequence[Contact], taken: Sequence[Reservation], now_utc: datetime
) -> tuple[Contact, ...]:
    """Leave out what has begun and what meets a reservation on the same antenna."""
    now_unix_s = to_unix_s(now_utc)
    busy = [
        (
            item.station_id,
            item.antenna_id,
            to_unix_s(item.reserved_start_utc),
            to_unix_s(item.reserved_end_utc),
        )
        for item in taken
    ]
    return tuple(
        each
        for each in contacts
        if each.reserved_start_unix_s > now_unix_s
        and not any(
            station_id == each.station_id
            and antenna_id == each.antenna_id
            and start < each.reserved_end_unix_s
            and each.reserved_start_unix_s < end
            for station_id, antenna_id, start, end in busy
        )
    )


def find_nearest(contacts: Sequence[Contact], wanted: Contact) -> Contact | None:
    """Return the free contact of the same satellite that is nearest in time."""
    same = [each for each in contacts if each.satellite_id == wanted.satellite_id]
    return min(same, key=lambda each: abs(each.start_unix_s - wanted.start_unix_s), default=None)


def make_offer(contact: Contact, secret: str, now_utc: datetime) -> Offer:
    """Sign a contact: the token holds all that was offered, so booking recomputes nothing."""
    expires_utc = min(now_utc + TOKEN_LIFE, from_unix_s(contact.reserved_start_unix_s))
    body = json.dumps(
        {"contact": dataclasses.asdict(contact), "expires": to_unix_s(expires_utc)},
        separators=(",", ":"),
    )
    text = base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")
    return Offer(contact, text + _sign(text, secret), expires_utc)


def read_token(token: str, secret: str, now_utc: datetime) -> Contact:
    """Return the contact that a token offers; InputError when it is not ours or too old."""
    text, signature = token[:-_SIGNATURE_CHARACTERS], token[-_SIGNATURE_CHARACTERS:]
    if not text or not hmac.compare_digest(signature.encode(), _sign(text, secret).encode()):
        raise InputError("token", "this is no token of this service; list available passes again")
    try:
        body = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as error:  # signed by us, so never seen
        raise InputError("token", "the token cannot be read") from error
    if body["expires"] < to_unix_s(now_utc):
        raise InputError("token", "the token has expired; list available passes again")
    return Contact(**body["contact"])


def _sign(text: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
