"""A prediction from a file of the caller's alone: the database stays closed."""

from __future__ import annotations

from pathlib import Path

from app.clock import check_time_zones, read_system_clock
from app.commands.terminal import note
from app.services.brought import read_file
from app.services.prediction import PassQuery, PredictionService, PredictionTask
from app.settings import Configuration, Settings, load_configuration


def prepare_from_file(
    settings: Settings, query: PassQuery, path: Path, *, default_days: float = 1.0
) -> tuple[Configuration, PredictionTask]:
    """Resolve a query with the elements of a file; what is refused of it is said."""
    check_time_zones()
    now_utc = read_system_clock()
    configuration = load_configuration(settings)
    found = read_file(path, now_utc)
    for refusal in found.refused:
        note(f"{path}: refused: {refusal}")
    service = PredictionService(
        configuration,
        None,
        lambda: now_utc,
        limit_days=settings.span_limit_days,
        workers=settings.effective_search_workers,
        cluster=settings.cluster,
    )
    task = service.prepare(query, default_days=default_days, brought=found.content)
    return configuration, task
