"""The bundled sets."""

from tle.propagation import check_at_epoch
from tle.starter import STARTER_SOURCE, load_starter


def test_the_bundled_sets_are_44_sound_satellites():
    sets = load_starter()

    assert len({e.norad_cat_id for e in sets}) == 44
    assert {e.source for e in sets} == {STARTER_SOURCE}
    for elements in sets:
        check_at_epoch(elements)
