"""From passes to a plan: reasons, goals, pins, freeze, on two days of nine satellites."""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from scheduler.errors import UnknownNamesError
from scheduler.intervals import Span
from scheduler.plan_demands import PlanDemands
from scheduler.prediction.track import compute_track
from scheduler.satellites import Satellite, Service
from scheduler.stations import Antenna, Downtime, OwnerShare, Station
from tests.scheduler.plan_builders import OPEN, plan_two_days
from tle.starter import load_starter
from tle.timebase import to_unix_s


def test_every_pass_is_a_contact_or_has_a_reason() -> None:
    plan = plan_two_days()

    taken = {contact.pass_id for contact in plan.contacts}
    refused = {item.pass_id for item in plan.not_taken}
    assert plan.status == "optimal"
    assert len(taken) > 10
    assert taken.isdisjoint(refused)
    ids = {contact.contact_id for contact in plan.contacts}
    beaten = [item for item in plan.not_taken if item.reason == "beaten_by"]
    assert all(item.beaten_by and set(item.beaten_by) <= ids for item in beaten)


def test_contact_reserves_setup_and_teardown_and_counts_its_bytes() -> None:
    contact = plan_two_days().contacts[0]

    assert contact.start_unix_s - contact.reserved_start_unix_s == 120.0
    assert contact.reserved_end_unix_s - contact.end_unix_s == 60.0
    assert contact.expected_bytes == 1e6 * (contact.end_unix_s - contact.start_unix_s)
    assert contact.aos_unix_s <= contact.start_unix_s < contact.end_unix_s <= contact.los_unix_s


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"service": None}, "no_radio_data"),
        ({"served": False}, "dead"),
        ({"service": Service("s", "S-band", centre_hz=2.2e9)}, "out_of_band"),
        ({"service": Service("s", "edge", centre_hz=8.03e9, bandwidth_hz=2e7)}, "out_of_band"),
        ({"service": Service("s", "V", polarisation="V")}, "polarisation_mismatch"),
        ({"antenna": Antenna("a1", "A", min_contact_s=5000.0)}, "shorter_than_min_contact"),
        ({"antenna": Antenna("a1", "A", min_culmination_deg=89.9999)}, "below_min_culmination"),
    ],
)
def test_pass_that_cannot_be_received_says_why(settings, reason) -> None:
    plan = plan_two_days(**settings)

    assert plan.contacts == ()
    assert {item.reason for item in plan.not_taken} == {reason}


def test_satellite_without_elements_is_named() -> None:
    lost = Satellite("lost", "Lost", 99_999, services=(OPEN,))

    plan = plan_two_days(more_satellites=[lost])

    assert plan.provenance["unplanned"] == [
        {"satellite_id": "lost", "norad_cat_id": 99_999, "reason": "no_elements", "note": ""}
    ]


def test_unknown_rate_gives_no_bytes_and_no_access_is_tentative() -> None:
    plan = plan_two_days(
        service=Service("x", "X", access="none"), grades={"sat0": "expired", "sat1": "fresh"}
    )

    assert {contact.expected_bytes for contact in plan.contacts} == {None}
    assert all(contact.tentative for contact in plan.contacts)
    assert all(item.provisional == (item.satellite_id == "sat0") for item in plan.contacts)


def test_pin_holds_a_loser_and_forbid_drops_a_winner() -> None:
    free = plan_two_days()
    loser = next(item for item in free.not_taken if item.reason == "beaten_by")
    winner = loser.beaten_by[0]

    pinned = plan_two_days(demands=PlanDemands(pins=(loser.pass_id,)))
    barred = plan_two_days(demands=PlanDemands(forbids=(winner,)))

    assert loser.pass_id in {contact.pass_id for contact in pinned.contacts}
    assert pinned.objective < free.objective
    assert winner not in {contact.contact_id for contact in barred.contacts}


