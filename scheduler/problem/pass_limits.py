"""One contact at a time of a pass: no second one in a window that was open beside the first.

Antennas that differ, and the wraps of one, give a pass several opportunities. Where they may be
trimmed, two of them can lie one after the other; a goal of so many contacts would then be met by
cutting one contact into pieces.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from scheduler.problem.model import Opportunity, Request


def limit_passes(opportunities: Sequence[Opportunity]) -> Iterator[Request]:
    """Ask for at most one contact of the windows of a pass that are open at one instant (eq 8).

    Where none of them may be trimmed eq 7 says so already.
    """
    by_pass: dict[str, list[Opportunity]] = defaultdict(list)
    for item in opportunities:
        if item.pass_id:
            by_pass[item.pass_id].append(item)
    for pass_id, windows in by_pass.items():
        for number, members in enumerate(_list_cliques(windows)):
            if any(item.trim != "none" for item in members):
                names = tuple(item.id for item in members)
                yield Request(id=f"{pass_id}.one.{number}", members=names, max_contacts=1)


def _list_cliques(windows: Sequence[Opportunity]) -> Iterator[list[Opportunity]]:
    """List the largest sets, of two or more, of windows that are open at one instant."""
    opened: list[Opportunity] = []
    has_grown = False
    for item in sorted(windows, key=lambda each: (each.start_s, each.id)):
        left = [other for other in opened if other.end_s > item.start_s]
        if has_grown and len(left) < len(opened) and len(opened) > 1:
            yield opened
            has_grown = False
        opened, has_grown = [*left, item], True
    if len(opened) > 1:
        yield opened
