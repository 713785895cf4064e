"""The transition table of contacts.

Bite: adding ``Transition("completed", "reserved", ...)`` to the table fails the first two tests;
dropping "executing" from BOOKED_STATES fails the third.
"""

import itertools

import pytest

from scheduler.contact_states import (
    BOOKED_STATES,
    STATES,
    TERMINAL_STATES,
    TRANSITIONS,
    is_terminal,
    occupies_antenna,
    require_transition,
)
from scheduler.errors import IllegalTransitionError


def test_terminal_states_have_no_way_out():
    for source, target in itertools.product(TERMINAL_STATES, STATES):
        with pytest.raises(IllegalTransitionError, match="final state"):
            require_transition(source, target)


def test_every_pair_outside_the_table_is_refused_and_names_what_is_possible():
    legal = {(item.source, item.target) for item in TRANSITIONS}
    refused = 0
    for pair in itertools.product(STATES, STATES):
        if pair not in legal:
            with pytest.raises(IllegalTransitionError) as caught:
                require_transition(*pair)
            assert caught.value.possible == tuple(
                item.target for item in TRANSITIONS if item.source == pair[0]
            )
            refused += 1

    assert refused + len(legal) == len(STATES) ** 2
    assert refused == 68


def test_the_antenna_is_occupied_from_booking_to_the_end_of_teardown():
    path = ["planned", "reserved", "preparing", "executing", "post_pass", "completed"]
    for source, target in itertools.pairwise(path):
        require_transition(source, target)

    assert [occupies_antenna(state) for state in path] == [False, True, True, True, True, False]
    assert not any(is_terminal(state) for state in BOOKED_STATES)
