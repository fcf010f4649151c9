"""The real app as a process of its own, for browser tests, websocket tests and the latencies of `make bench`."""

import asyncio
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FILMING = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class AppServer:
    """`transferlab app` on a free port of this machine, with a home of its own."""

    def __init__(self, home: Path, log: Path, *options: str, **process):
        """`options` are those of the command; `process`, where it lives, as for `Popen`."""
        self.home, self.log, self.port = home, log, free_port()
        self.options, self.where = options, process
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    def start(self, patience: float = 60.0, headless: bool = True, **variables: str) -> "AppServer":
        command = [sys.executable, "-m", "core.cli", "app", "--port", str(self.port), *self.options]
        command += ["--server.headless", str(headless).lower()]
        environment = {**os.environ, "TRANSFERLAB_HOME": str(self.home), **variables}
        with open(self.log, "ab") as log:
            where = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": subprocess.STDOUT, **self.where}
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, **where)
        end = time.monotonic() + patience
        while time.monotonic() < end:
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                if urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1).read() == b"ok":
                    return self
            time.sleep(0.05)
        raise TimeoutError(f"the app did not start: {self.log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def awaited(coroutine):
    """The result of a coroutine, also beside Playwright, which keeps a loop running in the tests' own thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def pages() -> list[str]:
    """The pages of `app.py`, as their addresses end: the first is the home page."""
    first, *others = re.findall(r'st\.Page\("pages/(\w+)\.py"', (ROOT / "app.py").read_text(encoding="utf-8"))
    assert first == "home"
    return ["", *others]


def settled(page):
    """The page, once it has been run to its end; after a click too, which Streamlit notes at once.

    Where a machine that others use had no time for a picture, the button that the page then has is pressed.
    """
    again = page.get_by_role("button", name="Look again")
    while True:
        page.wait_for_selector(".stMainBlockContainer h1")
        page.wait_for_selector('.stApp[data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]')
        page.wait_for_selector('[data-testid="stStatusWidget"]', state="detached")
        page.wait_for_function("getComputedStyle(document.documentElement).getPropertyValue('--house-body') !== ''")
        if not again.count():
            return page
        again.first.click()


def chromium() -> str | None:
    """The browser to test with, None where there is none; that without windows takes two thirds of the time."""
    named = os.environ.get("TRANSFERLAB_CHROMIUM")
    candidates = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return named or next(filter(None, map(shutil.which, candidates)), None)