def test_names_that_mean_nothing_are_told_before_anything_is_solved() -> None:
    """Bite: told after the solver's whole time limit, and a pass out of band was no pass at all."""
    told = []
    out_of_band = Service("s", "S-band", centre_hz=2.2e9)
    refused = plan_two_days(service=out_of_band).not_taken[0]

    with pytest.raises(UnknownNamesError) as error:
        plan_two_days(
            service=out_of_band, on_progress=lambda done, text: told.append(done),
            demands=PlanDemands(pins=(refused.pass_id,), forbids=("nobody",)),
        )  # fmt: skip

    assert f"{refused.pass_id}: this pass cannot be planned, out_of_band" in str(error.value)
    assert "nobody: no candidate of this plan has that name" in str(error.value)
    assert max(told) == 0.1


def test_frozen_contacts_keep_their_times_and_nothing_new_joins_them() -> None:
    """Bite: freezing only the pins let a fresh contact start inside the freeze period."""
    old = plan_two_days()
    poor = plan_two_days(
        demands=PlanDemands(forbids=tuple(each.pass_id for each in old.contacts[1:3]))
    )

    plan = plan_two_days(demands=PlanDemands(previous=poor, freeze_s=86_400.0))

    edge_s = plan.start_unix_s + 86_400.0
    early = [(c.contact_id, c.start_unix_s) for c in plan.contacts if c.start_unix_s < edge_s]
    assert early == [
        (c.contact_id, c.start_unix_s) for c in poor.contacts if c.start_unix_s < edge_s
    ]
    assert {item.reason for item in plan.not_taken} >= {"frozen"}


@pytest.mark.parametrize("trim", ["none", "both"])
def test_no_reservation_begins_before_the_plan(trim: str) -> None:
    """A plan that starts inside a pass takes what is left after the setup, or says why not.

    Bite: with the plan's start unknown to the commitments the setup began 120 s before it.
    """
    first = plan_two_days().contacts[0]
    inside_s = first.aos_unix_s - plan_two_days().start_unix_s + 10.0
    service = replace(OPEN, trim=trim)

    plan = plan_two_days(service=service, begins_late_s=inside_s)

    cut = [item.aos_unix_s for item in plan.not_taken if item.reason == "begins_before_plan"]
    assert min(c.reserved_start_unix_s for c in plan.contacts) >= plan.start_unix_s
    assert cut == ([plan.start_unix_s] if trim == "none" else [])
    if trim == "both":
        assert plan.contacts[0].start_unix_s == math.ceil(plan.start_unix_s + 120.0)


def test_contact_reserved_before_the_plan_is_held_by_it() -> None:
    """Bite: refusing what begins too early also threw out the contact that was already booked."""
    old = plan_two_days()
    inside_s = old.contacts[0].start_unix_s - old.start_unix_s + 10.0

    plan = plan_two_days(demands=PlanDemands(previous=old), begins_late_s=inside_s)

    assert plan.contacts[0].start_unix_s == old.contacts[0].start_unix_s
    assert plan.contacts[0].reserved_start_unix_s < plan.start_unix_s


def test_command_lead_holds_what_is_already_commanded() -> None:
    service = Service("x", "X", access="agreement", rate_bps=8e6, command_lead_s=40_000.0)
    old = plan_two_days(service=OPEN)
    weaker = plan_two_days(service=OPEN, demands=PlanDemands(forbids=(old.contacts[0].pass_id,)))

    plan = plan_two_days(service=service, demands=PlanDemands(previous=weaker))

    assert old.contacts[0].pass_id not in {contact.pass_id for contact in plan.contacts}
    assert "commanded" in {item.reason for item in plan.not_taken}


def test_contradictory_pins_give_no_plan_and_all_reasons() -> None:
    free = plan_two_days()
    loser = next(item for item in free.not_taken if item.reason == "beaten_by")
    winners = [c.pass_id for c in free.contacts if c.contact_id in loser.beaten_by]

    plan = plan_two_days(demands=PlanDemands(pins=(loser.pass_id, *winners)))

    assert (plan.status, plan.contacts) == ("infeasible", ())
    assert plan.provenance["solver_message"].count("exclude each other") == len(winners)


