"""The service's process, before it serves.

Bite: without the limit the threads below have 13 arenas.
"""

import subprocess
import sys

ARENAS = """
import ctypes, threading
from app.commands.serve import limit_arenas
limit_arenas()
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


def test_all_threads_share_two_arenas_of_memory():
    told = subprocess.run(
        [sys.executable, "-c", ARENAS], check=True, capture_output=True, text=True
    ).stdout

    assert told.count("<heap nr=") == 2
