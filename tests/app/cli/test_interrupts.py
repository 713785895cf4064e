"""Ctrl-C on a running plan: once for the best plan so far, twice to give up."""

import signal

import pytest

from app.commands.solve import run_solve
from app.commands.terminal import let_interrupts_end_early
from app.services.problems import solve_problem
from app.worker_process import END_EARLY
from scheduler.problem.json_form import write_problem
from tests.scheduler.problem_builders import problem_of, window


def test_a_first_interrupt_ends_early_and_a_second_one_gives_up(capsys):
    before = signal.getsignal(signal.SIGINT)
    with let_interrupts_end_early():
        signal.raise_signal(signal.SIGINT)
        assert END_EARLY.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    assert "ending with the best plan so far" in capsys.readouterr().err
    assert not END_EARLY.is_set()
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupted_solve_prints_the_plan_that_it_has(tmp_path, capsys, monkeypatch):
    # Bite: the interrupt ended the command, and with it the plan of an hour.
    file = tmp_path / "problem.json"
    file.write_text(write_problem(problem_of([window("one", 100, 200, 7.0)])))

    def interrupt(task, on_progress):
        signal.raise_signal(signal.SIGINT)
        return solve_problem(task, on_progress)

    monkeypatch.setattr("app.commands.solve.solve_problem", interrupt)
    code = run_solve(file, solver="ilp", time_limit_s=60.0, seed=1, output=None)

    said = capsys.readouterr().out
    assert code == 0
    assert "value 7.000000" in said
    assert "stopped" in said
