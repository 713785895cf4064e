"""What the tests let worker processes compute."""

import os
import time

from app.errors import InputError


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
