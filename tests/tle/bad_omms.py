"""Forty OMM texts that must not be believed: name, text, and field of the refusal."""

from tests.tle.element_builders import csv_text, kvn_text, make_elements, patch_csv, xml_text
from tle.omm_format import write_omm_json

JSON = write_omm_json([make_elements()])
KVN, XML = kvn_text(), xml_text()
HEADER, ROW, *_ = csv_text().split("\r\n")

# One cell replaced: the readers of all four encodings share these checks.
BAD_CELLS = [
    ("EPOCH", "1800-01-01T00:00:00"),
    ("EPOCH", "9999-12-31T23:59:59"),
    ("EPOCH", "2026-09-06 04:52:43"),
    ("EPOCH", "2026-09-06T04:52:43+05:00"),
    ("EPOCH", "2026-09-06T04:52:60"),
    ("EPOCH", "2026-366T04:52:43"),
    ("EPOCH", "2026-02-29T04:52:43"),
    ("EPOCH", "26249.20327814"),
    ("EPOCH", ""),
    ("MEAN_MOTION", "NaN"),
    ("MEAN_MOTION", "-14.4"),
    ("MEAN_MOTION", "0"),
    ("MEAN_MOTION", "3456.0"),
    ("ECCENTRICITY", "1.0"),
    ("ECCENTRICITY", "-0.0001"),
    ("ECCENTRICITY", "inf"),
    ("INCLINATION", "1e308"),
    ("INCLINATION", "180.5"),
    ("RA_OF_ASC_NODE", "-1"),
    ("MEAN_ANOMALY", "3_6"),
    ("ARG_OF_PERICENTER", "0x10"),
    ("BSTAR", ""),
    ("BSTAR", "1e99"),
    ("NORAD_CAT_ID", "-39731"),
    ("NORAD_CAT_ID", "0"),
    ("NORAD_CAT_ID", "A0000"),
    ("NORAD_CAT_ID", "1000000000"),
    ("NORAD_CAT_ID", "39731.0"),
    ("EPHEMERIS_TYPE", "4"),
    ("CLASSIFICATION_TYPE", "X"),
]

BAD_DOCUMENTS = [
    ("CSV with a cell too few", f"{HEADER}\r\n{ROW.rpartition(',')[0]}\r\n", "line"),
    ("CSV with a column twice", f"{HEADER},EPOCH\r\n{ROW},x\r\n", "file"),
    ("JSON with a key twice", JSON.replace('"EPOCH"', '"EPOCH": "x", "EPOCH"'), "EPOCH"),
    ("JSON cut at its end", JSON.rstrip()[:-1], "file"),
    ("JSON with NaN", JSON.replace('"BSTAR": -3.8737e-06', '"BSTAR": NaN'), "file"),
    ("KVN in another frame", KVN.replace("OBJECT_ID", "REF_FRAME = GCRF\nOBJECT_ID"), "REF_FRAME"),
    (
        "KVN in revolutions a second",
        KVN.replace("14.42061184", "14.42061184 [rev/s]"),
        "MEAN_MOTION",
    ),
    (
        "KVN of another theory",
        KVN.replace("OBJECT_ID", "MEAN_ELEMENT_THEORY = DSST\nOBJECT_ID"),
        "MEAN_ELEMENT_THEORY",
    ),
    ("XML with an entity", '<!DOCTYPE x [<!ENTITY a "1">]>' + XML, "file"),
    (
        "XML around another planet",
        XML.replace("<OBJECT_ID>", "<CENTER_NAME>MARS</CENTER_NAME><OBJECT_ID>"),
        "CENTER_NAME",
    ),
]

assert len(BAD_CELLS) + len(BAD_DOCUMENTS) == 40
assert patch_csv("BSTAR", "0") != csv_text()
