"""What the tests let worker processes compute."""

import os
import time

from app.errors import InputError
from app.worker_process import END_EARLY


def double(task, on_progress):
    on_progress(0.5, "half way")
    return task * 2


def refuse(task, on_progress):
    raise InputError("days", "too many", value=task)


def hang(task, on_progress):
    time.sleep(600)


def die(task, on_progress):
    os._exit(7)


def spoil(task, on_progress):
    return lambda: task  # cannot travel back


def count_until_early_end(task, on_progress):
    """Count until the best result so far is wanted, ``task`` at most."""
    for _ in range(task):
        on_progress(0.5, "counting")
        if END_EARLY.wait(0.05):
            return 42
    return task
