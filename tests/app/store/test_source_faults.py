"""The faults of a source against the real store, on both databases: old data stay as they are.

Bite: with the sets of a broken answer committed ("old sets"), or a block kept in memory only
("blocked"), cases fail by that name.
"""

import pytest

from tests.tle.sources.fault_cases import DEADLINE_S, PATIENT_S, SETS, SLOW, TEXTS, ask, try_fault
from tests.tle.sources.fault_server import FAULTS, FaultServer, open_full_port


@pytest.mark.parametrize("encoding", TEXTS)
def test_every_fault_leaves_the_stored_sets_and_keeps_its_reason(store, encoding):
    sink = store.refresh_memory
    server = FaultServer(TEXTS[encoding].encode())
    wrong, kept = {}, {}
    with open_full_port() as full_port:
        assert ask(sink, server.url("good"), name="before").new_count == len(SETS)
        for fault in FAULTS:
            deadline_s = DEADLINE_S if fault in SLOW else PATIENT_S
            outcome = try_fault(sink, fault, server, full_port, name=fault, deadline_s=deadline_s)
            found = outcome.find_wrong(fault, deadline_s)
            if found:
                wrong[fault] = found
            kept[fault] = sink.read_memory(fault).queries["group=weather"].last_reason
    server.close()

    assert wrong == {}
    assert all(kept.values())
