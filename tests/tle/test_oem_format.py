"""OEM in KVN and XML: read whole or refused whole.

``oem`` (MIT) is the independent reader that the writer is checked with.
"""

import numpy as np
import oem as independent
import pytest

from tests.tle.element_builders import RECEIVED
from tests.tle.oem_builders import make_oem, oem_text
from tle.oem_format import read_oem, write_oem
from tle.reading import detect_format

KVN = oem_text()


def read(text, encoding="kvn"):
    return read_oem(text, encoding=encoding, source="test", received_utc=RECEIVED)


@pytest.mark.parametrize("encoding", ["kvn", "xml"])
def test_a_written_message_reads_back_the_same(encoding):
    message = make_oem()
    text = write_oem(message, encoding=encoding)

    again = read(text, encoding)

    assert detect_format(text) == f"oem-{encoding}"
    assert again.refused == ()
    (before,), (after,) = message.segments, again.message.segments
    assert np.abs(after.unix_s - before.unix_s).max() < 1e-6
    assert np.abs(after.position_km - before.position_km).max() < 1e-9
    assert np.abs(after.velocity_km_s - before.velocity_km_s).max() < 1e-12
    assert again.message.object_id == "2014-024A"
    assert read(write_oem(again.message, encoding=encoding), encoding).message.fingerprint == (
        again.message.fingerprint
    )


@pytest.mark.parametrize("encoding", ["kvn", "xml"])
def test_an_independent_reader_finds_the_same_states(tmp_path, encoding):
    message = make_oem(frame="ITRF2000", turn=to_earth_fixed)
    path = tmp_path / f"x.{'oem' if encoding == 'kvn' else 'xml'}"
    path.write_text(write_oem(message, encoding=encoding))

    states = independent.OrbitEphemerisMessage.open(path).states

    assert len(states) == 61
    for state, position, velocity in zip(
        states, message.segments[0].position_km, message.segments[0].velocity_km_s, strict=True
    ):
        assert np.abs(np.array(state.position) - position).max() < 1e-8
        assert np.abs(np.array(state.velocity) - velocity).max() < 1e-11


def to_earth_fixed(unix_s, r_km, v_km_s):
    from tle.earth_rotation import EARTH_RATE_RAD_S, greenwich_angle_rad, rotate_to_earth

    angle = greenwich_angle_rad(unix_s)
    r, v = rotate_to_earth(r_km, angle), rotate_to_earth(v_km_s, angle)
    spin = EARTH_RATE_RAD_S * np.column_stack([-r[:, 1], r[:, 0], np.zeros(len(r))])
    return r, v - spin


def replace_state(number, text):
    lines = KVN.splitlines()
    first = lines.index("META_STOP") + 2
    lines[first + number] = text(lines[first + number])
    return "\n".join(lines) + "\n"


def scale_velocity(line):
    epoch, *words = line.split()
    return " ".join([epoch, *words[:3], *(str(float(w) * 1000) for w in words[3:])])


def break_story(line):
    epoch, *words = line.split()
    return " ".join([epoch, *words[:3], *(str(-float(w)) for w in words[3:])])


def drop_states(first, end):
    """Bite: without the check of STOP_TIME and of long steps these three are taken."""
    lines = KVN.splitlines()
    at = lines.index("META_STOP") + 2
    return "\n".join(lines[: at + first] + lines[at + end :]) + "\n"


