"""A service that listens, for tests that need a real connection."""

import threading
import time
from contextlib import contextmanager

import uvicorn


@contextmanager
def serve(app):
    """Run an application on a free port of this machine, in a thread; give its address."""
    config = uvicorn.Config(app, port=0, log_level="critical", lifespan="on")
    listener = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
