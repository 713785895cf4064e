"""Twenty hash seeds on both databases: one plan (reliability A11)."""

from app.store import open_store
from tests.scenarios.hash_seeds import digest_plan

SEEDS = range(20)


def test_twenty_hash_seeds_on_both_databases_give_one_plan(tmp_path, postgres_url):
    urls = (f"sqlite:///{tmp_path / 'test.sqlite3'}", postgres_url)
    for url in urls:
        open_store(url).close()

    found = {digest_plan(url, seed) for seed in SEEDS for url in urls}

    print(f"hash seeds: {len(SEEDS)} on two databases, different plans: {len(found)}")
    assert len(found) == 1
