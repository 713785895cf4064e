"""Visibility windows: a pass minus what one antenna cannot follow; every cut keeps its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """A span of a pass that one antenna cannot use, and the bound that took it.

    ``reason`` is a stable tag such as ``below_horizon_mask``; ``limit_unit`` names the unit of
    ``limit_value`` (``deg``, ``deg/s``, ``s``; empty when the bound is no number).
    """

    antenna_id: str
    reason: str
    limit_value: float | None
    limit_unit: str
    start_unix_s: float
    end_unix_s: float


@dataclass(frozen=True, slots=True)
class Interruption:
    """A short loss inside a window (keyhole, Sun, mask spike): bytes lost, no new setup."""

    reason: str
    limit_value: float | None
    limit_unit: str
    start_unix_s: float
    end_unix_s: float


@dataclass(frozen=True, slots=True)
class VisibilityWindow:
    """What one antenna can use of one pass: a span with the interruptions inside it."""

    antenna_id: str
    start_unix_s: float
    end_unix_s: float
    interruptions: tuple[Interruption, ...] = ()
