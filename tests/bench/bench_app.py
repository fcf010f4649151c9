"""How quickly the app answers: a real server, a real browser, thirty websocket sessions. Run it on an idle machine.

python -m tests.bench.bench_app
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.app_server import FLAGS, ROOT, AppServer, chromium, free_port
from tests.bench.session import Session, percentile

LONG = {"data": "digits", "source": "none", "labels_per_class": 60, "epochs": 500, "stages": "fttttttn"}
VIEWERS, SECONDS, LOOKS = 30, 15, 40
DEPTHS, LOTS, MINUTE = 7, 4, 60  # a cell for each of 28 students
SWEEP = {
    "data": "digits",
    "labels_per_class": 15,
    "frozen_at": ",".join(str(n + 1) for n in range(DEPTHS)),
    "tuned_at": "0",
    "seeds": LOTS,
    "steps": 40,
}


# When the words of each step's pictures were first on the page, with the picture drawn.
WATCH = """() => {
  window.seen = {};
  const look = () => {
    const step = document.querySelector('[class*="st-key-many_seen"]')?.innerText.match(/step (\\d+)/)?.[1];
    const image = document.querySelector('[class*="st-key-many_seen"] img');
    if (step !== undefined && !(step in window.seen) && image?.complete) window.seen[step] = Date.now();
    requestAnimationFrame(look);
  };
  look();
}"""


def owners(n: int) -> list[str]:
    return [f"{k:032x}" for k in range(1, n + 1)]


def main() -> None:
    """Print a row a latency: what, measured, bar."""
    if (path := chromium()) is None:
        sys.exit("NO BROWSER: install chromium, or set TRANSFERLAB_CHROMIUM, to measure the app")
    from playwright.sync_api import sync_playwright

    folder = Path(tempfile.mkdtemp(prefix="transferlab-bench-"))
    os.environ["TRANSFERLAB_HOME"] = str(folder / "home")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        server, start = AppServer(folder / "home", folder / "log.txt"), time.monotonic()
        try:
            page = browser.new_page()
            server.start()
            report("server start → first picture", first_picture(page, server.url, start), 4.0)
            report("click → first live point, warm", click_to_point(page, server.url), 1.0)
            report("picture kept → seen in the browser, p95", percentile(growing_pictures(browser), 0.95), 0.5)
            with ThreadPoolExecutor() as pool:  # Playwright keeps an event loop in this thread
                full, fragment = pool.submit(asyncio.run, viewers(server.url)).result()
            report("rerun of the page, two runs training, p95", percentile(full[0], 0.95), 0.3)
            report(f"refresh of a live run, {VIEWERS} sessions, p95", percentile(fragment, 0.95), 0.5)
            report(f"rerun of the page, {VIEWERS} sessions, p95", percentile(full[1], 0.95), None)
            page.locator(".st-key-stop_finetune button").click()
            with ThreadPoolExecutor() as pool:
                full, fragment, networks = pool.submit(asyncio.run, makers(server.url)).result()
            report(f"refresh, {DEPTHS * LOTS} sessions fill an AnB figure, p95", percentile(fragment, 0.95), 0.5)
            report(f"rerun of the page, {DEPTHS * LOTS} sessions fill it, p95", percentile(full, 0.95), None)
            print(f"{networks} networks trained in the first {MINUTE} s of it", flush=True)
        finally:
            browser.close()
            server.stop()


def report(what: str, seconds: float, bar: float | None) -> None:
    allowed = f"(bar {1000 * bar:.0f} ms)" if bar else ""
    print(f"{what:<52} {1000 * seconds:7.0f} ms  {allowed}", flush=True)


def first_picture(page, url: str, start: float) -> float:
    page.goto(url)
    page.wait_for_function("() => [...document.images].some(i => i.naturalWidth > 0)", timeout=60_000, polling=20)
    return time.monotonic() - start


def click_to_point(page, url: str) -> float:
    """The second of two runs, so that workers are warm and the pictures are cached; the long one goes on."""
    short = {**LONG, "epochs": 1}
    taken = 0.0
    for settings in ({**short, "seed": 1}, {**short, "seed": 2}, LONG):
        query = "&".join(f"{name}={value}" for name, value in settings.items())
        page.goto(f"{url}/finetune?{query}")
        page.get_by_role("button", name="Skip", exact=True).first.click(timeout=60_000)
        button = page.locator(".st-key-start_finetune button")
        button.wait_for()
        page.wait_for_timeout(500)
        start = time.monotonic()
        button.click()
        if settings is LONG:
            page.wait_for_selector(".st-key-curve_finetune canvas", timeout=60_000)
            taken = time.monotonic() - start
        else:
            page.wait_for_selector('[class*="st-key-confusion"]', timeout=120_000)
    return taken


def growing_pictures(browser) -> list[float]:
    """From the moment at which a picture of a run was written until a page shows it."""
    from core.runs.store import Store
    from tests.bench.growing_page import RUN

    port, environment = free_port(), {**os.environ, "PYTHONPATH": str(ROOT)}
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", "tests/bench/growing_page.py", *options]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    page, patience = browser.new_page(), time.monotonic() + 60
    try:
        while time.monotonic() < patience:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.1)
        page.goto(f"http://127.0.0.1:{port}")
        page.evaluate(WATCH)
        page.get_by_role("button", name="Go").click(timeout=60_000)
        page.get_by_role("button", name="Done").wait_for(timeout=120_000)
        seen = {int(step): milliseconds / 1000 for step, milliseconds in page.evaluate("window.seen").items()}
    finally:
        page.close()
        server.terminate()
        server.wait()
    artifacts = Store().open(RUN).folder / "artifacts"
    return [when - (artifacts / f"seen@{step}" / "0001.webp").stat().st_mtime for step, when in seen.items()]


async def viewers(url: str) -> tuple[tuple[list[float], list[float]], list[float]]:
    """Reruns by one session alone; then reruns and refreshes by thirty at once. All look at the long run."""
    from core.experiments import Spec
    from core.experiments.finetune import finetune
    from core.runs.guesses import Guesses

    guesses = Guesses(Spec.of(finetune, **LONG).id)
    for owner in owners(VIEWERS):
        guesses.add(owner, None)
    alone = Session(url, "finetune", LONG, owner=owners(1)[0], full_every=SECONDS / LOOKS)
    await alone.run(SECONDS)
    sessions = [Session(url, "finetune", LONG, owner=owner) for owner in owners(VIEWERS)]
    await asyncio.gather(*(session.run(SECONDS, 0.1 * k) for k, session in enumerate(sessions)))
    errors = [error for session in (alone, *sessions) for error in session.errors]
    assert not errors, errors[:3]
    fragment = [taken for session in sessions for taken in session.fragment]
    assert fragment, "nobody saw a live run"
    return (alone.full, [taken for session in sessions for taken in session.full]), fragment


async def makers(url: str) -> tuple[list[float], list[float], int]:
    """Reruns and refreshes while each of a class presses "Run my cell" of the AnB page; how many networks that made."""
    from core.experiments import Spec
    from core.experiments.anb import anb
    from core.runs.guesses import Guesses
    from core.runs.store import Store

    spec = Spec.of(anb, **SWEEP)
    guesses, names = Guesses(spec.id), owners(DEPTHS * LOTS)
    for owner in names:
        guesses.add(owner, None)
    sessions = [
        Session(
            url,
            "transfer",
            {**SWEEP, "cell_n": 1 + k % DEPTHS, "cell_lot": k // DEPTHS},
            owner=owner,
            press="start_cell",
        )
        for k, owner in enumerate(names)
    ]
    await asyncio.gather(*(session.run(MINUTE, 0.1 * k) for k, session in enumerate(sessions)))
    errors = [error for session in sessions for error in session.errors]
    assert not errors, errors[:3]
    assert all(session.pressed for session in sessions), "not everybody could start a cell"
    full, fragment = (
        [taken for session in sessions for taken in getattr(session, name)] for name in ("full", "fragment")
    )
    return full, fragment, sum(Store().has(arm.id) for arm in spec.arms())


if __name__ == "__main__":
    main()
