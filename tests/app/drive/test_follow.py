"""A contact driven in a clock that moves only when somebody waits: exact, and in no time."""

import numpy as np
import pytest

from app.drive.follow import DriveStoppedError, Follower
from app.drive.pointing import limits_of, make_path, separation_deg
from scheduler.prediction.track import compute_track, sample_instants
from tests.app.drive.passes import find_pass, make_antenna
from tests.app.drive.rotators import SimulatedRotator, SteppedClock

BEAM_LIMIT_DEG = 0.17
RATE_HZ = 5.0


@pytest.fixture(scope="module")
def path():
    antenna = make_antenna()
    found, tracked, station = find_pass(antenna, 40.0)
    instants = sample_instants(found.aos_unix_s, found.los_unix_s, 0.25)
    return make_path(
        compute_track(tracked.elements, station, instants, antenna=antenna), limits_of(antenna)
    )


def start_drive(path, *, before_s=120.0, veto=lambda: "", **rotator):
    clock = SteppedClock(path.unix_s[0] - before_s)
    simulated = SimulatedRotator(clock, **rotator)
    heard = []
    follower = Follower(
        simulated,
        limits_of(make_antenna()),
        clock,
        rate_hz=RATE_HZ,
        beam_limit_deg=BEAM_LIMIT_DEG,
        report_alive=lambda: heard.append(clock.now_unix_s()),
        find_veto=veto,
    )
    return follower, simulated, clock, heard


def drive(follower, path):
    start, end = float(path.unix_s[0]), float(path.unix_s[-1])
    follower.go_to(path.command_at(start), until_unix_s=start, and_wait=True)
    return follower.follow(path, start_unix_s=start, end_unix_s=end)


def test_the_antenna_is_there_at_the_start_and_follows_within_half_a_step(path):
    # Bite: commands for the present instant instead of half a step ahead double the error.
    follower, rotator, _clock, _ = start_drive(path)

    record = drive(follower, path)
    on_sky = separation_deg(
        path.azimuth_deg[1:], path.elevation_deg[1:], path.azimuth_deg[:-1], path.elevation_deg[:-1]
    )
    fastest_deg_s = on_sky.max() / 0.25

    assert record.max_error_deg <= 0.55 * fastest_deg_s / RATE_HZ + 1e-3
    assert record.on_target_s == pytest.approx(path.unix_s[-1] - path.unix_s[0], abs=1.0)
    assert record.interruptions == ()
    assert len(rotator.commands) > 3_000


def test_no_command_is_beyond_the_limits_or_faster_than_the_rates(path):
    # Bite: sending the start of the path at once jumps by the whole way from stow.
    follower, rotator, clock, _ = start_drive(path, at=(-200.0, 2.0))

    drive(follower, path)
    follower.go_to((0.0, 90.0), until_unix_s=clock.now_unix_s() + 300.0)
    sent = np.array(rotator.commands)
    inside = sent[sent[:, 2] >= 5.0]
    seconds = np.maximum(np.diff(sent[:, 0]), 1.0 / RATE_HZ)

    assert np.all(np.abs(sent[:, 1]) <= 270.0)
    assert np.all(np.diff(sent[: len(sent) - len(inside), 2]) >= 0.0)  # from 2 deg up to the floor
    assert np.all(inside[:, 2] <= 90.0)
    assert np.max(np.abs(np.diff(sent[:, 1])) / seconds) <= 10.0 + 1e-6
    assert np.max(np.abs(np.diff(sent[:, 2])) / seconds) <= 5.0 + 1e-6


def test_a_late_start_goes_straight_to_the_satellite_and_says_what_was_lost(path):
    follower, _, _, _ = start_drive(path, before_s=-200.0, at=(-200.0, 90.0))

    record = drive(follower, path)
    length_s = path.unix_s[-1] - path.unix_s[0]

    assert length_s - 260.0 < record.on_target_s < length_s - 205.0
    assert record.first_on_target_unix_s > path.unix_s[0] + 205.0
    assert record.max_error_deg < BEAM_LIMIT_DEG


def test_a_lost_rotator_is_found_again_and_the_gap_is_reported(path):
    # Bite: letting RotatorError through ends the drive at the first silence.
    follower, rotator, _, heard = start_drive(path)
    lost, found = path.unix_s[0] + 100.0, path.unix_s[0] + 160.0
    rotator.dead = lambda unix_s: lost <= unix_s < found

    record = drive(follower, path)
    (gap,) = record.interruptions

    assert (gap.start_unix_s, gap.end_unix_s) == (
        pytest.approx(lost, abs=0.3),
        pytest.approx(found, abs=0.3),
    )
    assert gap.reason == "rotator_lost"
    assert record.on_target_s == pytest.approx(path.unix_s[-1] - path.unix_s[0] - 62.0, abs=6.0)
    assert max(np.diff(heard)) <= 1.01  # the watchdog hears of us meanwhile


def test_a_rotator_that_never_comes_is_reported_to_the_end(path):
    follower, rotator, _, _ = start_drive(path)
    rotator.dead = lambda unix_s: unix_s >= path.unix_s[0] + 30.0

    record = drive(follower, path)

    assert record.interruptions[-1].end_unix_s == pytest.approx(path.unix_s[-1], abs=0.3)
    assert record.on_target_s == pytest.approx(30.0, abs=1.0)


def test_a_veto_ends_the_drive_within_a_second(path):
    vetoed_at = path.unix_s[0] + 50.0
    follower, rotator, clock, _ = start_drive(
        path, veto=lambda: "lockout" if clock.now_unix_s() >= vetoed_at else ""
    )

    with pytest.raises(DriveStoppedError) as stopped:
        drive(follower, path)

    assert stopped.value.reason == "lockout"
    assert clock.now_unix_s() <= vetoed_at + 1.0
    assert rotator.commands[-1][0] <= vetoed_at


def test_a_slow_rotator_shows_as_an_error_not_as_success(path):
    follower, _, _, _ = start_drive(path, azimuth_rate_deg_s=0.1)

    record = drive(follower, path)

    assert record.on_target_s < 0.7 * (path.unix_s[-1] - path.unix_s[0])


def test_an_antenna_that_hears_nothing_more_stops_within_one_step(path):
    # Bite: sending the target itself lets the antenna go on to it alone.
    follower, rotator, clock, _ = start_drive(path, at=(-200.0, 90.0))
    start = float(path.unix_s[0])
    follower.go_to(path.command_at(start), until_unix_s=start - 115.0)
    left_at = rotator.read_position()

    clock.sleep_until(start)
    rested_at = rotator.read_position()

    assert abs(rested_at[0] - left_at[0]) <= 10.0 / RATE_HZ + 1e-6
    assert abs(rested_at[1] - left_at[1]) <= 5.0 / RATE_HZ + 1e-6
