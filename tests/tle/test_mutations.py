"""20,000 mutated records in the tests; the same hunt runs over 1,000,000 as a proof.

The two readers with a planted fault are the bite: the hunt must catch them.
"""

import unicodedata

import pytest

from tests.tle.mutations import hunt, mend_checksum
from tle.reading import read_elements


def test_no_mutant_of_20000_escapes():
    counts = hunt(20_000, seed=1)

    assert sum(counts.values()) == 20_000
    for encoding in ("tle", "csv", "json", "kvn", "xml"):
        assert counts[encoding, "accepted"] > 100
        assert counts[encoding, "refused"] > 1_000


def read_any_checksum(text, **origin):
    return read_elements("\n".join(map(mend_checksum, text.split("\n"))), **origin)


def read_foreign_digits(text, **origin):
    return read_elements(unicodedata.normalize("NFKC", text), **origin)


@pytest.mark.parametrize("reader", [read_any_checksum, read_foreign_digits])
def test_the_hunt_catches_a_reader_that_is_too_kind(reader):
    with pytest.raises(AssertionError, match="escape at record"):
        hunt(20_000, seed=1, read=reader)
