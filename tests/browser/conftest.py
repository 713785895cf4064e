"""A running service, a browser, and watchers of what a page asks for and complains about."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

SERVICE = Path(__file__).with_name("september.py")
ROOT = Path(__file__).parents[2]
START_LIMIT_S = 240.0


def find_chromium() -> str | None:
    """Return the browser to use: ASPAN_CHROMIUM, else Debian's headless shell."""
    return os.environ.get("ASPAN_CHROMIUM") or shutil.which("chromium-headless-shell")


@pytest.fixture(scope="session")
def browser_type_launch_args():
    """Start the system's Chromium; its sandbox cannot work as root."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium: apt install chromium-headless-shell, or set ASPAN_CHROMIUM")
    return {
        "executable_path": chromium,
        "args": ["--no-sandbox"] if os.geteuid() == 0 else [],
    }


@pytest.fixture(scope="session")
def service_url(tmp_path_factory):
    """Run the service on a free port, on an evening of September, with a first plan."""
    folder = tmp_path_factory.mktemp("service")
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, SERVICE, folder],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "ASPAN_WEBHOOK_HOSTS": "127.0.0.1:9"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = _wait_until_ready(process, log)
        _wait_for_plan(url)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_plan(url: str) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{url}/v1/plans", timeout=30) as answer:
            if json.load(answer)["total"]:
                return
        time.sleep(0.2)
    pytest.fail("the first plan did not come")


def _wait_until_ready(process: subprocess.Popen, log: Path) -> str:
    """Return the address that the service printed, once it says it is ready."""
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        told = re.search(r"http://127\.0\.0\.1:\d+", log.read_text(encoding="utf-8"))
        if told and _answers(f"{told[0]}/readyz"):
            return told[0]
        time.sleep(0.2)
    pytest.fail(f"aspan serve is not ready:\n{log.read_text(encoding='utf-8')[-4000:]}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


@pytest.fixture
def foreign_requests(page, service_url):
    """Collect every address beyond our own service that the page asks for."""
    own = urlsplit(service_url).netloc
    asked: list[str] = []

    def note(request):
        if urlsplit(request.url).scheme in ("http", "https", "ws", "wss") and (
            urlsplit(request.url).netloc != own
        ):
            asked.append(request.url)

    page.on("request", note)
    return asked


@pytest.fixture
def page_errors(page):
    """Collect uncaught errors and error messages of the page, broken content policy included."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    return errors


def open_day(page, service_url, query=""):
    """Open the day in English and wait for its timeline."""
    page.goto(f"{service_url}/?lang=en{query}")
    page.locator("#timeline [data-tools]").wait_for(state="visible")


def select(page, chosen):
    """Choose a bar of the timeline; ``chosen`` is the body of a JavaScript filter of bars."""
    return page.evaluate(
        f"""() => {{
            const timeline = window.aspanTimeline;
            const bar = timeline.bars.filter((bar) => {chosen})[0];
            timeline.select(bar, 'open');
            return {{ id: bar.id, name: bar.name }};
        }}"""
    )
