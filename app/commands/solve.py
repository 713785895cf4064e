"""``aspan solve``: a planning problem in, a proven and audited plan out, without any database."""

from __future__ import annotations

import json
from pathlib import Path

from app.commands.terminal import let_interrupts_end_early, show_progress
from app.errors import InputError
from app.services.brought import read_bytes
from app.services.planning import check_solver
from app.services.problems import SolveTask, solve_problem


def run_solve(
    file: Path, *, solver: str, time_limit_s: float, seed: int, output: Path | None
) -> int:
    """Solve and print value, bound and gap; return 1 unless there is a plan without violations."""
    check_solver(solver, time_limit_s)
    try:
        text = read_bytes(file, "problem").decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError("problem", f"{file}: not UTF-8 text", value=str(file)) from error
    with let_interrupts_end_early(), show_progress() as on_progress:
        solution = solve_problem(SolveTask(text, solver, time_limit_s, seed), on_progress)
    if output is not None:
        output.write_text(json.dumps(solution, allow_nan=False) + "\n", encoding="utf-8")
    value, bound, gap = solution["value"], solution["bound"], solution["gap"]
    print(
        f"{solution['status']}: value {_show(value)} {solution['value_unit']}, "
        f"bound {_show(bound)}, gap {'-' if gap is None else f'{gap:.4%}'}, "
        f"{len(solution['contacts'])} contacts, {solution['elapsed_s']:.1f} s"
    )
    for sentence in (solution["message"], *solution["violations"]):
        if sentence:
            print(sentence)
    if output is None:
        for contact in solution["contacts"]:
            print(
                f"{contact['opportunity_id']}  {'+'.join(contact['antennas'])}  "
                f"{contact['start_s']:.3f}  {contact['end_s']:.3f}"
            )
    return 0 if value is not None and not solution["violations"] else 1


def _show(value: float | None) -> str:
    return "-" if value is None else f"{value:.6f}"
