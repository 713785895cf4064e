"""Thirty element sets that must not be believed: name, text, line and field of the refusal."""

from tests.tle.element_builders import patch_line, tle_lines, with_checksum

ONE, TWO = tle_lines()
OTHER_ONE, OTHER_TWO = tle_lines(norad_cat_id=40010, object_id="2014-033A")
NBSP = "\N{NO-BREAK SPACE}"


def pair(one=ONE, two=TWO):
    return f"TESTSAT 1\n{one}\n{two}\n"


BAD_TLES = [
    ("checksum of line 1", pair(one=ONE[:68] + str((int(ONE[68]) + 1) % 10)), 2, "checksum"),
    ("checksum of line 2", pair(two=TWO[:68] + str((int(TWO[68]) + 1) % 10)), 3, "checksum"),
    ("a digit changed", pair(two=TWO[:10] + "9" + TWO[11:]), 3, "checksum"),
    ("swapped lines", f"{TWO}\n{ONE}\n", 1, "line"),
    ("lines of two satellites", pair(two=OTHER_TWO), 3, "NORAD_CAT_ID"),
    ("line 2 missing", f"TESTSAT 1\n{ONE}\n", 2, "line"),
    ("line 1 missing", f"TESTSAT 1\n{TWO}\n", 2, "line"),
    ("line 1 twice", f"{ONE}\n{ONE}\n", 1, "line"),
    ("line 1 short", pair(one=ONE[:-1]), 2, "line"),
    ("line 2 long", pair(two=TWO + "0"), 3, "line"),
    ("shifted by a leading blank", f" {ONE}\n {TWO}\n", 1, "line"),
    (
        "non-breaking spaces",
        pair(one=ONE.replace(" ", NBSP)[:1] + ONE[1:8] + NBSP + ONE[9:]),
        2,
        "line",
    ),
    ("tab instead of a blank", pair(one=ONE[:8] + "\t" + ONE[9:]), 2, "line"),
    ("fullwidth digit", pair(two=TWO[:9] + "８" + TWO[10:]), 3, "line"),
    ("letter in the epoch", pair(one=patch_line(ONE, 24, "O")), 2, "EPOCH"),
    ("day 366 of a normal year", pair(one=patch_line(ONE, 19, "26366.00000000")), 2, "EPOCH"),
    ("day 0", pair(one=patch_line(ONE, 19, "26000.50000000")), 2, "EPOCH"),
    ("day 400", pair(one=patch_line(ONE, 19, "26400.50000000")), 2, "EPOCH"),
    (
        "negative catalogue number",
        pair(patch_line(ONE, 3, "-9731"), patch_line(TWO, 3, "-9731")),
        2,
        "NORAD_CAT_ID",
    ),
    (
        "Alpha-5 with I",
        pair(patch_line(ONE, 3, "I9731"), patch_line(TWO, 3, "I9731")),
        2,
        "NORAD_CAT_ID",
    ),
    (
        "Alpha-5 in lower case",
        pair(patch_line(ONE, 3, "a9731"), patch_line(TWO, 3, "a9731")),
        2,
        "NORAD_CAT_ID",
    ),
    (
        "Alpha-5 letter inside",
        pair(patch_line(ONE, 3, "3A731"), patch_line(TWO, 3, "3A731")),
        2,
        "NORAD_CAT_ID",
    ),
    (
        "six digits squeezed in",
        "1 100000" + ONE[7:] + "\n" + "2 100000" + TWO[7:] + "\n",
        1,
        "line",
    ),
    ("mean motion zero", pair(two=patch_line(TWO, 53, " 0.00000000")), 2, "MEAN_MOTION"),
    ("one revolution in 25 s", pair(two=patch_line(TWO, 53, "34.56000000")), 2, "MEAN_MOTION"),
    ("inclination 198 deg", pair(two=patch_line(TWO, 9, "198.3142")), 2, "INCLINATION"),
    ("node 719 deg", pair(two=patch_line(TWO, 18, "719.6057")), 2, "RA_OF_ASC_NODE"),
    ("NaN as mean motion", pair(two=patch_line(TWO, 53, "        NaN")), 3, "MEAN_MOTION"),
    ("elements of another theory", pair(one=patch_line(ONE, 63, "4")), 2, "EPHEMERIS_TYPE"),
    ("perigee inside the Earth", pair(two=patch_line(TWO, 27, "9900000")), 2, "orbit"),
]

assert len(BAD_TLES) == 30
assert with_checksum(ONE) == ONE
