"""Every page of `app.py` in light and dark, before and after the reveal, all unfolded: axe-core finds nothing, it
fits a phone, and asks nothing of the network.
"""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.app_server import pages, settled

QUICK = {  # choices whose run takes seconds and that no other test makes, and what starts it
    "": ("", "Borrow five stages"),
    "finetune": ("data=digits&source=none&labels_per_class=5&epochs=2", "Train both"),
}
ASKED = {"resultTypes": ["violations"], "selectors": False}  # of axe: a long page took ten seconds with all it can say

UNFOLD = """() => {
    const closed = [...document.querySelectorAll("details:not([open]) > summary")].filter(one => one.checkVisibility());
    closed.forEach(one => one.click());
    return closed.length;
}"""


def unfold(page):
    """Open every expander of the page, and those that appear with them."""
    while page.evaluate(UNFOLD):
        settled(page)


def answer(page, button):
    """Press a button that goes away with its question."""
    asked = button.first.element_handle()
    button.first.click()
    asked.wait_for_element_state("hidden")
    settled(page)


def reveal(page, start):
    """Answer every question, by the button that starts its run or by Skip, and wait for the run where there is one."""
    if start and (button := page.get_by_role("button", name=start)).count():
        answer(page, button)
    while (skip := page.get_by_role("button", name="Skip", exact=True)).count():
        answer(page, skip)
    if start:
        button = page.locator('[class*="st-key-start_"] button').first
        if button.count() and button.is_enabled():
            button.click()
        page.wait_for_selector('[data-testid="stAlert"]', timeout=120_000)
        settled(page)


def findings(page):
    """Serious and critical findings on what is shown now, and on every other tab: one line each."""
    found = set()
    tabs = page.get_by_role("tab")
    for k in range(max(1, tabs.count())):
        if tabs.count() and tabs.nth(k).is_visible():
            tabs.nth(k).click()
            settled(page)
        for fault in Axe().run(page, options=ASKED).response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                found |= {f"{fault['id']}: {node['html'][:300]} · {node['failureSummary']}" for node in fault["nodes"]}
    return sorted(found)


def fits(page):
    """Nothing to scroll to sideways, on a laptop and on a phone."""
    for width in (380, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")


def ground(page):
    """How bright the page is behind its words, 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    return max(int(part) for part in re.findall(r"\d+", colour)[:3])


def opened(page, theme):
    """The page opened anew, in light or in dark, and unfolded."""
    page.emulate_media(color_scheme=theme)
    page.reload()
    settled(page)
    unfold(page)


@pytest.mark.parametrize("name", pages())
def test_every_page_opens_in_light_and_dark_and_shuts_nobody_out(server, student, name):
    choices, start = QUICK.get(name, ("", None))
    page = student()
    page.goto(f"{server.url}/{name}?{choices}")
    settled(page)
    said = page.locator('[data-testid="stAlert"]').all_inner_texts()
    assert not said or name == "styleguide", "which shows how they look"
    fits(page)
    unfold(page)
    assert not findings(page), "asked, light"
    opened(page, "dark")
    assert ground(page) < 60, "dark is dark"
    assert not findings(page), "asked, dark"
    reveal(page, start)
    unfold(page)
    assert not findings(page), "revealed, dark"
    opened(page, "light")
    assert ground(page) > 200
    assert not findings(page), "revealed, light"
    assert not [url for url in page.failed if server.url not in url], "the app needs nothing from elsewhere"
