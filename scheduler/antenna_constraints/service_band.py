"""Whether an antenna can receive a service at all: radio data, band, polarisation."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.satellites import Service
from scheduler.stations import Antenna


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a service is never planned on an antenna: a stable tag and a sentence with figures."""

    tag: str
    detail: str


def check_service(antenna: Antenna, service: Service | None) -> Refusal | None:
    """Return why the antenna cannot receive the service; None when it can, or nobody knows.

    The whole occupied bandwidth must lie inside one receive band. An unknown centre frequency or
    polarisation is an assumption, not a reason to refuse; without any service there are no radio
    data.
    """
    if service is None:
        return Refusal("no_radio_data", "no downlink of the satellite is configured")
    return _check_band(antenna, service) or _check_polarisation(antenna, service)


def occupied_band_hz(service: Service) -> tuple[float, float] | None:
    """Return the lowest and highest frequency of a service; None when its centre is unknown.

    Without a bandwidth the symbol rate stands for it (its main lobe at half power); without
    either the band is the centre alone.
    """
    if service.centre_hz is None:
        return None
    half_hz = 0.5 * (service.bandwidth_hz or service.symbol_rate_hz or 0.0)
    return service.centre_hz - half_hz, service.centre_hz + half_hz


def _check_band(antenna: Antenna, service: Service) -> Refusal | None:
    band = occupied_band_hz(service)
    if band is None:
        return None
    if any(low <= band[0] and band[1] <= high for low, high in antenna.receive_bands_hz):
        return None
    bands = ", ".join(_write_band(*item) for item in antenna.receive_bands_hz)
    return Refusal(
        "out_of_band", f"{service.id} occupies {_write_band(*band)}; {antenna.id} receives {bands}"
    )


def _check_polarisation(antenna: Antenna, service: Service) -> Refusal | None:
    wanted = service.polarisation
    if wanted is None or "dual" in antenna.polarisations:
        return None
    offered = set(antenna.polarisations)
    # A service on two polarisations at once needs a pair of them.
    pairs = ({"RHCP", "LHCP"}, {"H", "V"})
    fits = any(pair <= offered for pair in pairs) if wanted == "dual" else wanted in offered
    if fits:
        return None
    return Refusal(
        "polarisation_mismatch",
        f"{service.id} is {wanted}; {antenna.id} receives {', '.join(antenna.polarisations)}",
    )


def _write_band(low_hz: float, high_hz: float) -> str:
    return f"{low_hz / 1e6:g} to {high_hz / 1e6:g} MHz"
