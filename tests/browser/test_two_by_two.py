"""The 2×2 page: tap a stage, and the recorded table opens with a verdict for each of its cells."""

import re

import pytest

from tests.app_server import settled

VERDICT = re.compile("(Holds here|Weaker here|Not here|Not settled): [+−]")


def opened(page, server, choices=""):
    page.goto(f"{server.url}/two_by_two{choices}")
    page.wait_for_selector(".stMainBlockContainer h1")
    page.get_by_role("button", name=re.compile("conv4")).first.wait_for()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (380, True)])
def test_a_tap_commits_and_opens_the_recorded_table_with_four_verdicts(server, student, width, dark):
    page = student(width=width, dark=dark)
    opened(page, server)
    assert page.locator(".js-plotly-plot").count() == 0, "closed until the guess"
    assert "Recorded" not in page.inner_text(".stMain")
    lock = page.get_by_role("button", name="Lock in my guess")
    assert lock.is_disabled(), "nothing is preselected"
    page.get_by_role("button", name=re.compile("conv4")).first.click()
    page.wait_for_function("() => !document.querySelector('[class*=_lock] button').disabled")
    lock.click()
    page.locator('[class*="st-key-readout_"] .js-plotly-plot').wait_for()
    page.locator('[class*="st-key-tuned_"] .js-plotly-plot').wait_for()
    page.locator('[class*="st-key-depth_different_"] .js-plotly-plot').wait_for()
    page.get_by_text(re.compile("Recorded · .* · 3 seeds")).wait_for()
    settled(page)
    told = page.locator('[data-testid="stAlert"]').all_inner_texts()
    assert len(told) == 4, "a verdict a cell, and nothing went wrong"
    assert all(VERDICT.search(text) for text in told), told
    drawn = page.locator('[class*="st-key-readout_"]').inner_text()
    assert drawn.count("the slide") == 2
    assert not [url for url in page.failed if server.url not in url]
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_claim_can_be_broken_by_a_click_and_asks_again(server, student):
    page = student()
    opened(page, server)
    page.get_by_role("button", name="Skip", exact=True).click()
    page.get_by_role("button", name="Try that").click()
    page.get_by_text("One picture a class, and the donor learned something else").wait_for()
    page.wait_for_url("**little=1*")
    page.wait_for_url("**seeds=1*")
    assert page.locator(".js-plotly-plot").count() == 0
    assert page.locator('[data-testid="stAlert"]').count() == 0


def test_another_donor_is_another_question_and_its_figure_is_not_there_yet(server, student):
    page = student()
    opened(page, server, "?task=room")
    page.get_by_role("button", name="Skip", exact=True).click()
    button = page.locator(".st-key-start_two_by_two button")
    button.wait_for()
    assert button.is_enabled()
    assert "Recorded" not in page.inner_text(".stMain")
    assert page.locator(".js-plotly-plot").count() == 0
