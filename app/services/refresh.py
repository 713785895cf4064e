"""Refresh the element sets: which sources are asked what, for the satellites that we serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from app.clock import Clock
from app.errors import InputError
from app.settings import Configuration, Settings
from app.store import Store
from scheduler.satellites import Satellite
from tle.refresh import QueryReport, refresh_query
from tle.sources.base import ElementSource, Query
from tle.sources.celestrak import CelestrakSource
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
        source = CelestrakSource(
            Transport(allow_private_addresses=self._settings.allow_private_sources),
            base_url=self._settings.celestrak_url,
        )
        queries = [Query("group", group) for group in groups]
        queries += [Query("number", str(number), frozenset({number})) for number in numbers]
        return self._ask_until_fault(source, queries, on_report)

    def refresh_served(self, on_report: OnReport = lambda _: None) -> tuple[QueryReport, ...]:
        """Ask every configured source for the satellites that are served.

        CelesTrak: its configured groups, then by number what those did not hold. Space-Track only
        when an account is set.
        """
        served = {
            satellite.norad_cat_id: satellite
            for satellite in self._configuration.satellites
            if satellite.served and satellite.norad_cat_id is not None
        }
        groups = [g.strip() for g in self._settings.celestrak_groups.split(",") if g.strip()]
        reports = list(self.refresh_celestrak(groups=groups, on_report=on_report))
        if not any(report.status in _STOPS for report in reports):
            rest = self._find_rest(served, reports)
            reports += self.refresh_celestrak(numbers=rest, on_report=on_report)
        reports += self._refresh_spacetrack(sorted(served), on_report)
        return tuple(reports)

    def _find_rest(self, served: dict[int, Satellite], reports: Sequence[QueryReport]) -> list[int]:
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
        source = SpaceTrackSource(identity.get_secret_value(), password.get_secret_value())
        queries = [
            Query(
                "numbers",
                ",".join(str(number) for number in numbers[start : start + _NUMBERS_A_QUERY]),
                frozenset(numbers[start : start + _NUMBERS_A_QUERY]),
            )
            for start in range(0, len(numbers), _NUMBERS_A_QUERY)
        ]
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
            raise InputError("query", str(error), value=query.key) from error
