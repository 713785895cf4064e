"""Somebody who asks a service for everything it is for, page by page and route by route."""

from __future__ import annotations

import http.client
import time

from bench.loaded_service import CLIENTS, Client

RATE_HZ = 5.0  # of all visitors together
WARM_UP_RATE_HZ = 15.0
STREAMS = 3  # that one visitor holds open
HELD = 10  # bookings and blocked spans of one visitor
SATELLITES = ("kazeosat-1", "kazeosat-2", "kazstsat", "terra", "gokturk-1", "spot-6")
PAGES = ("/", "/plan", "/station", "/satellites", "/elements", "/elements/terra", "/webhooks")
READS = (
    "/healthz",
    "/readyz",
    "/metrics",
    "/v1/contacts?limit=50",
    "/v1/plans?limit=5",
    "/v1/plans/{plan}/contacts",
    "/v1/plans/{plan}/export?format=csv",
    "/v1/contacts/export?format=icalendar",
    "/v1/events?limit=50",
    "/v1/audit?limit=50",
    "/v1/sources",
    "/v1/satellites",
    "/v1/stations/kaznu/sky",
    "/v1/satellites/{satellite}/ground-track",
    "/v1/satellites/{satellite}/element-sets",
)


class Visitor(Client):
    """Somebody who does everything that the service is for."""

    def __init__(self, address: tuple[str, int], seed: int, warm_up_s: float) -> None:
        super().__init__(address, [], seed, persistent=True, every_s=CLIENTS / WARM_UP_RATE_HZ)
        self._warm_s = time.monotonic() + warm_up_s
        self.streams_opened = 0
        self._offers: list[str] = []
        self._plan_id = ""
        self._streams: list[http.client.HTTPConnection] = []

    def _act(self) -> None:
        if time.monotonic() > self._warm_s:
            self._every_s = CLIENTS / RATE_HZ
        (act,) = self._chance.choices(
            (
                *(self._read, self._look, self._search, self._seek, self._book, self._block),
                *(self._cancel, self._follow, self._plan),
            ),
            (36, 24, 15, 6, 4, 2, 6, 6, 1),
        )
        act()

    def _read(self) -> None:
        if not self._plan_id:
            _, page = self._ask("GET", "/v1/plans?limit=1", None)
            self._plan_id = page["plans"][0]["plan_id"] if page.get("plans") else ""
            return
        satellite, path = self._chance.choice(SATELLITES), self._chance.choice(READS)
        self._fetch("GET", path.format(plan=self._plan_id, satellite=satellite))

    def _look(self) -> None:
        language = self._chance.choice(("kk", "ru", "en", "zh"))
        self._fetch("GET", f"{self._chance.choice(PAGES)}?lang={language}")

    def _search(self) -> None:
        satellite, days = self._chance.choice(SATELLITES), self._chance.choice((1, 2, 7))
        self._fetch("GET", f"/v1/passes?satellite={satellite}&days={days}")

    def _seek(self) -> None:
        satellite = self._chance.choice(SATELLITES)
        status, page = self._ask("GET", f"/v1/available-passes?satellite={satellite}&days=5", None)
        if status == 200:
            self._offers = [each["token"] for each in page["available"]]

    def _book(self) -> None:
        if len(self._mine) == HELD:
            self._cancel()
            return
        if not self._offers:
            self._seek()
            return
        token = self._offers.pop(self._chance.randrange(len(self._offers)))
        self._keep(self._ask("POST", "/v1/contacts", {"token": token}), "reserved")

    def _block(self) -> None:
        if len(self._mine) == HELD:
            self._cancel()
            return
        self._keep(self._ask("POST", "/v1/blocks", self._make_block()), "blocked")

    def _cancel(self) -> None:
        if self._mine:
            self._give_back(self._mine.pop(self._chance.randrange(len(self._mine))))

    def _follow(self) -> None:
        """Open an event stream, or close the oldest."""
        if len(self._streams) == STREAMS:
            self._streams.pop(0).close()
            return
        stream = http.client.HTTPConnection(*self._address, timeout=60)
        stream.request("GET", "/v1/events", headers={"Accept": "text/event-stream"})
        answer = stream.getresponse()
        self.promises.statuses[answer.status] += 1
        if answer.status != 200 or not answer.readline().startswith(b"retry"):
            self.promises.faults.append(f"event stream: {answer.status}")
        self.streams_opened += 1
        self._streams.append(stream)

    def _plan(self) -> None:
        order = {"days": 1, "solver": self._chance.choice(("greedy", "ilp"))}
        status, body = self._ask("POST", "/v1/plans", order)
        if status == 202:
            self.promises.jobs.add(body["job_id"])
            self._plan_id = ""
