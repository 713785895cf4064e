"""A span of a trimmed plan planned anew beside its frozen rest: what an aide is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.problem.model import Choice
from scheduler.solvers.base import Deadline
from scheduler.solvers.blocks import BlockIndex, list_free, make_block
from scheduler.solvers.draft import Draft, start_draft
from scheduler.solvers.instant_prices import PriceRecord
from scheduler.solvers.price_search import PriceSearch
from scheduler.solvers.trim_blocks import TrimBlock
from scheduler.solvers.trimming import build_swept, refine_trims

SEAM_S = 1800.0  # of the plan behind a span may fall: the next one plans there
MARGIN_S = 7200.0  # of prices known beyond a span
SWEEP_SHARE = 0.4  # of a span's time is kept for sweeps


@dataclass(frozen=True)
class SpanTask:
    """A span, the contacts of the plan that stand so far, and what instants cost there."""

    start_s: float
    end_s: float
    kept: tuple[Choice, ...]
    prices: PriceRecord
    hopeful: frozenset[str]
    rounds: int
    limit_s: float
    seed: int


@dataclass(frozen=True)
class Span:
    """A span of a plan; contacts of the seam behind it may fall."""

    start_s: float
    end_s: float
    free: frozenset[str]
    seam: frozenset[str]

    def make_task(
        self,
        draft: Draft,
        prices: PriceSearch,
        hopeful: frozenset[str],
        rounds: int,
        limit_s: float,
        seed: int,
    ) -> SpanTask:
        """Describe the work on the plan as it is now."""
        return SpanTask(
            self.start_s,
            self.end_s,
            tuple(choice for name, choice in draft.taken.items() if name not in self.seam),
            prices.lanes.record_prices(
                prices.prices, self.start_s - MARGIN_S, self.end_s + MARGIN_S
            ),
            hopeful & self.free,
            rounds,
            limit_s,
            seed,
        )

    def put_into(self, draft: Draft, new: Sequence[Choice]) -> None:
        """Take the new contacts if that is no loss."""
        if not new:
            return
        names = self.free | self.seam
        old = [choice for name, choice in draft.taken.items() if name in names]
        before = draft.value
        for choice in old:
            draft.remove(choice)
        own = [choice for choice in new if choice.opportunity_id in self.free]
        added = []
        for choice in [*own, *(choice for choice in old if choice.opportunity_id in self.seam)]:
            if not draft.clashes(choice) and not draft.exceeds_limits(choice):
                draft.add(choice)
                added.append(choice)
        if draft.value < before:
            for choice in added:
                draft.remove(choice)
            for choice in old:
                draft.add(choice)
            draft.value = before


def make_span(index: BlockIndex, start_s: float, end_s: float, seam_s: float) -> Span:
    """Look up what a span and its seam hold."""
    return Span(
        start_s,
        end_s,
        frozenset(item.id for item in list_free(index, start_s, end_s)),
        frozenset(item.id for item in list_free(index, end_s, end_s + seam_s)),
    )


def sweep_plan(index: BlockIndex, limit_s: float) -> tuple[Choice, ...]:
    """Return the plan of sweeps from the pins alone."""
    return build_swept(index.problem, Deadline(limit_s)).list_choices()


def solve_span(index: BlockIndex, task: SpanTask) -> tuple[Choice, ...]:
    """Return the span's new contacts, swept to the second; none when the time did not suffice."""
    limit = Deadline(task.limit_s)
    kept = {choice.opportunity_id: choice for choice in task.kept}
    block = make_block(index, kept, task.start_s, task.end_s)
    if block is None:
        return ()
    free = {item.id for item in list_free(index, task.start_s, task.end_s)}
    present = [choice for name, choice in kept.items() if name in free]
    combining = Deadline((1.0 - SWEEP_SHARE) * limit.remaining_s)
    new = TrimBlock(block, task.prices, task.hopeful).solve(
        present, task.rounds, combining, task.seed
    )
    if not new:
        return ()
    draft = start_draft(block, new)
    refine_trims(draft, limit)
    return draft.list_choices()
