"""Satellites out of tables: what is accepted, and what an error tells.

Bite: each refused table was accepted while its check was taken out.
"""

import tomllib

import pytest

from scheduler.configuration import parse_satellites
from scheduler.errors import ConfigurationError
from tle.offers import SOURCE_NAMES
from tle.sources import SOURCES

SATELLITE = '[[satellite]]\nid = "sat-1"\nname = "Sat 1"\nnorad_cat_id = 100001\n'
SERVICE = '[[satellite.service]]\nid = "dump"\nname = "Dump"\naccess = "none"\n'
SOURCE = '[[satellite.element_source]]\nsource = "upload"\npriority = 5\n'
VALID = "valid_from_utc = 2026-09-01T00:00:00Z\nvalid_to_utc = 2026-09-02T00:00:00Z\n"


def parse(text):
    return parse_satellites(tomllib.loads(text), file="satellites.toml")


def test_service_with_unknown_frequency_and_rate_is_kept_with_nothing_invented():
    (satellite,) = parse(SATELLITE + SERVICE)

    assert satellite.served
    assert (satellite.services[0].centre_hz, satellite.services[0].rate_bps) == (None, None)


def test_frequency_in_megahertz_notation_is_exact():
    (satellite,) = parse(SATELLITE + SERVICE + "centre_hz = 8212.5e6\nrate_bps = 13.125e6\n")

    assert satellite.services[0].centre_hz == 8_212_500_000.0
    assert satellite.services[0].rate_bps == 13_125_000.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SATELLITE.replace("100001", "0"), "between 1 and 999999999"),
        (SATELLITE.replace("100001", "1000000000"), "between 1 and 999999999"),
        (SATELLITE.replace("100001", "39731.0"), "whole number"),
        (SATELLITE + "priority = nan\n", "between 0 and 1000"),
        (SATELLITE + "prioritty = 2\n", "did you mean 'priority'?"),
        (SATELLITE + "served = false\n", "say why"),
        (SATELLITE + 'not_served_reason = "dead"\n', "add served = false"),
        (SATELLITE + 'served = false\nnot_served_reason = "gone"\n', "'dead'"),
        (SATELLITE + "element_limits = {stale_s = 60.0}\n", "must ascend"),
        (SATELLITE + SERVICE.replace('"none"', '"agreement"'), "name the agreement"),
        (SATELLITE + SERVICE + 'agreement = "paper"\n', "name the agreement or change access"),
        (SATELLITE + SERVICE.replace('"none"', '"free"'), "'open'"),
        (SATELLITE + SERVICE + "centre_hz = 8212.5\n", "between 1e+06 and 1e+11 Hz"),
        (
            SATELLITE + SERVICE + "rate_by_elevation = [[10, 150]]\nrate_bps = 1e6\n",
            "one of the two",
        ),
        (
            SATELLITE + SERVICE + "rate_by_elevation = [[30, 1e6], [10, 2e6]]\n",
            "ascending elevations",
        ),
        (SATELLITE + SERVICE + "rate_by_elevation = [[150e6, 10]]\n", "between -5 and 90 deg"),
        (SATELLITE + SERVICE + SERVICE, "rename one"),
        (SATELLITE + "requests = [3]\n", "array of tables"),
        (SATELLITE + "[[satellite.requests]]\ncontacts_per_dya = 2\n", "contacts_per_dya: unknown"),
        (SATELLITE + "[[satellite.requests]]\nabout = true\n", "requests[0]: asks for nothing"),
        (SATELLITE + SOURCE + SOURCE, "rename one"),
        (SATELLITE + SOURCE.replace("upload", "uplod"), "'upload'"),
        (SATELLITE + SOURCE + "expires_after_s = 0\n", "between 1 and"),
        (SATELLITE + SOURCE + VALID.replace("2026-09-02", "2026-08-02"), "after valid_from_utc"),
    ],
)
def test_bad_satellite_is_refused_with_file_satellite_and_remedy(text, told):
    with pytest.raises(ConfigurationError, match=r"satellites\.toml: satellite 'sat-1'") as caught:
        parse(text)

    assert told in str(caught.value)


def test_one_catalogue_number_for_two_satellites_is_refused():
    with pytest.raises(ConfigurationError, match="also the number of 'sat-1'"):
        parse(SATELLITE + SATELLITE.replace("sat-1", "sat-2"))


def test_two_satellites_without_a_number_are_kept():
    nameless = SATELLITE.replace("norad_cat_id = 100001\n", "")

    assert len(parse(nameless + nameless.replace("sat-1", "sat-2"))) == 2


def test_table_that_is_no_array_is_refused():
    with pytest.raises(ConfigurationError, match="double brackets"):
        parse('[satellite]\nid = "sat-1"\n')


def test_terms_of_a_source_are_read_and_the_others_keep_their_defaults():
    (satellite,) = parse(SATELLITE + SOURCE + VALID)

    terms = satellite.element_sources["upload"]
    assert (terms.priority, terms.enabled, terms.expires_after_s) == (5, True, None)
    assert terms.valid_to_utc.isoformat() == "2026-09-02T00:00:00+00:00"
    assert parse(SATELLITE)[0].element_sources == {}


def test_every_kind_of_source_can_have_terms():
    assert set(SOURCES) <= set(SOURCE_NAMES)
