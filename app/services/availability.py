"""Passes that can still be booked, each with an opaque token that reserves exactly it."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import hmac
import json
import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.clock import Clock
from app.errors import InputError
from app.services.prediction import PredictionTask, predict
from app.store.reservation_rows import Reservation
from app.worker_process import OnProgress
from scheduler.plan import Contact
from tle.timebase import from_unix_s, to_unix_s

TOKEN_LIFE = timedelta(minutes=30)
RECENT_LIFE = timedelta(minutes=1)
_SIGNATURE_CHARACTERS = 43


@dataclass(frozen=True, slots=True)
class Offer:
    """A contact that is free now; the token books it until it expires."""

    contact: Contact
    token: str
    expires_utc: datetime


class RecentContacts:
    """Possible contacts, kept for a minute, computed once however many ask at the same time.

    When many fight for one pass, all of the losers ask for the same alternatives.
    """

    def __init__(self, clock: Clock, *, life: timedelta = RECENT_LIFE) -> None:
        self._clock = clock
        self._life = life
        self._lock = threading.Lock()
        self._kept: dict[Hashable, _Kept] = {}

    def find(
        self, key: Hashable, compute: Callable[[], tuple[Contact, ...]]
    ) -> tuple[Contact, ...]:
        """Return what was computed for a key a moment ago, else compute it now."""
        now_utc = self._clock()
        with self._lock:
            for old in [name for name, kept in self._kept.items() if kept.ends_utc <= now_utc]:
                del self._kept[old]
            kept = self._kept.setdefault(key, _Kept(now_utc + self._life))
        with kept.lock:
            if kept.contacts is None:
                kept.contacts = compute()
            return kept.contacts


class _Kept:
    """One answer, or the lock of whoever computes it."""

    def __init__(self, ends_utc: datetime) -> None:
        self.ends_utc = ends_utc
        self.lock = threading.Lock()
        self.contacts: tuple[Contact, ...] | None = None


def compute_available(task: PredictionTask, on_progress: OnProgress) -> tuple[Contact, ...]:
    """Find every contact that the stations could take, whole windows, earliest first.

    Booked time is not looked at here.
    """
    from scheduler.plan_assembly import build_contact  # noqa: PLC0415 (heavy)
    from scheduler.planning import build_problem  # noqa: PLC0415 (heavy)
    from scheduler.problem.candidates import StationPasses, build_candidates  # noqa: PLC0415
    from scheduler.problem.model import Choice  # noqa: PLC0415

    parts = predict(task, on_progress)
    found = build_candidates(
        [StationPasses(each.station, each.table, each.windows) for each in parts],
        task.choice.satellites,
        parts[0].grade_by_origin,
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
    contacts: Sequence[Contact],
    taken: Sequence[Reservation],
    now_utc: datetime,
    *,
    clash: Callable[[Contact, Contact], bool],
) -> tuple[Contact, ...]:
    """Leave out what has begun and what meets, or cannot follow, what its antenna does then."""
    now_unix_s = to_unix_s(now_utc)
    rows: dict[tuple[str, str], list[Reservation]] = defaultdict(list)
    for item in sorted(taken, key=lambda each: each.reserved_start_utc):
        rows[item.station_id, item.antenna_id].append(item)
    starts = {
        place: [to_unix_s(item.reserved_start_utc) for item in row] for place, row in rows.items()
    }

    def is_free(contact: Contact) -> bool:
        """Reservations of an antenna never overlap: only neighbours can meet."""
        place = (contact.station_id, contact.antenna_id)
        row = rows.get(place, [])
        after = bisect_left(starts.get(place, []), contact.reserved_end_unix_s)
        before = bisect_left(starts.get(place, []), contact.reserved_start_unix_s)
        return not any(
            _stands_in_the_way(item, contact, clash) for item in row[max(0, before - 1) : after + 1]
        )

    return tuple(
        each for each in contacts if each.reserved_start_unix_s > now_unix_s and is_free(each)
    )


def _stands_in_the_way(
    item: Reservation, contact: Contact, clash: Callable[[Contact, Contact], bool]
) -> bool:
    meets = to_unix_s(
        item.reserved_start_utc
    ) < contact.reserved_end_unix_s and contact.reserved_start_unix_s < to_unix_s(
        item.reserved_end_utc
    )
    return meets or (item.contact is not None and clash(item.contact, contact))


def find_nearest(offers: Sequence[Offer], wanted: Contact) -> Offer | None:
    """Return the offer of the same satellite that is nearest in time."""
    same = [each for each in offers if each.contact.satellite_id == wanted.satellite_id]
    return min(
        same, key=lambda each: abs(each.contact.start_unix_s - wanted.start_unix_s), default=None
    )


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
