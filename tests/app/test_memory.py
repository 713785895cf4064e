"""Memory of the service's process, on glibc."""

import subprocess
import sys

import pytest

ARENAS = """
import ctypes, threading
from app.memory import share_one_heap
share_one_heap()
libc, start = ctypes.CDLL(None), threading.Barrier(12)

def allocate():
    start.wait()
    libc.malloc(100_000)
    start.wait()

threads = [threading.Thread(target=allocate) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""

# 40 MB in pieces of 40 kB; every hundredth stays, so that nothing is free at the heap's end.
HOLES = """
import ctypes, time
from app.memory import giving_back, share_one_heap

def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

share_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes, libc.free.argtypes = [ctypes.c_size_t], [ctypes.c_void_p]
with giving_back(every_s=0.05):
    pieces = [libc.malloc(40_000) for _ in range(1_000)]
    for piece in pieces:
        ctypes.memset(ctypes.c_void_p(piece), 1, 40_000)
    full = resident_mb()
    for at, piece in enumerate(pieces):
        if at % 100 != 99:
            libc.free(piece)
    until = time.monotonic() + 20
    while resident_mb() > full - 30 and time.monotonic() < until:
        time.sleep(0.05)
    print(full - resident_mb())
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="glibc is of Linux")


def run(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout


def test_all_threads_share_one_heap():
    """Bite: without ``M_ARENA_MAX`` the threads have 13."""
    assert run(ARENAS).count("<heap nr=") == 1


def test_free_memory_between_pieces_in_use_goes_back():
    """Bite: without ``malloc_trim`` nothing of the 40 MB does."""
    assert float(run(HOLES)) > 30.0
