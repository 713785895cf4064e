"""The wire models of usage and of settlement sheets."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.api.schemas import UtcText, Wire


class UsageRow(Wire):
    """One owner's account of one period; with a satellite id, that satellite's part of it."""

    station_id: str
    start_utc: UtcText
    end_utc: UtcText
    owner: str = Field(description="Empty: parties without a share.")
    satellite_id: str
    promised_s: float
    planned_s: float
    given_away_s: float
    borrowed_s: float
    executed_s: float
    lost_s: float


class Usage(Wire):
    rows: list[UsageRow]


class Settlement(Wire):
    """A month's sheet; ``settled_utc`` is null while its figures may change."""

    station_id: str
    station_name: str
    month: str
    available_s: float
    unowned_s: float
    owners: list[dict[str, Any]]
    loans: list[dict[str, Any]]
    digest: str = Field(description="SHA-256 of the figures.")
    settled_utc: UtcText | None
    settled_by: str