STOP, DEGREE = "STOP_TIME = 2026-09-06T05:5", "INTERPOLATION_DEGREE"
BAD = [
    ("another centre", KVN.replace("EARTH", "MARS"), "CENTER_NAME"),
    ("another frame", KVN.replace("= TEME", "= RTN"), "REF_FRAME"),
    ("another time system", KVN.replace("= UTC", "= SCLK"), "TIME_SYSTEM"),
    ("another version", KVN.replace("VERS = 2.0", "VERS = 9.0"), "CCSDS_OEM_VERS"),
    ("no name", KVN.replace("OBJECT_NAME = TESTSAT 1\n", ""), "OBJECT_NAME"),
    ("a keyword twice", KVN.replace("META_STOP", "REF_FRAME = TEME\nMETA_STOP"), "REF_FRAME"),
    ("metadata without end", KVN.replace("META_STOP", ""), "line"),
    ("no states", KVN[: KVN.index("META_STOP") + 10], "states"),
    ("five numbers", replace_state(3, lambda s: s.rpartition(" ")[0]), "states"),
    ("NaN", replace_state(3, lambda s: s.replace(s.split()[1], "NaN")), "states"),
    ("time going back", replace_state(5, lambda s: s.replace("T04:57", "T04:51")), "EPOCH"),
    ("the same instant twice", replace_state(5, lambda s: s.replace("T04:57", "T04:56")), "EPOCH"),
    ("naive nonsense epoch", replace_state(5, lambda s: "yesterday " + s[27:]), "EPOCH"),
    ("positions in m", replace_state(3, lambda s: s.replace(s.split()[1], "5000000.0")), "X"),
    ("inside the Earth", replace_state(3, lambda s: s.split()[0] + " 1 2 3 1 2 3"), "X"),
    ("velocities in m/s", replace_state(3, scale_velocity), "X_DOT"),
    ("velocity reversed", replace_state(3, break_story), "X_DOT"),
    ("states outside its span", KVN.replace(f"{STOP}2", f"{STOP}0"), "START_TIME"),
    ("cut at a line", drop_states(50, 61), "STOP_TIME"),
    ("its beginning lost", drop_states(0, 10), "STOP_TIME"),
    ("a gap of 36 minutes", drop_states(10, 45), "EPOCH"),
    ("degree 99", KVN.replace("META_STOP", f"{DEGREE} = 99\nMETA_STOP"), DEGREE),
    ("empty", "", "file"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "field"), BAD, ids=[b[0] for b in BAD])
def test_a_bad_message_is_refused_whole_with_field_and_reason(name, text, field):
    result = read(text)

    assert result.message is None
    assert result.refused[0].field == field
    assert result.refused[0].reason


def test_a_bad_state_names_its_line():
    text = replace_state(3, lambda s: s.rpartition(" ")[0])
    line = next(n for n, row in enumerate(text.splitlines(), 1) if len(row.split()) == 6)

    assert read(text).refused[0].line == line


@pytest.mark.parametrize(
    "text",
    ['<!DOCTYPE x [<!ENTITY a "1">]>' + oem_text("xml"), "<oem>", "<ndm/>", "<oem></oem>", "x"],
)
def test_bad_xml_is_refused(text):
    assert read(text, "xml").message is None


@pytest.mark.parametrize(("system", "seconds"), [("TAI", 37), ("TT", 69.184), ("GPS", 18)])
def test_other_clocks_are_turned_into_utc(system, seconds):
    shifted = read(KVN.replace("= UTC", f"= {system}")).message.segments[0].unix_s

    assert shifted == pytest.approx(make_oem().segments[0].unix_s - seconds, abs=1e-5)


def test_covariances_accelerations_and_comments_are_passed_over():
    state = KVN.strip().splitlines()[-1]
    text = KVN.replace(state, state + " 0.001 0.001 0.001\nCOMMENT x\nCOVARIANCE_START\n"
                       "EPOCH = 2026-09-06T05:00:00\n1.0\n1.0 2.0\nCOVARIANCE_STOP")  # fmt: skip

    assert read(text).message.fingerprint == read(KVN).message.fingerprint


def test_several_segments_of_one_object_are_read_in_order_and_may_not_overlap():
    """Bite: without the check two segments would tell two places for one instant."""
    later = KVN[KVN.index("META_START") :].replace("2026-09-06", "2026-09-07")

    assert len(read(KVN + later).message.segments) == 2
    assert read(KVN + KVN[KVN.index("META_START") :]).refused[0].reason == "segments overlap"
    other = later.replace("2014-024A", "2016-073A")
    assert read(KVN + other).refused[0].field == "OBJECT_ID"
