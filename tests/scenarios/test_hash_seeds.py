"""One plan, whatever order sets and hashes have: reliability A11, its full size in prove-seeds."""

from tests.scenarios.hash_seeds import digest_plan


def test_the_hash_seed_does_not_show_in_the_plan(database_url):
    """Bite: with the contacts in the order of ``hash(id)`` the two digests differ."""
    assert digest_plan(database_url, 1) == digest_plan(database_url, 2)
