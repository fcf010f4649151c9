"""axe-core over every page of `app.py`, light and dark, before and after the reveal, everything unfolded."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.app_server import pages, settled

QUICK = {  # choices whose run takes seconds and that no other test makes, and what starts it
    "": ("", "Borrow five stages"),
    "finetune": ("data=digits&source=none&labels_per_class=5&epochs=2", "Train both"),
}


def unfold(page):
    """Open every expander of the page, and those that appear with them."""
    closed = page.locator("details:not([open]) > summary >> visible=true")
    while closed.count():
        closed.first.click()
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
        for fault in Axe().run(page).response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                found |= {f"{fault['id']}: {node['html'][:300]} · {node['failureSummary']}" for node in fault["nodes"]}
    return sorted(found)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", pages())
def test_nobody_is_shut_out_of_a_page(server, student, name, dark):
    choices, start = QUICK.get(name, ("", None))
    page = student(dark=dark)
    page.goto(f"{server.url}/{name}?{choices}")
    settled(page)
    unfold(page)
    assert not findings(page), "asked"
    reveal(page, start)
    unfold(page)
    assert not findings(page), "revealed"
