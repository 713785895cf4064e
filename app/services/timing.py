"""Learn how well each satellite's pass times can be trusted, from the history of its elements."""

from __future__ import annotations

from app.clock import Clock
from app.settings import Configuration
from app.store import Store
from tle.timing import TimingModel, learn_timing

_SETS_READ = 2_000  # more than half a year of one satellite's sets


class TimingService:
    """Keeps the timing models of the served satellites up to date."""

    def __init__(self, configuration: Configuration, store: Store, clock: Clock) -> None:
        self._configuration = configuration
        self._store = store
        self._clock = clock

    def learn(self) -> int:
        """Learn again for every satellite whose history has grown; return for how many.

        A satellite with one set only is left to the prior of its orbit class.
        """
        now_utc = self._clock()
        origins = self._store.timing_models.read_origins()
        learnt: dict[str, tuple[TimingModel, int, str]] = {}
        for satellite in self._configuration.satellites:
            kept, total = self._store.element_sets.history(
                norad_cat_id=satellite.norad_cat_id,
                satellite_id=satellite.id,
                limit=_SETS_READ,
            )
            sets = [each.elements for each in kept if each.verdict in ("accepted", "flagged")]
            if len(sets) < 2:
                continue
            origin = (total, sets[0].fingerprint)
            if origins.get(satellite.id) == origin:
                continue
            learnt[satellite.id] = (learn_timing(sets, now_utc), *origin)
        self._store.timing_models.keep(learnt, learnt_utc=now_utc)
        return len(learnt)