def test_contact_with_its_teardown_keeps_clear_of_maintenance() -> None:
    first = plan_two_days().contacts[0]
    station_day = Span(
        plan_start(first) + timedelta(seconds=30), plan_start(first) + timedelta(seconds=40)
    )
    antenna = Antenna("a1", "A", downtimes=(Downtime(station_day.start_utc, station_day.end_utc),))

    plan = plan_two_days(antenna=antenna)

    for contact in plan.contacts:
        assert (
            contact.reserved_end_unix_s <= station_day.start_unix_s
            or contact.reserved_start_unix_s >= station_day.end_unix_s
        )


def plan_start(contact):
    from tle.timebase import from_unix_s

    return from_unix_s(contact.reserved_end_unix_s - 35.0)


def test_hard_share_limits_the_owner() -> None:
    plan = plan_two_days(owners=(OwnerShare("me", "Me", 0.02, period="day", hard=True),))

    reserved_s = sum(c.reserved_end_unix_s - c.reserved_start_unix_s for c in plan.contacts)
    assert 0 < reserved_s <= 0.02 * 2 * 86_400
    assert "owner_share_used" in {item.reason for item in plan.not_taken}


def test_same_input_gives_the_same_plan() -> None:
    assert plan_two_days().plan_id == plan_two_days().plan_id


def test_span_of_plan_is_that_asked_for() -> None:
    plan = plan_two_days()

    assert plan.end_unix_s - plan.start_unix_s == 2 * 86_400.0
    assert plan.start_unix_s == pytest.approx(to_unix_s(max_epoch()), abs=1e-3)


def max_epoch():
    elements = sorted(load_starter(), key=lambda item: item.norad_cat_id)[:9]
    return max(item.epoch_utc for item in elements)


def test_pass_that_is_too_short_says_how_long_the_shortest_contact_is() -> None:
    plan = plan_two_days(antenna=Antenna("a1", "A", min_contact_s=5000.0))

    details = [item.detail for item in plan.not_taken if not item.detail.get("cut_by")]
    assert details
    assert {(item["limit_value"], item["limit_unit"]) for item in details} == {(5000.0, "s")}


def test_a_tilted_mount_is_pointed_and_priced_by_its_own_axes() -> None:
    # Bite: pointings by the compass (azimuth_elevation_deg of the directions) are degrees off.
    tilted = Antenna(
        "a1", "A", setup_s=10.0, azimuth_rate_deg_s=2.0, elevation_rate_deg_s=2.0,
        tilt_deg=20.0, tilt_azimuth_deg=120.0,
    )  # fmt: skip
    station = Station("st", "Station", 43.2, 76.9, 900.0, antennas=(tilted,))
    by_id = {item.element_set_id: item for item in load_starter()}

    contacts = plan_two_days(antenna=tilted).contacts

    assert len(contacts) > 5
    for each in contacts:
        ends = np.array([each.start_unix_s, each.end_unix_s])
        track = compute_track(by_id[each.element_set_id], station, ends, refract=False)
        # Angles between samples 20 s apart are interpolated: within 1 deg of the track.
        elevation_deg = (each.start_elevation_deg, each.end_elevation_deg)
        assert elevation_deg == pytest.approx(track.mount_elevation_deg, abs=1.0)
        azimuth_deg = np.array([each.start_mount_azimuth_deg, each.end_mount_azimuth_deg])
        off_deg = (azimuth_deg - track.mount_azimuth_deg + 180.0) % 360.0 - 180.0
        assert off_deg == pytest.approx([0.0, 0.0], abs=1.0)
        compass_deg = (each.start_azimuth_deg, each.end_azimuth_deg)
        assert compass_deg == pytest.approx(track.azimuth_deg, abs=1.0)
