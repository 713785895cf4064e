"""Readers of every export that share no code with Aspan: what a partner's program would see.

Each gives, per entry, (name of the satellite or of the entry, start, end) in Unix seconds, or what
its format holds instead.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
import warnings
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import icalendar
from lxml import etree
from sgp4.api import Satrec

SCHEMA = Path(__file__).parent / "simple_schedule.xsd"
_XML = etree.XMLParser(resolve_entities=False, no_network=True)


def to_unix_s(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def read_csv(text):
    """Rows as mappings, by Python's own reader; apostrophes as a spreadsheet takes them."""
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def read_json(text):
    return json.loads(text)["entries"]


def read_calendar(text):
    """Events of a calendar, by the icalendar package; broken content lines raise."""
    calendar = icalendar.Calendar.from_ical(text)
    assert calendar.errors == []
    return list(calendar.walk("VEVENT"))


def read_simple_schedule(text):
    """Activities, by lxml, after our own schema has accepted the document."""
    root = etree.fromstring(text.encode(), _XML)
    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(root)
    name = "{urn:ccsds:schema:cssm:1.0.0}scheduledPackage"
    return [(package.attrib, package[0].attrib) for package in root.iter(name)]


def read_day_of_year(text):
    return datetime.strptime(text, "%Y-%jT%H:%M:%S.%fZ").replace(tzinfo=UTC).timestamp()


def read_oem(text):
    """Segments of an OEM, by the package oem: (metadata, [(unix_s, position, velocity)])."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries below it
        from oem import OrbitEphemerisMessage

        handle, path = tempfile.mkstemp(suffix=".oem")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            message = OrbitEphemerisMessage.open(path)
        finally:
            os.unlink(path)
        return [
            (
                segment.metadata,
                [
                    (state.epoch.utc.unix, list(state.position), list(state.velocity))
                    for state in segment.states
                ],
            )
            for segment in message
        ]


def read_tle(text):
    """Names and SGP4 records, by sgp4's own reader, checksums checked here."""
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert len(lines) % 3 == 0
    found = []
    for at in range(0, len(lines), 3):
        name, first, second = lines[at : at + 3]
        for line in (first, second):
            digits = sum(int(c) if c.isdigit() else c == "-" for c in line[:68])
            assert line[68] == str(digits % 10)
        found.append((name, Satrec.twoline2rv(first, second)))
    return found


def read_omm(text):
    """Records, by sgp4's own OMM initialiser."""
    from sgp4 import omm

    found = []
    for fields in json.loads(text):
        record = Satrec()
        omm.initialize(record, {key: str(value) for key, value in fields.items()})
        found.append((fields["OBJECT_NAME"], record))
    return found


def read_geojson(text):
    """Features after a check against RFC 7946: order, range, no member that it took out."""
    document = json.loads(text)
    assert document["type"] == "FeatureCollection"
    assert "crs" not in document
    for feature in document["features"]:
        geometry = feature["geometry"]
        lines = {
            "Point": lambda c: [[c]],
            "LineString": lambda c: [c],
            "MultiLineString": lambda c: c,
        }[geometry["type"]](geometry["coordinates"])
        for line in lines:
            assert geometry["type"] == "Point" or len(line) >= 2
            for longitude, latitude, *_ in line:
                assert -180.0 <= longitude <= 180.0
                assert -90.0 <= latitude <= 90.0
            for (left, *_), (right, *_) in pairwise(line):
                assert abs(right - left) < 180.0
    return document["features"]
