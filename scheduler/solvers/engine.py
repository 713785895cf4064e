"""The one door to the linear engine: HiGHS inside OR-tools MathOpt, loaded when first used.

MathOpt's HiGHS has no call-backs, no interrupter and no duals from a MIP, and may overrun its
limit in presolve: callers work in stages, and the worker's hard stop is the real limit.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from scheduler.solvers.linear_model import LinearModel
from tle.timebase import FloatArray

EngineStatus = Literal["optimal", "feasible", "infeasible", "no_answer"]


@dataclass(frozen=True)
class EngineResult:
    """What the engine answers; ``bound`` is valid whatever the status, inf when there is none."""

    status: EngineStatus
    value: float
    bound: float
    columns: FloatArray
    row_prices: FloatArray | None = None
    reduced_costs: FloatArray | None = None


def load_engine() -> None:
    """Load the engine now, so that the first model need not wait for it."""
    from ortools.math_opt.python import mathopt  # noqa: F401, PLC0415


def solve_linear(
    model: LinearModel,
    *,
    relaxed: bool,
    limit_s: float,
    seed: int,
    relative_gap: float = 0.0,
    hint: FloatArray | None = None,
) -> EngineResult:
    """Maximise a model, or its LP relaxation; prices and reduced costs only for the latter.

    Signs as in a maximisation: a binding "<=" row has a price >= 0, a column at its lower bound
    a reduced cost <= 0.
    """
    from ortools.math_opt.python import mathopt  # noqa: PLC0415  (seconds to load)

    proto, columns, rows = _build_proto(model, relaxed)
    engine_model = mathopt.Model.from_model_proto(proto)
    parameters = mathopt.SolveParameters(
        time_limit=dt.timedelta(seconds=max(0.05, limit_s)),
        random_seed=seed % 2**31,
        relative_gap_tolerance=None if relaxed else relative_gap,
        absolute_gap_tolerance=None if relaxed else 1e-7,
    )
    hints = None
    if hint is not None:
        hints = mathopt.ModelSolveParameters(
            solution_hints=[
                mathopt.SolutionHint(
                    variable_values={
                        variable: float(hint[variable.id]) for variable in engine_model.variables()
                    }
                )
            ]
        )
    try:
        result = mathopt.solve(
            engine_model, mathopt.SolverType.HIGHS, params=parameters, model_params=hints
        )
    except (RuntimeError, ValueError) as error:
        raise RuntimeError(f"the linear engine refused the model: {error}") from error
    return _read_result(mathopt, result, model, columns, rows)


def _build_proto(model: LinearModel, relaxed: bool) -> tuple[Any, int, int]:
    from ortools.math_opt import model_pb2  # noqa: PLC0415

    proto = model_pb2.ModelProto()
    count = model.n_columns
    proto.variables.ids.extend(range(count))
    proto.variables.lower_bounds.extend(np.concatenate(model.lower))
    proto.variables.upper_bounds.extend(np.concatenate(model.upper))
    integer = np.concatenate(model.integer)
    proto.variables.integers.extend(([False] * count) if relaxed else integer.tolist())
    objective = np.concatenate(model.objective)
    used = np.flatnonzero(objective)
    proto.objective.maximize = True
    proto.objective.offset = model.offset
    proto.objective.linear_coefficients.ids.extend(used.tolist())
    proto.objective.linear_coefficients.values.extend(objective[used].tolist())
    proto.linear_constraints.ids.extend(range(model.n_rows))
    proto.linear_constraints.lower_bounds.extend(model.row_lower)
    proto.linear_constraints.upper_bounds.extend(model.row_upper)
    if model.entry_rows:
        rows = np.concatenate(model.entry_rows)
        columns = np.concatenate(model.entry_columns)
        values = np.concatenate(model.entry_values)
        order = np.lexsort((columns, rows))
        proto.linear_constraint_matrix.row_ids.extend(rows[order].tolist())
        proto.linear_constraint_matrix.column_ids.extend(columns[order].tolist())
        proto.linear_constraint_matrix.coefficients.extend(values[order].tolist())
    return proto, count, model.n_rows


def _read_result(
    mathopt: Any, result: Any, model: LinearModel, n_columns: int, n_rows: int
) -> EngineResult:
    reason = result.termination.reason
    reasons = mathopt.TerminationReason
    bound = float(result.termination.objective_bounds.dual_bound)
    if reason in (reasons.INFEASIBLE, reasons.INFEASIBLE_OR_UNBOUNDED):
        return EngineResult("infeasible", -np.inf, -np.inf, np.zeros(0))
    if not np.isfinite(bound):
        bound = np.inf
    if not result.solutions or result.solutions[0].primal_solution is None:
        return EngineResult("no_answer", -np.inf, bound, np.zeros(0))
    solution = result.solutions[0]
    primal = solution.primal_solution
    if primal.feasibility_status != mathopt.SolutionStatus.FEASIBLE:
        return EngineResult("no_answer", -np.inf, bound, np.zeros(0))
    columns = np.zeros(n_columns)
    for variable, value in primal.variable_values.items():
        columns[variable.id] = value
    prices = reduced = None
    if solution.dual_solution is not None:
        prices, reduced = np.zeros(n_rows), np.zeros(n_columns)
        for row, value in solution.dual_solution.dual_values.items():
            prices[row.id] = value
        for variable, value in solution.dual_solution.reduced_costs.items():
            reduced[variable.id] = value
    return EngineResult(
        status="optimal" if reason == reasons.OPTIMAL else "feasible",
        value=float(primal.objective_value),
        bound=bound,
        columns=columns,
        row_prices=prices,
        reduced_costs=reduced,
    )
