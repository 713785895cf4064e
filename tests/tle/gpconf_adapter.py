"""Our readers and our writer, as the conformance corpus gpconf asks for them."""

from datetime import UTC, datetime

from gpconf import tle as corpus_tle

from tle.omm_format import read_catalogue_number, read_omm
from tle.reading import read_elements
from tle.timebase import parse_ccsds_utc
from tle.tle_format import decode_alpha5, encode_alpha5, write_tle

NOW = datetime(2026, 10, 1, tzinfo=UTC)
DECLARATION = {"_adapter": {"refusals": True}}


def to_record(elements):
    return {
        "norad_cat_id": elements.norad_cat_id,
        "object_name": elements.name or None,
        "object_id": elements.object_id or None,
        "epoch": elements.epoch_utc,
        "mean_motion": elements.mean_motion_rev_day,
        "eccentricity": elements.eccentricity,
        "inclination": elements.inclination_deg,
        "ra_of_asc_node": elements.raan_deg,
        "arg_of_pericenter": elements.arg_perigee_deg,
        "mean_anomaly": elements.mean_anomaly_deg,
        "bstar": elements.bstar,
        "mean_motion_dot": elements.mean_motion_dot,
        "mean_motion_ddot": elements.mean_motion_ddot,
        # ephemeris type and classification: a set carries 0 and U where the source omits them, so
        # what was omitted cannot be told and neither is reported
        "element_set_no": elements.element_set_no,
        "rev_at_epoch": elements.rev_at_epoch,
    }


class Parser:
    """Each method calls one public function of the package."""

    def parse(self, raw, fmt):
        result = read_elements(raw, source="gpconf", received_utc=NOW)
        if result.broken_reason:
            raise ValueError(result.broken_reason)
        lines = raw.decode("utf-8").splitlines()
        refused = [
            {
                "_refused": refusal.reason,
                "_field": str(refusal.norad_cat_id),
                "_input": lines[(refusal.line or 1) - 1][:80],
            }
            for refusal in result.refused
        ]
        return [DECLARATION, *map(to_record, result.sets), *refused]

    def write_tle(self, record):
        fields = {
            k: "" if v is None else v for k, v in corpus_tle.omm_fields_from_record(record).items()
        }
        header, row = ",".join(fields), ",".join(str(value) for value in fields.values())
        result = read_omm(f"{header}\n{row}\n", encoding="csv", source="gpconf", received_utc=NOW)
        if result.refused:
            raise ValueError(str(result.refused[0]))
        return write_tle(result.sets[0])

    def alpha5_decode(self, field):
        return decode_alpha5(field)

    def alpha5_encode(self, number):
        return encode_alpha5(number)

    def two_digit_year(self, two_digits):
        return (1900 if int(two_digits) >= 57 else 2000) + int(two_digits)

    def parse_epoch(self, text):
        return parse_ccsds_utc(text)

    def parse_catalog_id(self, text):
        return read_catalogue_number(text)
