"""The real app in a real browser. Without chromium these tests are skipped aloud; where it is required they fail."""

import os

import pytest

from tests.app_server import FLAGS, AppServer, chromium


@pytest.fixture(scope="session")
def browser():
    path = chromium()
    if path is None:
        reason = "NO BROWSER: install chromium, or set TRANSFERLAB_CHROMIUM, to run the browser tests"
        if os.environ.get("TRANSFERLAB_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    server = AppServer(folder / "home", folder / "log.txt").start()
    yield server
    server.stop()
    assert "Traceback" not in server.log.read_text(errors="replace")


@pytest.fixture
def student(browser):
    """student(dark=False, width=1280, height=800) → a page in a browser of its own."""
    contexts = []

    def open_page(*, dark=False, width=1280, height=800):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        context.set_default_timeout(150_000)  # a test may share the machine with others
        contexts.append(context)
        page = context.new_page()
        page.failed = []
        page.on("requestfailed", lambda request: page.failed.append(request.url))
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def other_browsers(browser):
    """other_browsers(*flags) → a chromium that was started with them, one each."""
    started = {}

    def start(*flags):
        if flags not in started:
            kind = browser.browser_type
            started[flags] = kind.launch(executable_path=chromium(), args=[*FLAGS, *flags])
        return started[flags]

    yield start
    for one in started.values():
        one.close()
