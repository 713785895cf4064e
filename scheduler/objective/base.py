"""The contract of an objective term: members and parameters in, one of three shapes out.

A term says how much a contact is worth by itself (coefficients on the opportunities), or how much
the sum over a group is worth (a concave function), or what the gaps of a group cost. There is no
fourth shape, so every solver reads every term (docs/planning-problem.md, eqs 1 to 4).
"""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.problem.model import GapTerm, GroupTerm, Opportunity


@dataclass(frozen=True, slots=True)
class Terms:
    """What a term contributes: opportunities with changed coefficients, group and gap terms."""

    opportunities: tuple[Opportunity, ...] = ()
    group_terms: tuple[GroupTerm, ...] = ()
    gap_terms: tuple[GapTerm, ...] = ()
