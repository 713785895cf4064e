"""The commands about stored plans and problems that people bring."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import (
    DatabaseUrl,
    Days,
    ElementsFile,
    End,
    MinElevation,
    NoMask,
    SatelliteNames,
    SatellitesFile,
    Start,
    StationNames,
    StationsFile,
)

MAX_SEED = 2**31 - 1  # what the engines take


class PlanFormat(StrEnum):
    """How a plan is written."""

    table = "table"
    json = "json"


Solver = Annotated[str, typer.Option("--solver", help="greedy, ilp or large.")]
TimeLimit = Annotated[
    float, typer.Option("--time-limit", metavar="S", help="Wall time of the whole command.")
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", metavar="N", min=0, max=MAX_SEED, help="Seed of the solver: same seed, same plan."
    ),
]
Requests = Annotated[
    Path | None,
    typer.Option("--requests", metavar="FILE", help="One-off goals: [[request]] tables, TOML."),
]
Pins = Annotated[
    list[str] | None,
    typer.Option("--pin", metavar="ID", help="Pass or contact that must be in the plan."),
]
Forbids = Annotated[
    list[str] | None,
    typer.Option("--forbid", metavar="ID", help="Pass or contact that must not be in it."),
]
Previous = Annotated[
    str | None, typer.Option("--previous", metavar="PLAN_ID", help="Plan that it replaces.")
]
Freeze = Annotated[
    float, typer.Option("--freeze", metavar="S", min=0, help="Hold its contacts that start sooner.")
]
ChangePrice = Annotated[
    float, typer.Option("--change-price", metavar="P", min=0, help="Cost of a change against it.")
]

WhatIf = Annotated[
    bool,
    typer.Option("--what-if", help="Compare with the plan without --pin and --forbid."),
]
Without = Annotated[
    list[str] | None, typer.Option("--without", metavar="ID", help="What if not this satellite?")
]
Including = Annotated[
    list[str] | None, typer.Option("--with", metavar="ID", help="What if this satellite too?")
]
SecondAntenna = Annotated[
    list[str] | None,
    typer.Option(
        "--second-antenna", metavar="STATION/ANTENNA", help="What if this antenna had a twin?"
    ),
]
Outages = Annotated[
    list[str] | None,
    typer.Option(
        "--outage",
        metavar="STATION/ANTENNA=START/END",
        help="What if this antenna were out of service?",
    ),
]
LowerMask = Annotated[
    float,
    typer.Option("--lower-mask", metavar="DEG", min=0, help="What if the mask were lower?"),
]
Priorities = Annotated[
    list[str] | None,
    typer.Option("--priority", metavar="ID=NUMBER", help="What if its priority were this?"),
]
Base = Annotated[
    str | None,
    typer.Option("--base", metavar="PLAN_ID", help="Stored plan that a what-if is compared with."),
]
ScenarioName = Annotated[
    str | None, typer.Option("--scenario", metavar="NAME", help="Keep the what-if as a scenario.")
]
TradeOff = Annotated[
    bool,
    typer.Option("--trade-off", help="Value against changed contacts of --previous, no plan."),
]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE.svg", help="Draw the trade-off curve.")
]

Output = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="Default: standard output.")
]


def plan(
    station: StationNames = None,
    satellite: SatelliteNames = None,
    start: Start = None,
    end: End = None,
    days: Days = None,
    elements: ElementsFile = None,
    min_elevation: MinElevation = None,
    no_mask: NoMask = False,
    solver: Solver = "ilp",
    time_limit: TimeLimit = 60.0,
    seed: Seed = 1,
    requests: Requests = None,
    pin: Pins = None,
    forbid: Forbids = None,
    previous: Previous = None,
    freeze: Freeze = 0.0,
    change_price: ChangePrice = 0.0,
    what_if: WhatIf = False,
    without: Without = None,
    including: Including = None,
    second_antenna: SecondAntenna = None,
    outage: Outages = None,
    lower_mask: LowerMask = 0.0,
    priority: Priorities = None,
    base: Base = None,
    scenario: ScenarioName = None,
    trade_off: TradeOff = False,
    plot: Plot = None,
    format: Annotated[
        PlanFormat, typer.Option("--format", help="How the plan is written.")
    ] = PlanFormat.table,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Plan the contacts of a span (default: 7 days from now) and store the plan.

    With --elements the plan is printed only: the database stays closed.
    With a what-if option it compares instead, and stores nothing unless --scenario names it.
    """
    options = locals()
    from app.commands.plan_options import run_plan_options  # noqa: PLC0415

    run_plan_options(options)


def solve(
    problem: Annotated[Path, typer.Argument(metavar="PROBLEM.json", help="The problem to solve.")],
    solver: Annotated[str, typer.Option("--solver", help="greedy, ilp or large.")] = "ilp",
    time_limit: Annotated[
        float, typer.Option("--time-limit", metavar="S", help="Wall time of the solver.")
    ] = 60.0,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, max=MAX_SEED, help="Seed of the solver.")
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


COMMANDS = (plan, solve, problem, diff)
