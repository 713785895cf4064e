"""Find the passes that imported contacts mean; runs here or in a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.exports.json_plan import write_instant
from app.services.prediction import PredictionTask, predict
from app.worker_process import OnProgress
from scheduler.plan import Contact

if TYPE_CHECKING:
    from scheduler.problem.candidates import Candidate
    from scheduler.problem.model import PlanningProblem


@dataclass(frozen=True, slots=True)
class Wanted:
    """A contact as another system names it."""

    line: int
    satellite_id: str
    station_id: str
    antenna_id: str
    start_unix_s: float
    end_unix_s: float


@dataclass(frozen=True, slots=True)
class ImportTask:
    """The contacts to find, in a prediction that covers them."""

    prediction: PredictionTask
    wanted: tuple[Wanted, ...]
    tolerance_s: float


@dataclass(frozen=True, slots=True)
class Matched:
    """The contact that a line means, with our own geometry; or None and the reason."""

    line: int
    contact: Contact | None
    reason: str = ""


def match_contacts(task: ImportTask, on_progress: OnProgress) -> tuple[Matched, ...]:
    """Find each wanted contact in the windows of the newest elements.

    A contact may reach over the edges of its window by the tolerance; it is cut there.
    """
    from scheduler.planning import build_problem  # noqa: PLC0415 (heavy)
    from scheduler.problem.candidates import StationPasses, build_candidates  # noqa: PLC0415

    parts = predict(task.prediction, on_progress)
    found = build_candidates(
        [StationPasses(each.station, each.table, each.windows) for each in parts],
        task.prediction.choice.satellites,
        parts[0].grade_by_origin,
    )
    problem, _ = build_problem(found, task.prediction.choice.satellites, task.prediction.span)
    return tuple(
        _match(problem, found.candidates, wanted, task.tolerance_s) for wanted in task.wanted
    )


def _match(
    problem: PlanningProblem, candidates: Sequence[Candidate], wanted: Wanted, tolerance_s: float
) -> Matched:
    from scheduler.plan_assembly import build_contact  # noqa: PLC0415 (heavy)
    from scheduler.problem.model import Choice  # noqa: PLC0415

    same = [each for each in candidates if _is_of(each, wanted)]
    best = max(same, key=lambda each: _overlap_s(each, wanted), default=None)
    if best is None or _overlap_s(best, wanted) <= 0.0:
        return Matched(wanted.line, None, _explain(same, wanted))
    opportunity = best.opportunity
    start_s = max(wanted.start_unix_s, opportunity.start_s)
    end_s = min(wanted.end_unix_s, opportunity.end_s)
    cut_s = max(start_s - wanted.start_unix_s, wanted.end_unix_s - end_s)
    if cut_s > tolerance_s:
        return Matched(wanted.line, None, _explain([best], wanted))
    antennas = next(
        each for each in opportunity.antenna_sets if _local(each[0]) == wanted.antenna_id
    )
    choice = Choice(opportunity.id, antennas, start_s, end_s)
    return Matched(wanted.line, build_contact(problem, best, choice))


def _is_of(candidate: Candidate, wanted: Wanted) -> bool:
    return (
        candidate.satellite.id == wanted.satellite_id
        and candidate.station_id == wanted.station_id
        and any(_local(each[0]) == wanted.antenna_id for each in candidate.opportunity.antenna_sets)
    )


def _overlap_s(candidate: Candidate, wanted: Wanted) -> float:
    opportunity = candidate.opportunity
    return min(opportunity.end_s, wanted.end_unix_s) - max(opportunity.start_s, wanted.start_unix_s)


def _explain(candidates: Sequence[Candidate], wanted: Wanted) -> str:
    if not candidates:
        return f"{wanted.satellite_id} cannot be received there in these days"
    nearest = min(candidates, key=lambda each: abs(each.opportunity.start_s - wanted.start_unix_s))
    return (
        f"{wanted.satellite_id} cannot be received then; nearest: "
        f"{write_instant(nearest.opportunity.start_s)} to "
        f"{write_instant(nearest.opportunity.end_s)}"
    )


def _local(antenna_name: str) -> str:
    """Return the antenna's id inside its station."""
    return antenna_name.rpartition("/")[2]
