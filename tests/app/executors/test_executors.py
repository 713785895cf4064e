"""Every executor keeps the contract: all results once, exceptions through, nothing lost."""

import os
import signal
import time
from pathlib import Path

import pytest

from app.executors import EXECUTORS
from app.executors.base import PieceLostError
from app.executors.processes import Processes


def square(number):
    return number * number


def refuse_three(number):
    if number == 3:
        raise ValueError("three is refused")
    return number


def die_once(piece):
    """End this process by force the first time; ``piece`` is (number, folder)."""
    number, folder = piece
    mark = Path(folder) / str(number)
    if number in (2, 5) and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def always_die(number):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def note_and_sleep(piece):
    number, folder = piece
    (Path(folder) / str(number)).touch()
    time.sleep(0.2)
    return number


@pytest.fixture(params=sorted(EXECUTORS))
def executor(request):
    return EXECUTORS[request.param](2)


def test_every_piece_gives_its_result_once(executor):
    results = dict(executor.run(square, range(20)))

    assert results == {number: number * number for number in range(20)}


def test_nothing_to_do_is_done_at_once(executor):
    assert list(executor.run(square, [])) == []


def test_exception_of_a_piece_is_raised_here(executor):
    with pytest.raises(ValueError, match="three is refused"):
        list(executor.run(refuse_three, range(6)))


def test_closing_gives_up_what_has_not_run(executor, tmp_path):
    """Bite: a pool that is handed every piece at once runs all forty."""
    run = executor.run(note_and_sleep, [(number, str(tmp_path)) for number in range(40)])
    next(run)
    run.close()
    time.sleep(1.0)

    assert len(list(tmp_path.iterdir())) < 12


def test_killed_workers_lose_no_piece(tmp_path):
    """Bite: without the second run the pieces of a broken pool are missing."""
    pieces = [(number, str(tmp_path)) for number in range(12)]
    results = list(Processes(2).run(die_once, pieces))

    assert sorted(results) == [(number, number) for number in range(12)]


def test_piece_that_always_kills_is_named_after_the_others_have_run():
    """Bite: a pool rebuilt for ever."""
    run = Processes(1).run(always_die, [0, 1])

    assert next(run) == (0, 0)
    with pytest.raises(PieceLostError, match="piece 1 "):
        next(run)


def test_no_workers_are_refused():
    with pytest.raises(ValueError, match="1 or more"):
        Processes(0)
