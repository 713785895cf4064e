"""The API documentation works without internet, from files that are what they claim to be."""

import hashlib
import re

from app.api.routes.docs import FOLDER


def test_the_page_loads_nothing_from_other_hosts(client):
    page = client.get("/docs").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert len(addresses) == 4
    for address in addresses:
        assert address.startswith("/docs/files/")
        assert client.get(address).status_code == 200
    assert "<script>" not in page


def test_vendored_files_match_their_checksums():
    for line in (FOLDER / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()

        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_the_interface_is_described_with_examples(client):
    document = client.get("/openapi.json").json()
    operations = [op for path in document["paths"].values() for op in path.values()]

    assert len(operations) >= 11
    assert all(operation.get("description") for operation in operations)
    assert document["components"]["schemas"]["PlanOrder"]["examples"]
