"""The commands about stored plans and problems that people bring."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli_options import DatabaseUrl

Output = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="Default: standard output.")
]


def solve(
    problem: Annotated[Path, typer.Argument(metavar="PROBLEM.json", help="The problem to solve.")],
    solver: Annotated[str, typer.Option("--solver", help="greedy, ilp or large.")] = "ilp",
    time_limit: Annotated[
        float, typer.Option("--time-limit", metavar="S", help="Wall time of the solver.")
    ] = 60.0,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="Seed of the solver.")
    ] = 1,
    output: Output = None,
) -> None:
    """Solve a planning problem of your own: windows in, an audited plan out, no database."""
    from app.commands.solve import run_solve  # noqa: PLC0415

    code = run_solve(problem, solver=solver, time_limit_s=time_limit, seed=seed, output=output)
    raise typer.Exit(code)


def problem(
    plan_id: Annotated[str, typer.Argument(metavar="PLAN_ID", help="A stored plan.")],
    output: Output = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Export the planning problem that a stored plan solves."""
    from app.commands.plans import run_export_problem  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_export_problem(load_settings(database_url=database_url), plan_id, output)


def diff(
    old_plan: Annotated[str, typer.Argument(metavar="PLAN_ID", help="The earlier plan.")],
    new_plan: Annotated[str, typer.Argument(metavar="PLAN_ID", help="The later plan.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Compare two stored plans: contacts kept, moved, added, dropped, and why."""
    from app.commands.plans import run_diff  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_diff(load_settings(database_url=database_url), old_plan, new_plan)


COMMANDS = (solve, problem, diff)
