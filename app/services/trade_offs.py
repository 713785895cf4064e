"""How much stability costs: the trade-off curve of a re-plan, from the query to its points."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import Any

from app.errors import InputError
from app.services.planning import PlanTask
from app.services.prediction import predict
from app.worker_process import OnProgress

LEAST_SOLVE_S = 1.0


def compute_trade_off(
    task: PlanTask, on_progress: OnProgress, *, points: int = 9
) -> list[dict[str, Any]]:
    """Trace value against changed contacts of a re-plan; the points share the time limit."""
    from scheduler.comparison.trade_off import trace_trade_off  # noqa: PLC0415
    from scheduler.planning import build_problem  # noqa: PLC0415 (heavy)
    from scheduler.problem.candidates import StationPasses, build_candidates  # noqa: PLC0415
    from scheduler.solvers import solve  # noqa: PLC0415

    if task.demands.previous is None:
        raise InputError("previous", "name the plan that the new one replaces")
    end_s = time.monotonic() + task.time_limit_s
    parts = predict(task.prediction, lambda done, text: on_progress(0.1 * done, text))
    found = build_candidates(
        [StationPasses(each.station, each.table, each.windows) for each in parts],
        task.satellites,
        parts[0].grade_by_origin,
    )
    problem, _ = build_problem(
        found,
        task.satellites,
        task.prediction.span,
        stations=[each.station for each in parts],
        demands=replace(
            task.demands.with_standing_goals(task.satellites),
            change_price=1.0,  # any: the curve asks for its own
        ),
        now_s=task.prediction.now_utc.timestamp(),
    )
    traced = trace_trade_off(
        problem,
        lambda asked: solve(
            asked,
            solver=task.solver,
            seed=task.seed,
            time_limit_s=max(LEAST_SOLVE_S, (end_s - time.monotonic()) / 2),
        ),
        points=points,
        tell=lambda done, text: on_progress(0.1 + 0.9 * min(done, 1.0), text),
    )
    best = max(point.value for point in traced)
    return [
        {name: value for name, value in asdict(point).items() if name != "choices"}
        | {"contacts": len(point.choices), "loss": best - point.value}
        for point in traced
    ]
