"""Mutate good records and hunt for escapes: a set accepted that a strict reading forbids, or any
exception out of the readers.

The judge here shares no code with the readers: it reads the mutated text again by its own means
(slices and Decimal for TLE; csv, json and ElementTree for OMM) and compares every value.

    python -m tests.tle.mutations --records 1000000
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import random
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from sgp4.api import WGS72, Satrec

from tests.tle.element_builders import RECEIVED, csv_text, kvn_text, make_elements, xml_text
from tle.elements import ElementSet
from tle.omm_format import write_omm_json
from tle.reading import ReadResult, read_elements
from tle.tle_format import write_tle

ALPHA5 = "ABCDEFGHJKLMNPQRSTUVWXYZ"
TRAPS = (
    "NaN", "nan", "inf", "-inf", "1e308", "1e-400", "-1", "0", "", " ", "+", "-", ".", "1.5.2",
    "0x1F", "1_000", "1,5", "\N{FULLWIDTH DIGIT ONE}", "\N{ARABIC-INDIC DIGIT THREE}",
    "\N{MINUS SIGN}1", "\N{NO-BREAK SPACE}", "A0000", "I0000", "999999999", "1000000000",
    "9999-12-31T23:59:59", "1800-01-01T00:00:00", "2026-02-29T00:00:00", "2026-09-06T04:52:60",
    "2026-09-06T24:00:00", "2026-366T00:00:00", "2026-09-06 04:52:43", "2026-09-06T04:52:43+05:00",
    "180.0001", "360.0001", "1.0", "0.99999999", "18.1", "17.9", "<a/>", '"', "\\", "]", "}", ";",
)  # fmt: skip
NUMBERS = (
    ("MEAN_MOTION", "mean_motion_rev_day", Decimal("1e-300"), Decimal(18)),
    ("ECCENTRICITY", "eccentricity", Decimal(0), Decimal("0.99999999999999999")),
    ("INCLINATION", "inclination_deg", Decimal(0), Decimal(180)),
    ("RA_OF_ASC_NODE", "raan_deg", Decimal(0), Decimal(360)),
    ("ARG_OF_PERICENTER", "arg_perigee_deg", Decimal(0), Decimal(360)),
    ("MEAN_ANOMALY", "mean_anomaly_deg", Decimal(0), Decimal(360)),
    ("BSTAR", "bstar", Decimal(-10), Decimal(10)),
    ("MEAN_MOTION_DOT", "mean_motion_dot", Decimal(-10), Decimal(10)),
    ("MEAN_MOTION_DDOT", "mean_motion_ddot", Decimal(-10), Decimal(10)),
)


class EscapeError(Exception):
    """A strict reading forbids what was accepted."""


def demand(holds: bool, reason: str) -> None:
    if not holds:
        raise EscapeError(reason)


# --- making mutants -----------------------------------------------------------------------------


def random_set(rng: random.Random) -> ElementSet:
    return make_elements(
        norad_cat_id=rng.randrange(1, 340_000),
        mean_motion_rev_day=round(rng.uniform(1.0, 16.0), 8),
        eccentricity=round(rng.uniform(0.0, 0.05), 7),
        inclination_deg=round(rng.uniform(0.0, 180.0), 4),
        raan_deg=round(rng.uniform(0.0, 360.0), 4),
        arg_perigee_deg=round(rng.uniform(0.0, 360.0), 4),
        mean_anomaly_deg=round(rng.uniform(0.0, 360.0), 4),
        bstar=float(f"{rng.uniform(-1e-3, 1e-3):.4e}"),
        mean_motion_dot=round(rng.uniform(-1e-4, 1e-4), 8),
        epoch_utc=datetime(2026, 1, 1, tzinfo=UTC)
        + timedelta(microseconds=864 * rng.randrange(300 * 10**8)),
    )


def write_set(elements: ElementSet, encoding: str) -> str:
    if encoding == "tle":
        one, two = write_tle(elements)
        return f"{elements.name}\n{one}\n{two}\n"
    if encoding == "json":
        return write_omm_json([elements])
    return {"csv": csv_text, "kvn": kvn_text, "xml": xml_text}[encoding](elements)


def mutate(text: str, rng: random.Random, encoding: str) -> str:
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        text = rng.choice(MUTATORS)(text, rng)
    if encoding == "tle" and rng.random() < 0.6:
        text = "\n".join(map(mend_checksum, text.split("\n")))
    return text


def change_character(text, rng):
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice("0123456789 .-+eEAZ,:T\"'<>{}[]=\x00\t\u00a0") + text[at + 1 :]


def insert_character(text, rng):
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice("0123456789 .-+eE,\n\r") + text[at:]


def drop_character(text, rng):
    at = rng.randrange(len(text) + 1)
    return text[:at] + text[at + 1 :]


def swap_neighbours(text, rng):
    at = rng.randrange(max(1, len(text) - 1))
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def insert_trap(text, rng):
    """Replace one word of the text by a trap: a word is what a reader converts at once."""
    words = [m for m in split_words(text) if m[1] > m[0]]
    if not words:
        return text
    start, end = rng.choice(words)
    trap = rng.choice(TRAPS)
    if rng.random() < 0.5:
        trap = trap[: end - start].ljust(end - start)
    return text[:start] + trap + text[end:]


def split_words(text):
    spans, start = [], 0
    for at, sign in enumerate(text + " "):
        if sign in ' \n\r,:"<>=':
            spans.append((start, at))
            start = at + 1
    return spans


def shuffle_lines(text, rng):
    lines = text.split("\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.random()
    if kind < 0.4:
        lines[a], lines[b] = lines[b], lines[a]
    elif kind < 0.7:
        lines.insert(a, lines[b])
    else:
        del lines[a]
    return "\n".join(lines)


def cut_end(text, rng):
    return text[: rng.randrange(len(text) + 1)]


MUTATORS: Sequence[Callable[[str, random.Random], str]] = (
    change_character, change_character, insert_character, drop_character, swap_neighbours,
    insert_trap, insert_trap, shuffle_lines, cut_end,
)  # fmt: skip


def mend_checksum(line: str) -> str:
    if line[:2] in ("1 ", "2 ") and len(line) == 69:
        return line[:68] + str(add_up(line))
    return line


def add_up(line: str) -> int:
    return sum(ord(c) - 48 if "0" <= c <= "9" else c == "-" for c in line[:68]) % 10


# --- judging what was accepted ------------------------------------------------------------------


def judge(text: str, encoding: str, accepted: Sequence[ElementSet], lines: Sequence[int]) -> None:
    """Raise EscapeError unless every accepted set stands in the text as a strict reader sees it."""
    for elements, line in zip(accepted, lines, strict=True):
        judge_orbit(elements)
        if encoding == "tle":
            judge_tle(text, elements, line)
        else:
            judge_in_records(text, encoding, elements)


def judge_orbit(e: ElementSet) -> None:
    numbers = [getattr(e, attribute) for _, attribute, _, _ in NUMBERS]
    demand(all(map(math.isfinite, numbers)), "a number that is not finite")
    demand(e.norad_cat_id is None or 1 <= e.norad_cat_id <= 999_999_999, "catalogue number")
    demand(1957 <= e.epoch_utc.year <= 2056, "year of the epoch")
    record, per_day = Satrec(), 2.0 * math.pi / 1440.0
    record.sgp4init(
        WGS72, "i", 0, 27_000.0, e.bstar, 0.0, 0.0, e.eccentricity,
        math.radians(e.arg_perigee_deg), math.radians(e.inclination_deg),
        math.radians(e.mean_anomaly_deg), e.mean_motion_rev_day * per_day, math.radians(e.raan_deg),
    )  # fmt: skip
    error, r_km, _ = record.sgp4_tsince(0.0)
    radius = math.hypot(*r_km)
    demand(error == 0 and 6_390 < radius < 500_100, f"error {error}, radius {radius} km")


def judge_tle(text: str, e: ElementSet, line: int) -> None:
    # a reader may end lines at LF, CRLF or CR; blank lines and comments stand for nothing
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    one = rows[line - 1].rstrip(" \t")
    rest = [r.rstrip(" \t") for r in rows[line:] if r.strip(" \t") and not r.startswith("#")]
    two = rest[0]
    for row, digit, blanks in ((one, "1", (2, 9, 18, 33, 44, 53, 62, 64)),
                               (two, "2", (2, 8, 17, 26, 34, 43, 52))):  # fmt: skip
        demand(row.isascii() and len(row) == 69 and row[0] == digit, "shape of a line")
        demand(all(row[c - 1] == " " for c in blanks), "columns between the fields")
        demand(row[68] == str(add_up(row)), "checksum")
    number = one[2:7].strip()
    # Leading zeros may be spaces, in one line and not in the other.
    demand(number.lstrip("0") == two[2:7].strip().lstrip("0"), "numbers of the lines")
    value = (
        int(number)
        if number.isdigit()
        else (ALPHA5.index(number[0]) + 10) * 10_000 + int(number[1:])
    )
    demand((e.norad_cat_id or 0) == value and len(number) <= 5, "catalogue number")
    year = int(one[18:20]) + (1900 if int(one[18:20]) >= 57 else 2000)
    moment = datetime(year, 1, 1, tzinfo=UTC) + timedelta(
        days=int(one[20:23]) - 1, microseconds=int(Decimal("0" + one[23:32]) * 86_400_000_000)
    )
    demand(moment == e.epoch_utc and moment.year == year, "epoch")
    slices = {
        "mean_motion_dot": one[33:43], "mean_motion_ddot": exponent(one[44:52]),
        "bstar": exponent(one[53:61]), "inclination_deg": two[8:16], "raan_deg": two[17:25],
        "eccentricity": "." + two[26:33], "arg_perigee_deg": two[34:42],
        "mean_anomaly_deg": two[43:51], "mean_motion_rev_day": two[52:63],
    }  # fmt: skip
    for keyword, attribute, low, high in NUMBERS:
        judge_number(keyword, slices[attribute].strip(), getattr(e, attribute), low, high)


def exponent(field: str) -> str:
    return f"{field[0].strip()}.{field[1:6]}e{field[6:]}"


def judge_number(keyword, text, value, low, high) -> None:
    demand(text.isascii() and "_" not in text, f"{keyword}: {text!r}")
    try:
        exact = Decimal(text)
    except InvalidOperation as error:
        raise EscapeError(f"{keyword}: {text!r} is no number") from error
    demand(exact.is_finite() and low <= exact <= high, f"{keyword}: {text!r} out of range")
    demand(float(exact) == value, f"{keyword}: {text!r} was read as {value!r}")


def judge_in_records(text: str, encoding: str, e: ElementSet) -> None:
    """Require one record of the text, without a key twice, that gives exactly the accepted set."""
    verdicts = []
    for pairs in READERS[encoding](text):
        record = {key: str(value).strip() for key, value in pairs if value is not None}
        try:
            demand(len({key for key, _ in pairs}) == len(pairs), "a key is given twice")
            number = record.get("NORAD_CAT_ID", "").lstrip("+0")
            demand(number == (str(e.norad_cat_id) if e.norad_cat_id else ""), "catalogue number")
            judge_record(record, e)
        except (EscapeError, KeyError, ValueError) as error:
            verdicts.append(repr(error))
        else:
            return
    raise EscapeError(f"no record of the text is the accepted one: {verdicts}")


def read_csv_pairs(text):
    # A record is one line: a stray quote spoils its own line and none of those behind it.
    rows = [next(csv.reader([line])) for line in text.replace("\r", "\n").split("\n") if line]
    return [
        [(k.strip(), v) for k, v in zip(rows[0], row, strict=True) if v.strip()]
        for row in rows[1:]
        if len(row) == len(rows[0])
    ]


def read_json_pairs(text):
    document = json.loads(text, object_pairs_hook=lambda pairs: pairs, parse_float=str,
                          parse_int=str)  # fmt: skip
    if document and isinstance(document[0], tuple):
        return [document]
    return [record for record in document if isinstance(record, list)]


def read_kvn_pairs(text):
    messages = []
    for line in text.replace("\r", "\n").split("\n"):
        if not line.strip() or line.strip().startswith("COMMENT"):
            continue
        key, _, value = line.partition("=")
        if key.strip() == "CCSDS_OMM_VERS":
            messages.append([])
        messages[-1].append((key.strip(), value.strip().partition(" [")[0]))
    return messages


def read_xml_pairs(text):
    root = ET.fromstring(text)
    messages = [root] if root.tag.endswith("omm") else [e for e in root if e.tag.endswith("omm")]
    return [
        [(e.tag.rpartition("}")[2], e.text or "") for e in m.iter() if e is not m and not len(e)]
        for m in messages
    ]


READERS = {
    "csv": read_csv_pairs, "json": read_json_pairs, "kvn": read_kvn_pairs, "xml": read_xml_pairs,
}  # fmt: skip


def judge_record(record: dict[str, str], e: ElementSet) -> None:
    optional = ("MEAN_MOTION_DOT", "MEAN_MOTION_DDOT")
    for keyword, attribute, low, high in NUMBERS:
        if keyword in optional and keyword not in record:
            demand(getattr(e, attribute) == 0.0, f"{keyword} was made up")
            continue
        demand(keyword in record, f"{keyword} is missing")
        judge_number(keyword, record[keyword], getattr(e, attribute), low, high)
    epoch = record["EPOCH"].removesuffix("Z")
    form = "%Y-%m-%dT%H:%M:%S" if epoch[7:8] == "-" else "%Y-%jT%H:%M:%S"
    whole, _, fraction = epoch.partition(".")
    demand(epoch.isascii() and len(whole) == (19 if epoch[7:8] == "-" else 17), "form of EPOCH")
    demand(not fraction or fraction.isdecimal(), "fraction of EPOCH")
    if whole.endswith("T23:59:60"):
        return  # a leap second: the readers' own tests tell
    moment = datetime.strptime(whole, form).replace(tzinfo=UTC)
    moment += timedelta(microseconds=round(Decimal(f"0.{fraction or 0}") * 1_000_000))
    demand(moment == e.epoch_utc, f"epoch {record['EPOCH']!r} was read as {e.epoch_utc}")
    for keyword, allowed in (("REF_FRAME", ("TEME",)), ("TIME_SYSTEM", ("UTC",)),
                             ("CENTER_NAME", ("EARTH",)), ("EPHEMERIS_TYPE", ("0", "2", "3")),
                             ("CLASSIFICATION_TYPE", ("U", "C", "S"))):  # fmt: skip
        value = record.get(keyword, "")
        if keyword == "EPHEMERIS_TYPE":
            value = str(int(value)) if value.strip("+").isdecimal() and value.isascii() else value
        demand(not value or value in allowed, f"{keyword}: {value!r}")


# --- the hunt -----------------------------------------------------------------------------------


def hunt(
    records: int,
    seed: int,
    report: Callable[[int], None] = lambda done: None,
    read: Callable[..., ReadResult] = read_elements,
) -> Counter:
    """Read mutants; return counts per encoding and outcome; raise at the first escape."""
    rng = random.Random(seed)
    counts: Counter[tuple[str, str]] = Counter()
    encodings = ("tle", "tle", "csv", "json", "kvn", "xml")
    for done in range(records):
        encoding = encodings[done % len(encodings)]
        text = mutate(write_set(random_set(rng), encoding), rng, encoding)
        try:
            result = read(text, source="mutant", received_utc=RECEIVED)
            judge(text, encoding, result.sets, result.lines)
        except Exception as error:
            raise AssertionError(
                f"escape at record {done} of seed {seed} ({encoding}): {error!r}\n{text!r}"
            ) from error
        counts[encoding, "accepted" if result.sets else "refused"] += 1
        if done % 10_000 == 0:
            report(done)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description="Hunt for escapes among mutated element sets.")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()

    def report(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done:,} of {arguments.records:,}", end="", file=sys.stderr)

    started = time.process_time()
    counts = hunt(arguments.records, arguments.seed, report)
    for encoding in ("tle", "csv", "json", "kvn", "xml"):
        accepted, refused = counts[encoding, "accepted"], counts[encoding, "refused"]
        print(f"{encoding:5} {accepted + refused:>9,} mutants: {refused:,} refused, "
              f"{accepted:,} accepted and found sound")  # fmt: skip
    print(f"{arguments.records:,} mutated records, 0 escapes, seed {arguments.seed}, "
          f"{time.process_time() - started:.0f} s CPU")  # fmt: skip


if __name__ == "__main__":
    main()
