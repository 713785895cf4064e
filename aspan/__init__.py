"""Aspan for notebooks: passes as a table in three lines, a plan in five, plots in one each.

    import aspan
    found = aspan.find_passes("kaznu", start="2026-09-06T12:00:00Z", days=2)
    found.to_pandas()

    plan = aspan.make_plan(found)
    plan.to_pandas()
    aspan.plot.timeline(plan)

Without ``elements`` the bundled element sets of September 2026 serve. docs/recipes.md has more.
"""

from aspan import plot
from aspan.launches import Matches, SearchPlan, identify_object, search_after_launch
from aspan.link import LinkBudgets, link_budget, pass_volumes
from aspan.passes import Passes, find_passes
from aspan.plans import Plan, make_plan
from aspan.studies import StudyTable, run_study
from scheduler.study.link import LinkDesign
from tle.drag import Drag
from tle.launch import Launch, Separation, build_hypotheses, diagonal_covariance
from tle.nominal import (
    InclinedOrbit,
    InjectionState,
    NominalOrbit,
    RepeatGroundTrack,
    SunSynchronous,
    make_nominal,
)

__all__ = [
    "Drag",
    "InclinedOrbit",
    "InjectionState",
    "Launch",
    "LinkBudgets",
    "LinkDesign",
    "Matches",
    "NominalOrbit",
    "Passes",
    "Plan",
    "RepeatGroundTrack",
    "SearchPlan",
    "Separation",
    "StudyTable",
    "SunSynchronous",
    "build_hypotheses",
    "diagonal_covariance",
    "find_passes",
    "identify_object",
    "link_budget",
    "make_nominal",
    "make_plan",
    "pass_volumes",
    "plot",
    "run_study",
    "search_after_launch",
]
