"""Space-Track's GP class, off unless an account is given; its sets are for own use only.

Fewer than 30 requests a minute and 300 an hour per account, GP at most hourly, not at the full or
half hour when everybody asks. An attempt here is up to two requests (login and query), so the
rates are half of that. Its agreement limits redistribution: do not publish the raw sets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from tle.errors import SourceError
from tle.sources.base import Answer, Politeness, Query
from tle.sources.transport import HttpAnswer, Transport

BASE_URL = "https://www.space-track.org"
_NUMBERS = re.compile(r"[1-9][0-9]{0,8}(?:,[1-9][0-9]{0,8}){0,499}", re.ASCII)
POLITENESS = Politeness(
    interval_s=3_600.0,
    rates=((1, 3_600.0), (12, 60.0), (120, 3_600.0)),
    quiet_minutes=(0, 30),
)


@dataclass(frozen=True, slots=True)
class SpaceTrackSource:
    """Queries of the kind ``numbers``: up to 500 catalogue numbers, separated by commas."""

    identity: str = field(repr=False)
    password: str = field(repr=False)
    transport: Transport = field(default_factory=Transport)
    base_url: str = BASE_URL
    name: str = "space-track"
    politeness: Politeness = POLITENESS

    def check(self, query: Query) -> None:
        """Raise ValueError for anything but a list of catalogue numbers."""
        if query.kind != "numbers" or not _NUMBERS.fullmatch(query.value):
            raise ValueError(f"query: {query.key[:60]!r} is not numbers=N,N,...")

    def fetch(self, query: Query) -> Answer:
        """Log in and ask once; the cookie is used for this query and forgotten."""
        self.check(query)
        try:
            login = self.transport.post(
                f"{self.base_url}/ajaxauth/login",
                {"identity": self.identity, "password": self.password},
            )
            cookie = _read_cookie(login)
            if login.status != 200 or b'"Failed"' in login.body[:200] or not cookie:
                return Answer("refused", f"HTTP {login.status}: the login failed")
            answer = self.transport.get(
                f"{self.base_url}/basicspacedata/query/class/gp/NORAD_CAT_ID/{query.value}"
                "/decay_date/null-val/epoch/%3Enow-10/format/json",
                headers={"Cookie": cookie},
            )
        except SourceError as error:
            return Answer("failed", str(error))
        if answer.status != 200:
            return Answer("refused", f"HTTP {answer.status}", http_status=answer.status)
        if answer.body.strip() == b"[]":
            return Answer("no_data", "no element set of the last 10 days", http_status=200)
        return Answer("data", "", answer.body, 200)


def _read_cookie(login: HttpAnswer) -> str:
    """Turn the Set-Cookie of the login into a Cookie header, without its attributes."""
    try:
        cookies = SimpleCookie(login.headers.get("set-cookie", ""))
    except CookieError:
        return ""
    return "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
