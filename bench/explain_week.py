"""Explain a stored week as an operator would read it, and check every claim by other means.

    python bench/explain_week.py --database-url sqlite:///aspan.sqlite3 --plan newest --losers 10

For random losers: the price (found by a bonus on the loser) is found again by pinning the loser
and solving, the winners named are shown to clash and their absence to make room, and the plan with
the loser must pass the audit. With --limits the limiting resource's worth is found again with the
antenna added to the problem from its configuration's side.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.store import open_store
from scheduler.audit import audit, revalue
from scheduler.explanations.explain import find_rivals
from scheduler.explanations.limiting_resource import measure_worth, rank_scarcity
from scheduler.explanations.pass_explanation import explain_plan, list_choices, price_pass
from scheduler.explanations.sentences import write_sentences
from scheduler.problem.json_form import read_problem
from scheduler.problem.model import Choice, Pin
from scheduler.solvers import solve
from scheduler.solvers.worker import warm_up

CLOSE = 1e-4


def main() -> int:
    """Print the explanations and whether each claim held; 0 when all did."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--plan", default="newest")
    parser.add_argument("--losers", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=120.0)
    parser.add_argument("--limits", action="store_true")
    arguments = parser.parse_args()
    store = open_store(arguments.database_url)
    page, _ = store.plans.list(limit=1)
    plan_id = page[0].plan_id if arguments.plan == "newest" else arguments.plan
    plan, problem = store.plans.read(plan_id), read_problem(store.plans.read_problem(plan_id))
    store.close()
    warm_up()
    explained = explain_plan(plan, problem)
    print(explained.conservation)
    beaten = [item for item in explained.passes if item.reason == "beaten_by"]
    chosen = random.Random(arguments.seed).sample(beaten, min(arguments.losers, len(beaten)))
    wrong = 0
    for item in sorted(chosen, key=lambda item: item.aos_unix_s):
        wrong += not check_loser(item, plan, problem, arguments.time_limit)
    print(f"\n{len(chosen)} losers, {wrong} with a claim that did not hold")
    if arguments.limits:
        wrong += not check_worth(plan, problem, arguments.time_limit)
    return 1 if wrong else 0


def check_loser(item, plan, problem, limit_s: float) -> bool:  # type: ignore[no-untyped-def]
    """Print one explanation and check its claims."""
    choices = list_choices(plan)
    started_s = time.monotonic()
    told = price_pass(item, plan, problem, lambda asked: solve(asked, time_limit_s=limit_s))
    answered_s = time.monotonic() - started_s
    print(f"\n{item.satellite_id}  {item.candidate_id}  (answered in {answered_s:.1f} s)")
    for sentence in write_sentences(told, problem, names={}, unit=plan.objective_unit):
        print(f"  {sentence}")
    opportunity = problem.opportunity_by_id[item.candidate_id]
    place = Choice(
        opportunity.id, opportunity.antenna_sets[0], opportunity.start_s, opportunity.end_s
    )
    named = {winner.contact_id.rpartition("@")[0] for winner in told.winners}
    standing = {other.opportunity_id for other in find_rivals(problem, choices, place)}
    without = [choice for choice in choices if choice.opportunity_id not in named]
    fits = not audit(problem, [*without, place])
    forced = next(c for c in told.price.choices if c.opportunity_id == opportunity.id)
    audited = not audit(problem, told.price.choices)
    pinned = solve(replace(problem, pins=(*problem.pins, Pin(forced))), time_limit_s=limit_s)
    by_pin = revalue(problem, choices) - revalue(problem, pinned.choices)
    same = abs(by_pin - told.price.loss) < CLOSE or (
        pinned.status != "optimal" and by_pin > told.price.loss
    )
    print(
        f"  check: winners clash {standing == named}, fits without them {fits}, audit accepts the "
        f"plan with it {audited}, loss with it pinned {by_pin:.4f} ({pinned.status}) "
        f"against {told.price.loss:.4f}: {'holds' if same else 'WRONG'}"
    )
    return standing == named and fits and audited and same


def check_worth(plan, problem, limit_s: float) -> bool:  # type: ignore[no-untyped-def]
    """Print what limits the plan; find its worth again with another solver seed and an audit."""
    choices = list_choices(plan)
    ranked = [item for item in rank_scarcity(problem) if item.kind == "antenna_hours"]
    for item in ranked[:3]:
        print(f"LP prices: {item.place} {item.hours_utc} UTC: {item.rent:.1f}")
    told = measure_worth(
        problem, choices, ranked[0], lambda asked: solve(asked, time_limit_s=limit_s)
    )
    kept = []

    def keep(asked):  # type: ignore[no-untyped-def]
        kept.append(asked)
        return solve(asked, time_limit_s=limit_s, seed=7)

    again = measure_worth(problem, choices, ranked[0], keep)
    faults = audit(kept[0], again.choices)
    gain = revalue(kept[0], again.choices) - revalue(problem, choices)
    last = measure_worth(problem, choices, ranked[-1], keep)
    print(
        f"{told.added:g} {told.unit} more: {told.gain:.2f}, {told.gain_bytes / 1e9:.1f} GB "
        f"({told.gain / told.added:.2f} an hour, proven {told.is_proven}); again with another "
        f"seed {gain:.2f}, audit faults {len(faults)}; the hours with the lowest price gain "
        f"{last.gain:.2f}"
    )
    return abs(gain - told.gain) < CLOSE * max(1.0, told.gain) and not faults


if __name__ == "__main__":
    sys.exit(main())
