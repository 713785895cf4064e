"""`make prove-webhooks`: the large storm on both databases; its line is printed.

The small one of every push and its planted faults are in ``test_storm``.
"""

from tests.app.delivery import storm


def test_nothing_is_lost_or_told_twice_in_a_large_storm(database_url):
    faults = storm.run_storm(
        database_url, events=2_000, webhooks=10, kills=60, seed=1, limit_s=800.0
    )

    assert faults == []
