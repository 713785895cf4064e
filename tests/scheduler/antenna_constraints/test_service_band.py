"""Services that an antenna can never receive."""

from __future__ import annotations

import pytest

from scheduler.antenna_constraints.service_band import check_service, occupied_band_hz
from scheduler.satellites import Service
from scheduler.stations import Antenna

X_BAND = Antenna("x", "dish", receive_bands_hz=((8.025e9, 8.400e9),), polarisations=("RHCP",))


def service(centre_mhz=None, bandwidth_mhz=None, symbol_mhz=None, polarisation=None) -> Service:
    scale = [
        None if item is None else item * 1e6 for item in (centre_mhz, bandwidth_mhz, symbol_mhz)
    ]
    return Service(
        "db",
        "DB",
        centre_hz=scale[0],
        bandwidth_hz=scale[1],
        symbol_rate_hz=scale[2],
        polarisation=polarisation,
    )


@pytest.mark.parametrize(
    ("offered", "tag"),
    [
        (service(8212.5, 26.0, polarisation="RHCP"), None),  # Terra
        (service(7812.0, 30.0), "out_of_band"),  # NOAA-20 HRD
        (service(8040.0, 60.0), "out_of_band"),  # its lower edge is at 8010 MHz
        (service(8390.0, None, 25.0), "out_of_band"),  # the symbol rate stands for the bandwidth
        (service(8390.0), None),  # nothing but the centre is known
        (service(), None),  # unknown: an assumption, not a reason
        (service(8200.5, 375.0 * 0.9, polarisation="LHCP"), "polarisation_mismatch"),
        (service(8200.0, 10.0, polarisation="dual"), "polarisation_mismatch"),
        (None, "no_radio_data"),
    ],
)
def test_what_cannot_be_received_is_refused_with_its_tag(offered, tag):
    # Bite: testing the centre alone lets the third and fourth through.
    refusal = check_service(X_BAND, offered)

    assert (refusal.tag if refusal else None) == tag


def test_the_refusal_says_what_and_why():
    refusal = check_service(X_BAND, service(7812.0, 30.0))

    assert refusal.detail == "db occupies 7797 to 7827 MHz; x receives 8025 to 8400 MHz"


def test_two_polarisations_take_a_pair_of_them():
    both = Antenna("x", "dish", polarisations=("RHCP", "LHCP"))

    assert check_service(both, service(8200.0, polarisation="dual")) is None
    assert check_service(both, service(8200.0, polarisation="V")).tag == "polarisation_mismatch"


def test_the_occupied_band_is_centred():
    assert occupied_band_hz(service(8200.0, 100.0)) == (8.15e9, 8.25e9)
    assert occupied_band_hz(service()) is None
