"""Refresh the element sets: which sources are asked what, for the satellites that we serve.

An answer must hold every satellite we serve that the same question held before: an omission is an
alert, and so is a day on which nothing newer came from anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from app.clock import Clock
from app.errors import InputError
from app.settings import Configuration, Settings
from app.store import Store
from tle.refresh import Alert, QueryReport, find_silence, refresh_query
from tle.sources.base import ElementSource, Query
from tle.sources.celestrak import CelestrakSource
from tle.sources.http_url import HttpUrlSource
from tle.sources.local_file import LocalFileSource, list_file_queries
from tle.sources.spacetrack import SpaceTrackSource
from tle.sources.transport import Transport

OnReport = Callable[[QueryReport], None]
_STOPS = ("failed", "refused", "blocked")  # what ends the questions to one source
_NUMBERS_A_QUERY = 500  # Space-Track's


class RefreshService:
    """Bring in newer element sets; what a source may be asked is remembered in the store."""

    def __init__(
        self, settings: Settings, configuration: Configuration, store: Store, clock: Clock
    ) -> None:
        self._settings = settings
        self._configuration = configuration
        self._store = store
        self._clock = clock

    def refresh_files(
        self, paths: Sequence[Path], on_report: OnReport = lambda _: None
    ) -> tuple[QueryReport, ...]:
        """Take the element sets of files, or of every file of a folder."""
        queries: list[Query] = []
        for path in paths:
            if not path.exists():
                raise InputError("path", f"{path}: no such file or folder", value=str(path))
            queries += list_file_queries(path)
        source = LocalFileSource()
        reports = []
        for query in queries:
            reports.append(self._ask(source, query))
            on_report(reports[-1])
        return tuple(reports)

    def refresh_celestrak(
        self,
        *,
        groups: Sequence[str] = (),
        numbers: Sequence[int] = (),
        on_report: OnReport = lambda _: None,
    ) -> tuple[QueryReport, ...]:
        """Ask CelesTrak for groups and catalogue numbers, and stop at its first fault."""
        source = CelestrakSource(self._transport, base_url=self._settings.celestrak_url)
        known = self._store.refresh_memory.read_memory(source.name).queries if groups else {}
        queries = []
        for group in groups:
            query = Query("group", group)
            held = known[query.key].held if query.key in known else frozenset()
            queries.append(Query("group", group, held & self._list_served()))
        served = self._list_served()
        queries += [Query("number", str(n), served & {n}) for n in numbers]
        return self._ask_until_fault(source, queries, on_report)

    def refresh_served(self, on_report: OnReport = lambda _: None) -> tuple[QueryReport, ...]:
        """Ask every configured source for the satellites that are served.

        The folder of dropped files; CelesTrak's configured groups, then by number what those did
        not hold; Space-Track only when an account is set; the configured addresses.
        """
        served = self._list_served()
        reports: list[QueryReport] = []
        if self._settings.element_folder is not None:
            reports += self.refresh_files([self._settings.element_folder], on_report)
        groups = [g.strip() for g in self._settings.celestrak_groups.split(",") if g.strip()]
        reports += self._refresh_groups(groups, served, on_report)
        reports += self._refresh_spacetrack(sorted(served), on_report)
        reports += self._refresh_urls(on_report)
        self.watch_silence()
        return tuple(reports)

    def watch_silence(self) -> Alert | None:
        """Raise the alert that nothing newer has come for a day, or close it; return it."""
        now_utc = self._clock()
        silence = detect_silence(self._store, self._configuration, now_utc)
        self._store.refresh_memory.keep_silence(silence, now_utc=now_utc)
        return silence

    @property
    def _transport(self) -> Transport:
        return Transport(
            allow_private_addresses=self._settings.allow_private_sources,
            proxy=self._settings.source_proxy or None,
        )

    def _list_served(self) -> frozenset[int]:
        return frozenset(
            satellite.norad_cat_id
            for satellite in self._configuration.satellites
            if satellite.served and satellite.norad_cat_id is not None
        )

    def _refresh_groups(
        self, groups: Sequence[str], served: frozenset[int], on_report: OnReport
    ) -> list[QueryReport]:
        reports = list(self.refresh_celestrak(groups=groups, on_report=on_report))
        if not any(report.status in _STOPS for report in reports):
            rest = self._find_rest(served, reports)
            reports += self.refresh_celestrak(numbers=rest, on_report=on_report)
        return reports

    def _find_rest(self, served: frozenset[int], reports: Sequence[QueryReport]) -> list[int]:
        """List the numbers that no group answered for.

        While a group was not asked (its interval runs) only satellites without any elements count.
        """
        held = {
            judged.elements.norad_cat_id
            for report in reports
            if report.outcome is not None
            for judged in report.outcome.judged
        }
        if not all(report.status == "data" for report in reports):
            held |= set(self._store.refresh_memory.read_recent(served))
        return sorted(number for number in served if number not in held)

    def _refresh_spacetrack(
        self, numbers: Sequence[int], on_report: OnReport
    ) -> tuple[QueryReport, ...]:
        identity = self._settings.spacetrack_identity
        password = self._settings.spacetrack_password
        if identity is None or password is None or not numbers:
            return ()
        source = SpaceTrackSource(
            identity.get_secret_value(), password.get_secret_value(), self._transport
        )
        queries = [
            Query(
                "numbers",
                ",".join(str(number) for number in numbers[start : start + _NUMBERS_A_QUERY]),
                frozenset(numbers[start : start + _NUMBERS_A_QUERY]),
            )
            for start in range(0, len(numbers), _NUMBERS_A_QUERY)
        ]
        return self._ask_until_fault(source, queries, on_report)

    def _refresh_urls(self, on_report: OnReport) -> tuple[QueryReport, ...]:
        urls = self._settings.element_addresses
        if not urls:
            return ()
        hosts = self._settings.element_hosts.split(",")
        try:
            allowed = frozenset(host.strip() for host in hosts if host.strip())
            source = HttpUrlSource(urls, allowed, self._transport)
        except ValueError as error:
            raise InputError("element_urls", str(error)) from error
        queries = [Query("url", name) for name in urls]
        return self._ask_until_fault(source, queries, on_report)

    def _ask_until_fault(
        self, source: ElementSource, queries: Sequence[Query], on_report: OnReport
    ) -> tuple[QueryReport, ...]:
        reports = []
        for query in queries:
            report = self._ask(source, query)
            reports.append(report)
            on_report(report)
            if report.status in _STOPS:
                break
        return tuple(reports)

    def _ask(self, source: ElementSource, query: Query) -> QueryReport:
        try:
            return refresh_query(source, query, self._store.refresh_memory, self._clock)
        except ValueError as error:
            reason = str(error).removeprefix("query: ")
            raise InputError(query.kind, reason, value=query.value) from error


def detect_silence(store: Store, configuration: Configuration, now_utc: datetime) -> Alert | None:
    """Say that no served satellite has had a newer set for a day; None when one has."""
    numbers = [s.norad_cat_id for s in configuration.satellites if s.served and s.norad_cat_id]
    newest_utc = store.element_sets.newest_arrival(numbers)
    return find_silence([] if newest_utc is None else [newest_utc], now_utc)
